"""The command line: one file for commands that are alike."""
