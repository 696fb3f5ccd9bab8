"""Read a name that a rule counts from: its step, its day, its period."""

import re
from collections.abc import Sequence
from typing import TypeVar

from models.reading.fields import PREVIOUS

_Step = TypeVar("_Step")
_WHICH = re.compile(r"\.(first|last|[1-9][0-9]{0,2})\Z")
# The days on which the draft, and the signed papers, are ready for the meeting that takes the
# approval: `draft-approval.draft`, `draft-approval.documents`.
DRAFT = ".draft"
DOCUMENTS = ".documents"
# The key of a repayment of money claimed and not spent, if the programme has none.
UNSPENT = "unspent"


def step_key(name: str) -> str:
    """Return the step that a name counts from, without the mark of its day."""
    return name.removesuffix(".done").removesuffix(DRAFT).removesuffix(DOCUMENTS)


def is_previous(name: str) -> bool:
    """Return whether the name means a step of the period before."""
    return step_key(name).endswith(PREVIOUS)


def template_key(name: str) -> str:
    """Return the programme's step that a name counts from, without the mark of its period."""
    return _WHICH.sub("", step_key(name).removesuffix(PREVIOUS))


def which_of(name: str) -> str:
    """Return which of the grant's periods a name means: "first", "last" or a number; else empty."""
    match = _WHICH.search(step_key(name))
    return match[1] if match else ""


def pick(steps: Sequence[_Step], which: str) -> Sequence[_Step]:
    """Return the step that `which` means, of steps in the order of their periods; empty if it is missing."""
    if which == "last":
        return steps[-1:]
    place = 0 if which == "first" else int(which) - 1
    return steps[place : place + 1]
