"""The shell: where decisions meet the world. One writer, one log; everything outside reads the log by cursor."""
