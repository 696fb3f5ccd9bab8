"""When something is due, as a programme file says it: rules that count from names or from each other."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from models.reading.fields import DateName, IsoDate, Key, Strict, Words, written
from models.reading.number import shown

PERIOD_ANCHORS = ("period_start", "period_end")
GRANT_DATES = ("grant_start_on", "grant_end_on", "decided_on")
# Fifty years: nothing waits longer.
_LONGEST = {
    "days": 18_300,
    "working_days": 13_050,
    "weeks": 2_610,
    "months": 600,
    "quarters": 200,
    "years": 50,
}
SHIFTS = tuple(_LONGEST)

Span = Literal["month", "quarter", "half_year", "year", "fiscal_year"]
Roll = Literal["none", "next", "previous", "sfs-1930-173"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = ("first", "second", "third", "fourth", "last")


def _weekday(value: str) -> str:
    *ordinal, weekday = value.split(" ")
    if weekday not in WEEKDAYS or len(ordinal) > 1 or (ordinal and ordinal[0] not in ORDINALS):
        raise ValueError(f"'{shown(value)}' is not a weekday: write it as 'first monday', or as 'monday'")
    return value


def _yearly(value: str) -> str:
    try:
        if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        datetime.date.fromisoformat(f"2000-{value}")
    except ValueError:
        wanted = f"'{shown(value)}' is not a day of every year: write month and day, as 03-01"
        raise ValueError(wanted) from None
    return value


YearDay = Annotated[str, AfterValidator(_yearly), written("a month and day, as 03-01", "^[0-9]{2}-[0-9]{2}$")]


def _fraction(value: object) -> object:
    match = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", value) if isinstance(value, str) else None
    if match is None or int(match[2]) == 0 or not 0 < Fraction(int(match[1]), int(match[2])) <= 1:
        raise ValueError(f"'{shown(value)}' is not a part of the whole: write it as 1/3")
    return value


_DAYS = "|".join(WEEKDAYS)
Weekday = Annotated[
    str,
    AfterValidator(_weekday),
    written("a weekday, as monday or first monday", f"^(({'|'.join(ORDINALS)}) )?({_DAYS})$"),
]
Fractional = Annotated[str, BeforeValidator(_fraction), written("a part, as 1/3", "^[0-9]{1,3}/[0-9]{1,3}$")]


def _name_or_rule(value: object) -> str:
    return "[name]" if isinstance(value, str) else "[rule]"


Anchor = Annotated[
    Annotated[str, Tag("[name]")] | Annotated["DueRule", Tag("[rule]")],
    Discriminator(_name_or_rule),
    Field(title="what it counts from"),
]


class PublishedDate(Strict):
    """A date that the funder published for one period, in place of what the rule gives."""

    model_config = ConfigDict(title="a published date")

    date: IsoDate = Field(description="the day", examples=["2024-09-30"])
    source: str = Field(min_length=1, description="where it is published", examples=["the account form"])


class DueRule(Strict):
    """When something is due: one form, what it counts from, and perhaps a roll, an exception, a source.

    What a form counts from is a name, or another rule in braces: `{day_of_month: 25, holding: {after: period_end,
    months: 1}}` is the 25th of the month after the period.
    """

    model_config = ConfigDict(title="a due rule")

    date: IsoDate | None = Field(None, description="a fixed day", examples=["2009-09-15"])
    on: Anchor | None = Field(None, description="the same day", examples=["final_report_on"])
    after: Anchor | None = Field(None, description="so long after it", examples=["decided_on"])
    before: Anchor | None = Field(None, description="so long before it", examples=["final-report"])
    end_of: Span | None = Field(
        None, description="the last day of the one that holds a day", examples=["quarter"]
    )
    start_of: Span | None = Field(
        None, description="the first day of the one that holds a day", examples=["fiscal_year"]
    )
    day_of_month: int | None = Field(
        None, ge=1, le=31, description="that day of the month that holds a day, or its last", examples=[25]
    )
    weekday: Weekday | None = Field(
        None,
        description="'first monday' of the month that holds a day, or 'monday', the next that follows it",
        examples=["last friday"],
    )
    yearly: YearDay | None = Field(
        None,
        description="that month and day: the next that follows a day, or in the year that holds it",
        examples=["03-01"],
    )
    fraction: Fractional | None = Field(
        None, description="the day on which that part of the time has passed", examples=["1/3"]
    )
    earliest_of: tuple[Anchor, ...] | None = Field(
        None, description="the first of several days", examples=[["report_on", "grant_end_on"]]
    )
    latest_of: tuple[Anchor, ...] | None = Field(
        None,
        description="the last of several days",
        examples=[[{"after": "in_force_on", "days": 30}, {"before": "grant_start_on", "days": 10}]],
    )
    either: tuple[Anchor, ...] | None = Field(
        None,
        description="readings that differ, as published: the earlier holds until someone confirms one",
        examples=[[{"after": "grant_end_on", "days": 90}, {"after": "grant_end_on", "months": 3}]],
    )
    holding: Anchor | None = Field(
        None,
        description="the day within, for end_of, start_of, day_of_month, weekday, yearly",
        examples=["decided_on"],
    )
    following: Anchor | None = Field(
        None, description="the day before, for weekday, yearly", examples=["period_end"]
    )
    of: Literal["grant", "period"] | None = Field(
        None, description="whose time, for fraction; without it the grant's", examples=["grant"]
    )
    days: int | None = Field(None, ge=0, le=_LONGEST["days"], description="how many days", examples=[14])
    working_days: int | None = Field(
        None, ge=0, le=_LONGEST["working_days"], description="how many working days", examples=[2]
    )
    weeks: int | None = Field(None, ge=0, le=_LONGEST["weeks"], description="how many weeks", examples=[3])
    months: int | None = Field(
        None,
        ge=0,
        le=_LONGEST["months"],
        description="how many months; to the same day-number, or to the month's last day",
        examples=[1],
    )
    quarters: int | None = Field(
        None, ge=0, le=_LONGEST["quarters"], description="how many times three months", examples=[1]
    )
    years: int | None = Field(
        None, ge=0, le=_LONGEST["years"], description="how many times twelve months", examples=[1]
    )
    unless: DateName | None = Field(
        None,
        description="a named date that wins over the rule when it is given",
        examples=["final_report_on"],
    )
    exceptions: dict[Annotated[str, AfterValidator(str.upper)], PublishedDate] = Field(
        {},
        description="period, as the step's key ends -> the date that the funder published for it",
        examples=[{"2023-24": {"date": "2024-09-30", "source": "the account form"}}],
    )
    last: DueRule | None = Field(
        None,
        description="another rule for the last period, in which the grant ends: it holds there alone, with a roll and a"
        " source of its own; a date published for that period wins, here as within",
        examples=[{"after": "grant_end_on", "months": 2}],
    )
    roll: Roll | None = Field(
        None,
        description="where a day off moves: nowhere, to the working day after or before, or to the next weekday"
        " as SFS 1930:173 says; without it the rule is silent: both days are shown, and the earlier holds until someone"
        " confirms one",
        examples=["next"],
    )
    calendar: Key | None = Field(
        None, description="whose working days count here, a name in calendars", examples=["united-kingdom"]
    )
    source: str = Field(
        "",
        description="where it is written, in the words of who wrote it; shown with the date",
        examples=["2 CFR 200.344(b)"],
    )
    choice: Words | None = Field(
        None,
        description="in place of a source: that the time is our own choice, and why; shown with the date",
        examples=[{"sv": "två veckor från beslutet", "en": "two weeks from the decision"}],
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [name for name in FORMS if getattr(self, name) is not None]
        if len(forms) > 1:
            raise ValueError(
                f"a due rule has one form, and this has {', '.join(forms)}: put one within the other, as {_NESTED}"
            )
        if not forms:
            units = [unit for unit in _LONGEST if getattr(self, unit) is not None]
            said = f"; '{units[0]}' goes with after or before" if units else ""
            raise ValueError(f"a due rule needs exactly one of {', '.join(FORMS)}{said}")
        (form,) = forms
        taken = _TAKES.get(form, ())
        for group in (SHIFTS, ("holding", "following"), ("of",)):
            found = [name for name in group if getattr(self, name) is not None]
            wanted = [name for name in group if name in taken]
            if found and not wanted:
                takers = [one for one in FORMS if found[0] in _TAKES.get(one, ())]
                raise ValueError(f"'{found[0]}' goes with {_or(takers)}, not with '{form}'")
            if wanted and len(found) != 1 and group != ("of",):
                needs = (
                    f"exactly one of {', '.join(wanted)}"
                    if wanted[1:]
                    else f"'{wanted[0]}': {_EXAMPLES[form]}"
                )
                raise ValueError(f"'{form}' needs {needs}")
            if found and found[0] not in wanted:
                raise ValueError(f"'{form}' goes with {_or(wanted)}, not with '{found[0]}'")
        if self.weekday is not None and (" " in self.weekday) != (self.holding is not None):
            raise ValueError(
                "write {weekday: first monday, holding: ...} or {weekday: monday, following: ...}"
            )
        if self.source and self.choice is not None:
            raise ValueError("it is written somewhere or our own choice: say 'source' or 'choice'")
        if form in _SEVERAL and len(getattr(self, form)) < 2:
            raise ValueError(f"'{form}' needs two days or more to choose from")
        return self

    @cached_property
    def form(self) -> str:
        """The one form that the rule has."""
        return next(name for name in FORMS if getattr(self, name) is not None)

    @cached_property
    def anchors(self) -> tuple[str | DueRule, ...]:
        """What the rule counts from, in order: names and other rules."""
        if self.form in _SEVERAL:
            return tuple(getattr(self, self.form))
        found = self.on, self.after, self.before, self.holding, self.following
        return tuple(one for one in found if one is not None)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names that a fraction counts from without saying them."""
        if self.fraction is None:
            return ()
        return PERIOD_ANCHORS if self.of == "period" else GRANT_DATES[:2]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name that the rule, or a rule in it, counts from; what may win over it as well."""
        found: list[str] = [*([self.unless] if self.unless else []), *self.own_names]
        for one in self.anchors:
            found += [one] if isinstance(one, str) else one.names
        if self.last is not None:  # which period is the last hangs on these two
            found += ("period_end", "grant_end_on", *self.last.names)
        return tuple(dict.fromkeys(found))

    def says_fixed_day(self, period: str | None) -> bool:
        """Return whether the rule, or one in it, says a day of the calendar itself, or one published for the period."""
        inner = (one for one in self.anchors if not isinstance(one, str))
        own = self.date is not None or self.yearly is not None or period in self.exceptions
        return own or any(one.says_fixed_day(period) for one in inner)

    @cached_property
    def shift(self) -> tuple[int, str] | None:
        """How far after or before, and its unit."""
        unit = next((unit for unit in SHIFTS if getattr(self, unit) is not None), None)
        return (getattr(self, unit), unit) if unit else None


_NESTED = "{end_of: month, holding: {after: period_end, months: 1}}"
_SEVERAL = ("earliest_of", "latest_of", "either")
# What is worked out of a rule once, because a plan asks for it again and again.
_WORKED_OUT = ("form", "anchors", "names", "shift")
ANCHOR_FIELDS = ("on", "after", "before", "holding", "following", *_SEVERAL)
# Where a rule can stand within another.
INNER_FIELDS = (*ANCHOR_FIELDS, "last")
FORMS = (
    *("date", "on", "after", "before", "end_of", "start_of", "day_of_month", "weekday", "yearly", "fraction"),
    *_SEVERAL,
)
_TAKES: dict[str, tuple[str, ...]] = {
    "after": SHIFTS,
    "before": SHIFTS,
    "end_of": ("holding",),
    "start_of": ("holding",),
    "day_of_month": ("holding",),
    "weekday": ("holding", "following"),
    "yearly": ("holding", "following"),
    "fraction": ("of",),
}
_EXAMPLES = {
    "end_of": "{end_of: quarter, holding: decided_on}",
    "start_of": "{start_of: quarter, holding: decided_on}",
    "day_of_month": "{day_of_month: 25, holding: period_end}",
}


def _or(names: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def renamed(rule: DueRule, new_name: dict[str, str]) -> DueRule:
    """Return the rule with names that it counts from replaced, in rules within it too."""

    def mend(value: object) -> object:
        if isinstance(value, str):
            return new_name.get(value, value)
        if isinstance(value, tuple):
            return tuple(mend(one) for one in value)
        return renamed(value, new_name) if isinstance(value, DueRule) else value

    changed = rule.model_copy(update={name: mend(getattr(rule, name)) for name in INNER_FIELDS})
    for name in _WORKED_OUT:  # a copy has what was worked out of the rule before
        changed.__dict__.pop(name, None)
    return changed
