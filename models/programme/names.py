"""What a name that a programme file counts from stands for: a step, which day of it, and of which period."""

from __future__ import annotations

from models.reading.fields import ENDS, PREVIOUS

# What a rule counts from beside the due date of an approval that a body takes: `draft-approval.draft`.
MEETING_MARKS = (".agenda", ".documents", ".draft")


def meeting_mark(name: str) -> str:
    """Return which day on the way to a meeting the name stands for: ".draft", or nothing."""
    return next((mark for mark in MEETING_MARKS if name.endswith(mark)), "")


def step_key(name: str) -> str:
    """Return the step that a name counts from, without which of its days is meant."""
    return name.removesuffix(".done").removesuffix(meeting_mark(name))


def is_previous(name: str) -> bool:
    """Return whether the name stands for a step of the period before."""
    return step_key(name).endswith(PREVIOUS)


def template_key(name: str) -> str:
    """Return the programme's step that a name counts from, without which of those of its periods is meant."""
    key = step_key(name)
    return next((key.removesuffix(mark) for mark in (*ENDS, PREVIOUS) if key.endswith(mark)), key)
