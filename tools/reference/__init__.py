"""The reference pages of docs/, one module a page: each reads the tables of the code and returns Markdown."""
