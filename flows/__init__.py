"""Sequence the work: one flow a phase, the daily round, delivery and the watch."""
