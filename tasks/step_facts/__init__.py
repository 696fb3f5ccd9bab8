"""Gather what letters and the list of tasks say of a step, from the record of its grant."""
