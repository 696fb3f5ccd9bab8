"""The officer's desk: pages on which the office's work is done, each form that of one command."""
