"""How a programme cuts a grant's time into periods."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, Self

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from models.programme.length import Length
from models.reading.fields import Strict, written
from models.reading.number import shown

Every = Literal["month", "quarter", "half_year", "year", "fiscal_year"]
Edge = Literal["keep", "merge", "skip"]
PERIOD_FORMS = ("every", "project", "months", "rrule")
_START = datetime.fromisoformat("2000-01-01")
_MONTHS = re.compile(r"M([1-9][0-9]{0,2})(?:-M([1-9][0-9]{0,2}))?\Z")


def month_range(text: str) -> tuple[int, int]:
    """Return the first and last project month that a text as "M1-M18" or "M7" names; ValueError for another."""
    match = _MONTHS.match(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if match is None or last < first:
        raise ValueError(f"'{shown(text)}' are not project months: write them as M1-M18")
    return first, last


ProjectMonths = Annotated[str, written("project months, as M1-M18", "^M[0-9]+(-M[0-9]+)?$")]


def _in_order(texts: tuple[str, ...]) -> tuple[str, ...]:
    following = 1
    for text in texts:
        first, last = month_range(text)
        if first != following:
            raise ValueError(f"'{text}' must begin with M{following}: project months follow each other")
        following = last + 1
    return texts


def _repeats(text: str) -> str:
    if not re.fullmatch(r"FREQ=(YEARLY|MONTHLY|WEEKLY)(;[A-Z]+=[-+0-9A-Z,]+)*", text):
        raise ValueError(
            f"'{shown(text)}' is not a rule of RFC 5545 by the week, month or year: write it as"
            " FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1"
        )
    if re.search("INTERVAL=[-+0]", text):
        raise ValueError("INTERVAL must be 1 or more")
    if re.search("COUNT|UNTIL|DTSTART", text):
        raise ValueError("the grant's time says when it begins and ends: take out COUNT and UNTIL")
    try:
        fits = rrulestr(f"RRULE:{text}", dtstart=_START).after(_START)
    except (ValueError, KeyError, AttributeError) as problem:
        raise ValueError(f"'{shown(text)}' is not a rule of RFC 5545: {problem}") from None
    if fits is None:
        raise ValueError(f"'{shown(text)}' is a rule that no day fits")
    return text


_LABELS = {
    "month": (r"[0-9]{4}-(0[1-9]|1[0-2])", "2026-03"),
    "quarter": (r"[0-9]{4}-Q[1-4]", "2026-Q3"),
    "half_year": (r"[0-9]{4}-H[12]", "2026-H1"),
    "year": (r"[0-9]{4}", "2026"),
    "fiscal_year": (r"[0-9]{4}-[0-9]{2}", "2025-26"),
}


# How the names of a year's periods end.
_OF_A_YEAR = {
    "month": tuple(f"{month:02}" for month in range(1, 13)),
    "quarter": ("Q1", "Q2", "Q3", "Q4"),
    "half_year": ("H1", "H2"),
}


class PeriodRule(Strict):
    """How a grant's time is cut: exactly one of `every`, `project`, `months`, `rrule`.

    A word alone, as `quarters: quarter`, stands for `{every: quarter}`.
    """

    model_config = ConfigDict(title="a period")

    every: Every | None = Field(None, description="by the calendar, or by the fiscal year")
    project: Literal["month", "quarter", "half_year", "year"] | None = Field(
        None, description="as long, but counted from the grant's first day"
    )
    months: Annotated[tuple[ProjectMonths, ...], AfterValidator(_in_order)] | None = Field(
        None,
        min_length=1,
        description="project months, from M1 on; what is left of the grant's time joins the last",
    )
    rrule: Annotated[str, AfterValidator(_repeats), written("a rule of RFC 5545", "^FREQ=")] | None = Field(
        None, description="a rule of RFC 5545: on each day that it gives, a period begins"
    )
    without: tuple[str, ...] = Field(
        (),
        description="with `every`: periods of every year that are left out, as their names end, as the quarter that a"
        " yearly report covers",
    )
    first: Edge = Field(
        "keep",
        description="what becomes of a first period that the grant's start cuts short: it stays, joins the next, or is"
        " left out",
    )
    last: Edge = Field(
        "keep", description="the same of a last period, cut short by the grant's end; it joins the one before"
    )
    shorter_than: Length | None = Field(
        None, description="`first` and `last` hold for a period only where less than this is left of it"
    )

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, value: object) -> object:
        return {"every": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [name for name in PERIOD_FORMS if getattr(self, name) is not None]
        if len(forms) != 1:
            said = f" (found {', '.join(forms)})" if forms else ""
            raise ValueError(f"a period needs exactly one of {', '.join(PERIOD_FORMS)}{said}")
        if self.first != "keep" and (self.project is not None or self.months is not None):
            raise ValueError("'first' goes with every or rrule: periods of the project begin with the grant")
        if self.shorter_than is not None and (self.first, self.last) == ("keep", "keep"):
            raise ValueError("'shorter_than' goes with first or last: say which of them is merge or skip")
        if self.without:
            names = _OF_A_YEAR.get(self.every or "", ())
            if not names:
                raise ValueError("'without' goes with every: month, quarter or half_year")
            if wrong := [one for one in self.without if one not in names]:
                raise ValueError(f"a year has no {self.every} '{shown(wrong[0])}': {', '.join(names)}")
            if set(names) <= set(self.without):
                raise ValueError("'without' leaves no period: take one out of it")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler(core_schema)
        words = ["month", "quarter", "half_year", "year", "fiscal_year"]
        return {"anyOf": [{"enum": words, "type": "string"}, handler.resolve_ref_schema(whole)]}


def label_form(rule: PeriodRule, fiscal_month: int) -> tuple[str, str]:
    """Return how the periods of a rule are called: a pattern, and an example."""
    if rule.every is not None:
        return _LABELS["year" if rule.every == "fiscal_year" and fiscal_month == 1 else rule.every]
    if rule.rrule is not None:
        return r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "its first day, 2026-03-01"
    return r"M[0-9]+(-M[0-9]+)?", "M1-M18"
