"""A form's field: what it accepts, what was typed in it, and the value that this is read as."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from models.currency import decimals_of
from models.errors import Unreadable
from models.forms.faults import Fault
from models.message import Remark
from models.reading.account import read_account
from models.reading.date import read_date
from models.reading.day import Side, both_sides, list_lines, read_day
from models.reading.number import (
    TwoReadings,
    bare_sum,
    in_full,
    is_visible,
    read_amount,
    read_number,
    stated_sum,
)
from models.reading.personal_number import holds_personal_number
from models.reading.plain_text import without_controls

LONGEST_TEXT = 20_000
LONGEST_LINE = 200
MOST_DECIMALS = 9


class Kind(StrEnum):
    """What a field takes: a page has one widget for each, and each has one reader."""

    DAY = "date"
    DAYS = "days"  # a list of days, one a line
    SUM = "money"  # in minor units, as it is booked
    REPORTED = "reported"  # a sum in a report, in whole units of its currency
    NUMBER = "number"
    SHARE = "share"  # a sum, or a part of one as 60 %
    ACCOUNT = "account"
    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    ROW = "row"  # a choice among rows, by their ids
    YES_NO = "yes_no"
    FILE = "file"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, and the text typed into it.

    `text` is the typed text and `value` its meaning: None while it is empty or wrong, as `error`
    says. `title` is its heading and `hint` helps to fill it in. `options` are keys with their
    words. A field that is `hidden_when_empty` shows if it holds something, or something wrong. If it `depends`,
    the other fields decide whether it is required. A `folded` one is seldom filled in, or begins
    with what it mostly is: it stands behind a fold. A `single` one takes one file and no more.

    A day lies between `earliest` (with the reason `too_early`) and `latest`, and `after` or
    `before` another field's day. A number has `decimals` digits. A text has at most `longest`
    characters; 0 means as many as its kind allows. A field that `begins_today` holds today's day, which
    counts as not typed. A sum is `whole_minor`, in minor units, or a part of it; 0 if that is unknown.

    From a report's source come `source`, the value `gathered` (in words `collected`) and `origin`,
    which says when; an `awaited` value is still missing. `brought` is the file of an earlier
    answer.
    """

    name: str
    kind: Kind
    required: bool = True
    text: str = ""
    title: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    value: Any = None
    error: Remark | None = None
    side: Side | None = None
    after: str = ""
    before: str = ""
    earliest: date | None = None
    latest: date | None = None
    too_early: Fault = Fault.TOO_EARLY
    currency: str = ""
    decimals: int = MOST_DECIMALS
    longest: int = 0
    whole_minor: int = 0
    hidden_when_empty: bool = False
    folded: bool = False
    depends: bool = False
    single: bool = False
    begins_today: bool = False
    awaited: bool = False
    source: str = ""
    gathered: str = ""
    collected: str = ""
    origin: str = ""
    brought: str = ""

    @property
    def shown(self) -> bool:
        """Whether the page shows it."""
        return not self.hidden_when_empty or bool(self.text or self.error)

    @property
    def emptied(self) -> Self:
        """The field as if nothing had been typed in it."""
        return replace(self, text="", value=None, error=None)

    @property
    def sought(self) -> Side:
        """The side of today on which a day without a year is sought, unless the text gives the year."""
        if self.side is not None:
            return self.side
        if self.latest is not None:
            return Side.PAST
        return Side.COMING if self.earliest is not None else Side.EITHER

    @property
    def plain(self) -> str:
        """The value as text that reads the same on any day: "fredag" is 2026-12-04."""
        if isinstance(self.value, tuple):
            return "\n".join(day.isoformat() for day in self.value)
        return self.value.isoformat() if isinstance(self.value, date) else self.text

    @property
    def chosen(self) -> str:
        """The chosen option in its own words."""
        return dict(self.options).get(self.text, self.text)

    @property
    def differs(self) -> bool:
        """Whether it differs from what its source gave."""
        if not self.gathered or not (self.text or self.kind is Kind.TEXT):
            return False
        here, there = (self._as_compared(text) for text in (self.text, self.gathered))
        return here != there

    def _as_compared(self, text: str) -> object:
        """Return a number in one form however it was written, and any other text unchanged."""
        try:
            return self.number(text)
        except Unreadable:
            return text

    def number(self, text: str) -> Decimal:
        """Return the number in a text, or a sum in whole units of its currency; raises Unreadable."""
        if self.kind is Kind.NUMBER:
            return read_number(text, self.decimals)
        decimals = decimals_of(self.currency)
        return read_number(bare_sum(in_full(text, self.currency), self.currency), decimals)


def read_fields(fields: Sequence[Field], typed: Mapping[str, str], today: date) -> tuple[Field, ...]:
    """Return the fields with the typed texts, by their names, and why some must be corrected."""
    read: dict[str, Field] = {}
    for field in sorted(fields, key=lambda field: bool(field.before)):  # a field's bound is read before it
        read[field.name] = _read(_bounded(field, read), clean(typed.get(field.name, "")), today)
    return tuple(read[field.name] for field in fields)


def read_value(field: Field, text: str, today: date = date.min) -> Any:
    """Return a text's value for a field: each kind has one reader for a form, an option and a row of a list.

    Raises Unreadable, or TwoReadings. `today` is for a day that can be said without its year.
    """
    return _READERS[field.kind](field, text, today)


def clean(text: str) -> str:
    """Return typed text with plain line ends and no other control characters; empty if nothing is visible."""
    typed = without_controls(text).strip()
    return typed if is_visible(typed) else ""


def _bounded(field: Field, read: Mapping[str, Field]) -> Field:
    """Return a field with the other field's day as its bound, if it comes `after` or `before` one."""
    first = read[field.after].value if field.after in read else None
    if isinstance(first, date):
        return replace(field, earliest=max(first, field.earliest or first))
    last = read[field.before].value if field.before in read else None
    return replace(field, latest=last, side=Side.PAST) if isinstance(last, date) else field


def _read(field: Field, text: str, today: date) -> Field:
    if field.kind is Kind.FILE:
        return field
    if not text:
        return replace(
            field,
            text="",
            value=None,
            error=(
                missing_fault(field.kind, of_list=bool(field.options), label=field.title)
                if field.required
                else None
            ),
        )
    longest = field.longest or (LONGEST_TEXT if field.kind in (Kind.TEXT, Kind.DAYS) else LONGEST_LINE)
    if len(text) > longest:  # nothing is cut off: its writer must shorten it
        return replace(field, text=text, value=None, error=Fault.TOO_LONG(count=longest))
    try:
        value = read_value(field, text, today)
    except TwoReadings as two:
        first, second = two.readings
        return replace(field, text=text, value=None, error=Fault.TWO_READINGS(first=first, second=second))
    except Unreadable as unread:
        return replace(field, text=text, value=None, error=_fault(field, text, unread.remark))
    return replace(field, text=text, value=value, error=None)


def missing_fault(kind: Kind, *, of_list: bool = False, label: str = "") -> Remark:
    """Return why an empty field of a kind must be filled in, by its label where it has one.

    A day that is chosen `of_list` is a meeting's; a label that asks something is not said again.
    """
    named = "" if label.endswith("?") else _in_sentence(label)
    match kind:
        case Kind.DAY if of_list:
            return Fault.MISSING_MEETING()
        case Kind.DAY | Kind.DAYS:
            return Fault.MISSING_DAY()
        case Kind.SUM | Kind.REPORTED | Kind.SHARE:
            return Fault.MISSING_SUM()
        case Kind.CHOICE | Kind.ROW | Kind.YES_NO:
            return Fault.MISSING_CHOICE_OF(field=named) if named else Fault.MISSING_CHOICE()
        case _:
            return Fault.MISSING_FIELD(field=named) if named else Fault.MISSING()


def _in_sentence(label: str) -> str:
    """Return a label as it stands within a sentence; one that begins with an abbreviation as it is."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _day(field: Field, text: str, today: date) -> date:
    if field.options and text not in dict(field.options):
        raise Unreadable(Fault.NOT_LISTED())
    match field.side:
        case Side.WRITTEN:
            day = read_date(text)
        case Side.ASKED:
            day = _day_asked(field, text, today)
        case _:
            day = read_day(text, today, field.sought, _near(field, today))
    if field.earliest is not None and day < field.earliest:
        raise Unreadable(field.too_early(day=field.earliest))
    if field.latest is not None and day > field.latest:
        raise Unreadable((Fault.AFTER_LAST if field.before else Fault.TOO_LATE)(day=field.latest))
    return day


def _days(_: Field, text: str, today: date) -> tuple[date, ...]:
    """Return the days of a list, each once; a day without a year is the next after the day before it."""
    days: list[date] = []
    for line in list_lines(text):
        try:
            days.append(read_day(line, today, Side.COMING, days[-1] if days else None))
        except Unreadable as error:
            raise Unreadable(Fault.NO_DAY_OF_LIST(text=line)) from error
    return tuple(sorted(set(days)))


def _day_asked(field: Field, text: str, today: date) -> date:
    """Return the one day within the field's bounds that a text can name; TwoReadings if there are two."""
    can_be = both_sides(text, today)
    days = [day for day in can_be if field.earliest is None or day >= field.earliest] or can_be
    if len(days) > 1:
        raise TwoReadings(Fault.TWO_READINGS(first=days[0].isoformat(), second=days[-1].isoformat()))
    return days[0]


def _near(field: Field, today: date) -> date:
    """Return from where a day without its year is sought: from today, or from a bound beyond it."""
    match field.sought:
        case Side.PAST if field.before and field.latest is not None:
            return field.latest
        case Side.COMING if field.earliest is not None:
            return max(today, field.earliest)
        case Side.PAST if field.latest is not None:
            return min(today, field.latest)
    return today


def _number(field: Field, text: str, _: date) -> Decimal | int:
    number = field.number(text)
    return int(number) if field.decimals == 0 else number


def _public_text(_: Field, text: str, __: date) -> str:
    if holds_personal_number(text):
        raise Unreadable(Fault.PERSONAL_NUMBER())
    return text


def _choice(field: Field, text: str, _: date) -> str:
    if text not in dict(field.options):
        raise Unreadable(Fault.NOT_LISTED())
    return text


_READERS: Mapping[Kind, Callable[[Field, str, date], Any]] = {
    Kind.DAY: _day,
    Kind.DAYS: _days,
    Kind.SUM: lambda field, text, _: read_amount(text, field.currency),
    Kind.REPORTED: lambda field, text, _: field.number(text),
    Kind.NUMBER: _number,
    Kind.SHARE: lambda field, text, _: stated_sum(text, field.currency),
    Kind.ACCOUNT: lambda _, text, __: read_account(text),
    Kind.LINE: lambda _, text, __: text,
    Kind.TEXT: _public_text,
    Kind.CHOICE: _choice,
    Kind.ROW: lambda field, text, today: int(_choice(field, text, today)),
    Kind.YES_NO: lambda field, text, today: _choice(field, text, today) == "yes",
    Kind.HIDDEN: lambda _, text, __: text,
}
_UNREAD = {
    Kind.DAY: Fault.NO_DAY,
    Kind.SUM: Fault.NO_SUM,
    Kind.REPORTED: Fault.NO_SUM,
    Kind.SHARE: Fault.NO_SUM,
    Kind.NUMBER: Fault.NO_NUMBER,
}


def _fault(field: Field, text: str, remark: Remark) -> Remark:
    """Return why a text does not read: an account reader's own words, else what to write."""
    if isinstance(remark.message, Fault) or field.kind is Kind.ACCOUNT:
        return remark
    if text.startswith(("-", "−")) and field.kind is not Kind.DAY:
        return Fault.NEGATIVE()
    if field.kind is Kind.NUMBER and field.decimals == 0:
        return Fault.NO_WHOLE()
    return _UNREAD[field.kind]()
