"""The receipt of a due date: why it is what it is, as terms and values that a template words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from models.programme.plan import Programme

Term: TypeAlias = Mapping[str, Any]
# The source of a date: somebody's words, or an event (`event_source`, `our_choice`).
Source: TypeAlias = str | Term
_PLAIN = (str, int)


def term(kind: str, **values: object) -> Term:
    """Return a term of the kind with its values; days become ISO 8601, and None is left out."""
    filled: dict[str, object] = {"kind": kind}
    for name, value in values.items():
        if value is not None:
            filled[name] = plain(value)
    return filled


def plain(value: object) -> object:
    """Return a value as JSON holds it: days as ISO 8601, sequences as lists."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return value
    return [plain(item) for item in value] if isinstance(value, Iterable) else value


def event_source(kind: str, on: date) -> Source:
    """Return a source that its day identifies: a decision, return, withdrawal, shortening or confirmation."""
    return term(kind, on=on)


def our_choice(swedish: str, english: str) -> Source:
    """Return the source of a time that we chose ourselves, with the reason in a programme's own words."""
    return term("choice", sv=swedish, en=english)


def is_return(source: Source) -> bool:
    """Return whether the date was set when a report was sent back."""
    return not isinstance(source, str) and source["kind"] == "return"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why a date is what it is, as values that a template words; days are ISO 8601, as in the row.

    `counted` is the arithmetic, or what the date waits for. `rolled` is the day before rolling
    (None if it did not roll). `source` is where the date is written or what happened, `notes` what
    a person should know. `made` lists the changes of the programme's rule, in order: a decision, a
    person, a meeting, an award's size. `last` marks the rule for the last period. `readings` are
    the days among which a person must choose, `sources` the day of each text, and `settled` the
    texts that a person confirmed by choosing one. `meeting` holds the days on the way to the
    meeting that takes an approval, as models.rules.dates.committee plans them. `before` is the date
    that this one replaced, if a decision or a person gave it: its day (`on`) and source. The other
    fields repeat a simple rule: form, anchor, its day, and the shift.
    """

    form: str = ""
    anchor: str | None = None
    anchor_on: str | None = None
    count: int | None = None
    unit: str | None = None
    counted: tuple[Term, ...] = ()
    made: tuple[Term, ...] = ()
    last: bool = False
    rolled: str | None = None
    source: Source = ""
    notes: tuple[Term, ...] = ()
    readings: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    settled: tuple[str, ...] = ()
    meeting: Mapping[str, object] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the receipt as plain JSON values; empty ones are left out."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return {
            name: plain(value)
            for name, value in values.items()
            if value is not False and value not in (None, "", (), {})
        }

    def noted(self, *more: Term) -> Receipt:
        """Return the receipt with notes added."""
        return replace(self, notes=(*self.notes, *more))

    def composed(self) -> Receipt:
        """Return the receipt of a date that a simple rule no longer gives, without that rule's notes."""
        return replace(
            self, form="composed", anchor=None, anchor_on=None, count=None, unit=None, rolled=None, notes=()
        )


def read_receipt(values: Mapping[str, object]) -> Receipt:
    """Return the receipt that a row stores."""
    fields_read: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Receipt(**fields_read)


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
    """A step's receipt with what its words need: the programme, and the name of its anchor.

    A step that it counts from has its name within a sentence, too, if the programme knows one.

    `choice` marks a time of the recipient's own choice, `assumed` a day that nobody has confirmed.
    `working_on` is the last working day when the due date is a day off. `template_key` is the
    programme's step.
    """

    receipt: Receipt
    programme: Programme
    template_key: str
    due_on: date
    anchor: AnchorKind = AnchorKind.WRITTEN
    anchor_title: str = ""
    funder: str = ""
    choice: bool = False
    assumed: bool = False
    working_on: date | None = None
    anchor_definite: str = ""

    @property
    def place(self) -> str:
        """The place of the programme's offices."""
        return place_of(self.programme)


def place_of(programme: Programme) -> str:
    """Return the place of a programme's offices: "SE", or "DE-BY"."""
    country = programme.calendar.country
    part = programme.calendar.subdivision
    return f"{country}-{part}" if part else country
