"""The data set: download it, read it from a file, or make a synthetic one."""
