"""When a step is there, what it costs to be late, and what must have happened, as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from dateutil.relativedelta import relativedelta

from models.programme.language.amounts.forms import Form, Kind, Sentence, Slot
from models.programme.language.amounts.kinds import PART, SUM, choice, count, name
from models.programme.language.parser import read_name
from models.programme.language.rule import NAMES, Name
from models.programme.language.tokens import Walk


@dataclass(frozen=True, slots=True)
class When:
    """The grants in which a step is there: by award, by how many months they last, or by a day that is given.

    The sum is stated, or is so many of an `amount` of the decision's year. A `figure` of the recipient no grant knows:
    the step is there, and its owner says where it is not needed.
    """

    kind: Literal["award", "length", "given", "recipient"]
    side: Literal["from", "below", "longer", "shorter"] | None = None
    sum: Decimal | None = None
    amount: Name | None = None
    date: Name | None = None
    months: int | None = None
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What it costs to be more than so many days or months late: a part of the award."""

    count: int
    unit: Literal["days", "months"]
    part: Fraction
    kind: Literal["price"] = "price"

    def from_on(self, due_on: date) -> date:
        """Return the day after which it is lost."""
        months, days = (self.count, 0) if self.unit == "months" else (0, self.count)
        return due_on + relativedelta(months=months, days=days)


_BOUND: Form = (
    Slot(
        "side",
        choice(
            {"from": "from", "below": "below"},
            "'from' or 'below' is expected here; write from, which includes the sum",
        ),
    ),
    Slot("sum", SUM),
)
_named = name("a figure of the recipient, as turnover,")
_FIGURE = Kind(_named.begins, lambda walk: _named.read(walk).text, str)
_SIDES = choice({"longer": "longer", "shorter": "shorter"})


def _choose(walk: Walk) -> str | None:
    if walk.word(2) == "recipient":
        return "recipient"
    if walk.word() in ("award", "grant"):
        return {"grant": "length"}.get(walk.word(), "award")
    return "given" if walk.word(1) == "of" else None


WHEN = Sentence(
    When,
    {
        "award": ("award", *_BOUND, (Slot("amount", name("an amount")),)),
        "length": ("grant", Slot("side", _SIDES), "than", Slot("months", count(1, 240)), "months"),
        "recipient": (Slot("figure", _FIGURE), "of the recipient", *_BOUND),
        "given": (Slot("date", name("a date of the decision")), "of the decision given"),
    },
    "a threshold (award from 294 000, award below 5 price_base, grant longer than 24 months,"
    " turnover of the recipient from 1 000 000, NAME of the decision given)",
    _choose,
)
_UNITS = {"days": "days", "months": "months", "day": "days", "month": "months"}
PRICE = Sentence(
    Price,
    {"price": (Slot("count", count(0, 3_660)), Slot("unit", choice(_UNITS)), ":", Slot("part", PART))},
    choose=lambda walk: "price",
)


def read_needs(sentence: str) -> tuple[Name, ...]:
    """Return the events that must have happened; SentenceFault for what cannot be read."""
    walk = Walk(sentence)
    found: list[Name] = []
    while not found or not walk.at_end:
        token = walk.token
        found.append(read_name(walk))
        if found[-1].of_decision or found[-1].text in NAMES:
            walk.fail("what is needed is a step or a payment, as final-report.approved", token)
    return tuple(found)
