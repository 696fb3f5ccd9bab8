"""The meeting that is planned for an approval, as the approval's receipt keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from models.facts.receipt import plain
from models.rules.dates.committee import TAKEN, UNKNOWN, Fit, Matter, MeetingPlan

_OF_MATTER = tuple(field.name for field in fields(Matter))


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    """The meeting planned for an approval, the days on the way to it, and the matter that it was planned for.

    Where no meeting is usable, the days are those of one held on the last day that would do. `immediate` says
    that its minutes must be confirmed at once, `with_return` that a return of the draft is no trouble.
    `earlier_on` is the usable meeting before it.
    """

    fit: Fit
    matter: Matter
    held_on: date
    agenda_on: date
    documents_on: date
    draft_on: date
    confirmed_on: date
    immediate: bool = False
    with_return: bool = True
    earlier_on: date | None = None

    @property
    def needed_on(self) -> date:
        """The last day on which the decision must be there."""
        return self.matter.needed_on

    @property
    def is_taken(self) -> bool:
        """Whether a meeting takes the matter, in time or not."""
        return self.fit in TAKEN

    @property
    def is_in_time(self) -> bool:
        """Whether a meeting takes the matter in time."""
        return self.fit is Fit.FITS

    @property
    def is_unknown(self) -> bool:
        """Whether a meeting that nobody has entered yet might take the matter."""
        return self.fit in UNKNOWN

    @property
    def decided_on(self) -> date:
        """The day from which its decision counts: that of the meeting, where the minutes are confirmed at once."""
        return self.held_on if self.immediate else self.confirmed_on

    def as_json(self) -> dict[str, object]:
        """Return it as a receipt keeps it: days as ISO 8601, the matter's with its own, and none that is None."""
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "matter"}
        matter = {name: getattr(self.matter, name) for name in _OF_MATTER}
        return {name: plain(value) for name, value in (own | matter).items() if value is not None}


def build_plan_json(plan: MeetingPlan) -> PlannedMeeting:
    """Return what a receipt keeps of a plan."""
    days = plan.days
    return PlannedMeeting(
        fit=plan.fit,
        matter=plan.matter,
        held_on=days.held_on,
        agenda_on=days.agenda_on,
        documents_on=days.documents_on,
        draft_on=days.draft_on,
        confirmed_on=days.confirmed_on,
        immediate=plan.immediate,
        with_return=days.with_return or plan.matter.back_on is not None,
        earlier_on=plan.earlier_on,
    )


def read_planned_meeting(receipt: Mapping[str, Any]) -> PlannedMeeting | None:
    """Return the meeting planned for an approval, from its row's receipt; None for a step that waits for no meeting."""
    return read_meeting(receipt.get("meeting", {}))


def read_meeting(kept: Mapping[str, Any]) -> PlannedMeeting | None:
    """Return the meeting that a receipt keeps; None where it keeps none."""
    if not kept:
        return None
    days = {name: date.fromisoformat(value) for name, value in kept.items() if name.endswith("_on") and value}
    matter = Matter(**{name: days.pop(name) for name in _OF_MATTER if name in days})
    return PlannedMeeting(
        fit=Fit(kept["fit"]),
        matter=matter,
        immediate=kept["immediate"],
        with_return=kept["with_return"],
        **days,
    )
