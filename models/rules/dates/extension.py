"""Decide whether a date is ours or the funder's, whether it may be moved, and by what proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from models.facts.receipt import Source, read_receipt, term
from models.vocabulary import UNSETTLED, StepKind

if TYPE_CHECKING:  # `grants status` needs no tables
    from models.tables.step import Step

# A body of ours takes it up, we expect it of the funder, or we ask it back ourselves.
_ALWAYS_OURS = (StepKind.APPROVAL, StepKind.FUNDER, StepKind.PAYMENT, StepKind.RECOVERY)


class Whose(StrEnum):
    """Whose a day is."""

    OURS = "ours"
    UNTIL_SAID = "until_said"  # ours, about the funder's next move, until the funder says another
    RETURNED = "returned"  # ours, counted from a return; the funder's own day has passed
    FUNDERS = "funders"


OURS_NOW = (Whose.OURS, Whose.UNTIL_SAID)
_BY_KIND = {"choice": Whose.OURS, "withdrawal": Whose.UNTIL_SAID, "return": Whose.RETURNED}


def decide_day_owner(source: Source | None) -> Whose:
    """Return whose a day is by its source: one that somebody wrote, decided or extended is the funder's."""
    if source is None or isinstance(source, str):
        return Whose.FUNDERS
    return _BY_KIND.get(source["kind"], Whose.FUNDERS)


def decide_date_owner(step: Step, *, to_funder: bool, planned: bool = True) -> Whose:
    """Return whose the step's date is; `to_funder` says that the step hands a report in to the funder.

    Ours are the days that we chose, those of work inside the house, and those on which we expect
    something of the funder. A step that no programme gives is not `planned`. All others are the
    funder's, also the day of a report that was sent back.
    """
    day = decide_day_owner(read_receipt(step.receipt).source)
    if step.with_funder or step.kind in _ALWAYS_OURS or not planned:
        return Whose.OURS
    if step.kind is StepKind.REPORT and not to_funder:
        return Whose.OURS
    return day if day in OURS_NOW else Whose.FUNDERS


def lapses_after(due_on: date | None, source: Source | None, *, lapses: bool) -> date | None:
    """Return the day after which the right to the money lapses; None for a step that does not lapse.

    The right lapses on the funder's day, from its decision or extension. A day that we chose, or
    that follows a return or a withdrawal, is ours.
    """
    return due_on if lapses and decide_day_owner(source) is Whose.FUNDERS else None


def is_chosen(step: Step) -> bool:
    """Return whether we chose the step's day ourselves, and nobody else waits for it."""
    return decide_day_owner(read_receipt(step.receipt).source) is Whose.OURS


class FunderWord(StrEnum):
    """By what proof a date may be moved."""

    OWN = "own"  # it is ours
    PAPER = "paper"  # the funder's decision or letter, by its number or as a file
    CALL = "call"  # the funder said so: until paper is there, lateness counts from the old day
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a date moves: the paper's name, or who at the funder said so by telephone, and when."""

    paper: str = ""
    told_by: str = ""
    told_on: date | None = None


def decide_word(grounds: Grounds, whose: Whose = Whose.FUNDERS) -> FunderWord:
    """Decide by what proof a date may be moved: the funder's date only by the funder's word."""
    if whose is Whose.OURS:
        return FunderWord.OWN  # a paper's number does not make a day of ours the funder's
    if grounds.paper.strip():
        return FunderWord.PAPER
    if grounds.told_by.strip() and grounds.told_on is not None:
        return FunderWord.CALL
    return FunderWord.OWN if whose is Whose.UNTIL_SAID else FunderWord.NONE


def may_move(grounds: Grounds, *, annuls: bool) -> bool:
    """Return whether a decision may move a day of the funder's.

    A paper may. A call may only cancel a move that was never made.
    """
    word = decide_word(grounds)
    return word is FunderWord.PAPER or (annuls and word is FunderWord.CALL)


def first_due_on(step: Step, was: date) -> date | None:
    """Return the funder's day before all moves; None if the step is due on that day again."""
    first = step.was_due_on or was
    return None if step.due_on == first else first


def build_extended_source(paper: str, why: str, today: date) -> Source:
    """Return the source of a date that the funder extended."""
    return term("extension", on=today, paper=paper.strip(), why=why.strip())


def find_waiting_before(step: Step, waiting: Iterable[Step], was: date | None) -> Step | None:
    """Return the first step that waits for this one and would be due before its new, later day."""
    if step.due_on is None or (was is not None and step.due_on <= was):
        return None
    early = (
        other
        for other in waiting
        if other.status in UNSETTLED and other.due_on and other.due_on < step.due_on
    )
    return min(early, key=lambda other: (other.due_on, other.position), default=None)
