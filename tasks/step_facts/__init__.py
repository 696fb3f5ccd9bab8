"""Gather a step's facts for letters and the list of tasks, from the record of its grant."""
