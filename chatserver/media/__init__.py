"""附件: pictures, files and voice. What arrives is taken for hostile until it is made anew, or only ever saved."""
