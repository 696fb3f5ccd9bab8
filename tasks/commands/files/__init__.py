"""The files that people hand in with an answer, and their versions."""
