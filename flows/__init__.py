"""Sequence the work: one flow a phase, the daily round, delivery, the watch and the pages."""
