"""Decide whether an act on a step can still be undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.vocabulary import StepKind

# Money and approvals are withdrawn with a reason, and others are told; other acts can simply be undone.
UNDOABLE_KINDS = (StepKind.REPORT, StepKind.FUNDER)
UNDO_WITHIN = timedelta(hours=24)


class UndoReason(StrEnum):
    """Why an act can be undone, or cannot."""

    UNDOABLE = "undoable"
    NEVER = "never"  # money or an approval
    UNDONE = "undone"  # already
    TOO_LATE = "too_late"
    CHANGED = "changed"  # something has happened to the step since
    ACTED_ON = "acted_on"  # the next step has been answered
    GRANT_ENDED = "grant_ended"

    @property
    def accepted(self) -> bool:
        """Whether it can be undone."""
        return self is UndoReason.UNDOABLE


@dataclass(frozen=True, slots=True)
class UndoableAct:
    """A recorded act: the step's version right after it, until when it can be undone, when it was undone."""

    step_version: int
    acted_at: datetime
    undo_until_at: datetime | None
    undone_at: datetime | None


def find_undo_end(
    acted_at: datetime, reversible_for: timedelta | None, kind: StepKind, *, grant_open: bool
) -> datetime | None:
    """Return until when an act on a step of the kind can be undone; None if it cannot."""
    if reversible_for is None or kind not in UNDOABLE_KINDS or not grant_open:
        return None
    return acted_at + reversible_for


def decide_undo(
    act: UndoableAct, step_version: int, later_answers: Iterable[datetime], *, grant_open: bool, now: datetime
) -> UndoReason:
    """Decide whether an act can be undone now; `later_answers` are the times of the next steps' answers."""
    if act.undone_at is not None:
        return UndoReason.UNDONE
    if not grant_open:
        return UndoReason.GRANT_ENDED
    if act.undo_until_at is None:
        return UndoReason.NEVER
    if now >= act.undo_until_at:
        return UndoReason.TOO_LATE
    if step_version != act.step_version:
        return UndoReason.CHANGED
    if any(at >= act.acted_at for at in later_answers):
        return UndoReason.ACTED_ON
    return UndoReason.UNDOABLE
