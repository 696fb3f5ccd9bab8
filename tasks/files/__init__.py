"""Look into the files that people hand in, and read and write tables, within bounds."""
