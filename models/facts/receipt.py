"""Why a step is due on its day, as data to be worded for a reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AnchorKind(StrEnum):
    """What a due rule counts from."""

    WRITTEN = "written"  # a date in the programme
    NAMED = "named"  # a date that the grant or its decision gives
    DECISION = "decision"
    GRANT_START = "grant_start"
    GRANT_END = "grant_end"
    PERIOD_START = "period_start"
    PERIOD_END = "period_end"
    STEP = "step"
    STEP_DONE = "step_done"
    STEP_GIVEN = "step_given"
    STEP_SENT = "step_sent"
    STEP_CAME = "step_came"


@dataclass(frozen=True, slots=True)
class WhyDue:
    """A step's receipt (rules.due.Receipt) as data to be worded, its anchor named in the reader's language.

    `choice` says that the time is the recipient's own choice, not the funder's; `working_on` is the working
    day by which to be done when the due date itself is none. `rule` is the whole rule in the reader's language;
    `readings` are the days between which someone must choose, `meeting` what is to know about the meeting that takes
    an approval. `beaten` is the source of the day (`anchor_on`) that a set date beats; empty for a rule's day.
    """

    form: str
    anchor: AnchorKind
    anchor_title: str = ""
    anchor_on: date | None = None
    count: int | None = None
    unit: str | None = None
    rolled_on: date | None = None
    source: str = ""
    choice: bool = False
    working_on: date | None = None
    rule: str = ""
    readings: tuple[date, ...] = ()
    meeting: tuple[str, ...] = ()
    beaten: str = ""
