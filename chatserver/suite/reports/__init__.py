"""统计: figures straight from the log, each defined in words, each leading to the rows it was counted from."""
