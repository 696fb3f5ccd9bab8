"""The command line `grants`, a file for each group of commands."""
