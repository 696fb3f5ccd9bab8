"""Say whose a step's date is, ours or the funder's, and decide whether it may be moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.facts.receipt import Source, is_choice, read_receipt, term
from models.tables.step import Step
from models.vocabulary import UNSETTLED, StepKind

# What a body of ours takes up, what we expect of the funder, and what we ask back ourselves.
_ALWAYS_OURS = (StepKind.APPROVAL, StepKind.FUNDER, StepKind.PAYMENT, StepKind.RECOVERY)


def is_ours(step: Step, *, to_funder: bool, planned: bool = True) -> bool:
    """Return whether the step's date is our own; `to_funder` says that it hands a report in to the funder.

    Our own are those that we chose, those of what stays inside the house, and those on which we expect something of
    the funder. A step that no programme gives is not `planned`. All others are the funder's, a report that was sent
    back among them.
    """
    if step.with_funder or step.kind in _ALWAYS_OURS or not planned or is_chosen(step):
        return True
    return step.kind is StepKind.REPORT and not to_funder


def is_chosen(step: Step) -> bool:
    """Return whether we chose the step's day ourselves, and nobody else waits for it."""
    return is_choice(read_receipt(step.receipt).source)


class Word(StrEnum):
    """By what a date may be moved."""

    OWN = "own"  # it is ours
    PAPER = "paper"  # the funder's decision or letter, by its number or as a file
    CALL = "call"  # the funder said so: until paper is there, lateness counts from the old day
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is said of why a date moves: what the paper is called, or who of the funder's said so by telephone, when."""

    paper: str = ""
    told_by: str = ""
    told_on: date | None = None


def decide_word(grounds: Grounds, *, ours: bool) -> Word:
    """Decide by what a date may be moved: the funder's by the funder's word only."""
    if ours:
        return Word.OWN  # a paper's number makes no day of ours the funder's
    if grounds.paper.strip():
        return Word.PAPER
    return Word.CALL if grounds.told_by.strip() and grounds.told_on is not None else Word.NONE


def may_move(grounds: Grounds, *, annuls: bool) -> bool:
    """Return whether a decision may move a day of the funder's: by its paper; by a call, where it was never made."""
    word = decide_word(grounds, ours=False)
    return word is Word.PAPER or (annuls and word is Word.CALL)


def first_day(step: Step, was: date) -> date | None:
    """Return the funder's day before all that moved it; None where the step is due on that day again."""
    first = step.was_due_on or was
    return None if step.due_on == first else first


def extended_source(paper: str, why: str, today: date) -> Source:
    """Return the source of a date that the funder extended."""
    return term("extension", on=today, paper=paper.strip(), why=why.strip())


def waits_before(step: Step, waiting: Iterable[Step], was: date | None) -> Step | None:
    """Return the first of the steps that wait for one, and that would be due before it now that it is later."""
    if step.due_on is None or (was is not None and step.due_on <= was):
        return None
    early = (one for one in waiting if one.status in UNSETTLED and one.due_on and one.due_on < step.due_on)
    return min(early, key=lambda one: (one.due_on, one.position), default=None)
