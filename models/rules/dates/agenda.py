"""Decide what can be done with an item before a body: put it on the agenda, take it off, defer it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from models.programme.written.source import BodyRule
from models.rules.dates.planned_meeting import PlannedMeeting, read_planned_meeting
from models.tables.step import Step
from models.vocabulary import UNSETTLED, StepStatus


class ItemReason(StrEnum):
    """Why something can be done with an item, or cannot."""

    ACCEPTED = "accepted"
    NO_ROLE = "no_role"
    NO_MEETING = "no_meeting"  # no meeting takes it, or it is settled
    MEETING_OVER = "meeting_over"  # its day has come
    ON_ALREADY = "on_already"
    NOT_ON = "not_on"
    NOT_HELD = "not_held"  # the body does not meet on that day, or did not yet
    DEFERRED_ALREADY = "deferred_already"

    @property
    def allowed(self) -> bool:
        """Whether it can be done."""
        return self is ItemReason.ACCEPTED


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Who acts on an item, and who may; `met_on` are the days on which its body meets."""

    by_id: int
    allowed_ids: Collection[int]
    today: date
    held_on: date | None = None
    met_on: Collection[date] = ()


class Item(Protocol):
    """What an item's row says of its meeting, and of its place on the agenda."""

    @property
    def status(self) -> StepStatus: ...
    @property
    def receipt(self) -> Mapping[str, Any]: ...
    @property
    def promised_on(self) -> date | None: ...
    @property
    def expected_on(self) -> date | None: ...


def is_before(body: BodyRule, key: str, recipient_id: int, organisation_id: int) -> bool:
    """Return whether a programme's body is the organisation with the id and key: without a name it is the recipient."""
    return body.organisation == key if body.organisation else recipient_id == organisation_id


def find_meeting(step: Item) -> PlannedMeeting | None:
    """Return the meeting that takes an unsettled item; None if no meeting does, or the step is no item."""
    meeting = read_planned_meeting(step.receipt)
    is_taken = meeting is not None and meeting.is_taken and step.status in UNSETTLED
    return meeting if is_taken else None


def lacks_meeting(step: Step) -> bool:
    """Return whether no known meeting takes an unsettled item: its day is then that on which it is needed."""
    meeting = read_planned_meeting(step.receipt)
    return meeting is not None and not meeting.is_taken and step.status in UNSETTLED


def is_on_agenda(step: Item) -> bool:
    """Return whether an item is on its meeting's agenda.

    The agenda promises the item for that day; an item with a day of its own is not on it.
    """
    meeting = find_meeting(step)
    return meeting is not None and step.promised_on == meeting.held_on and step.expected_on is None


def awaits_meeting(step: Step, today: date) -> bool:
    """Return whether an item is on the agenda of a meeting to come: until that day it asks nothing of anybody."""
    meeting = find_meeting(step)
    return meeting is not None and is_on_agenda(step) and meeting.held_on > today


def find_agenda_day(step: Item) -> date | None:
    """Return the last day to put an item on the agenda of the meeting that takes it; None for one that is on it."""
    meeting = find_meeting(step)
    return meeting.agenda_on if meeting is not None and not is_on_agenda(step) else None


def may_put_on_agenda(step: Step, asked: ItemFacts) -> ItemReason:
    """Decide whether a person can put an item on the agenda of its meeting."""
    if asked.by_id not in asked.allowed_ids:
        return ItemReason.NO_ROLE
    return decide_agenda(step, asked.today)


def decide_agenda(step: Step, today: date) -> ItemReason:
    """Decide whether an item can be put on the agenda of its meeting, by somebody who may."""
    meeting = find_meeting(step)
    if meeting is None:
        return ItemReason.NO_MEETING
    if meeting.held_on <= today:
        return ItemReason.MEETING_OVER
    return ItemReason.ON_ALREADY if is_on_agenda(step) else ItemReason.ACCEPTED


def may_take_off(step: Step, asked: ItemFacts) -> ItemReason:
    """Decide whether an item can be taken off the agenda."""
    if asked.by_id not in asked.allowed_ids:
        return ItemReason.NO_ROLE
    return ItemReason.ACCEPTED if is_on_agenda(step) else ItemReason.NOT_ON


def may_defer(step: Step, asked: ItemFacts) -> ItemReason:
    """Decide whether a person can record a meeting's deferral of an item."""
    if asked.by_id not in asked.allowed_ids:
        return ItemReason.NO_ROLE
    if step.status in UNSETTLED and asked.held_on not in asked.met_on:
        return ItemReason.NOT_HELD
    return decide_deferral(step, asked.held_on or asked.today, asked.today)


def decide_deferral(step: Step, held_on: date, today: date) -> ItemReason:
    """Decide whether the meeting of a day can have deferred an item, for somebody who may record it.

    The meeting was held, and later than the last one that deferred it.
    """
    if step.status not in UNSETTLED:
        return ItemReason.NO_MEETING
    if held_on > today:
        return ItemReason.NOT_HELD
    if step.undecided_on is not None and held_on <= step.undecided_on:
        return ItemReason.DEFERRED_ALREADY
    return ItemReason.ACCEPTED
