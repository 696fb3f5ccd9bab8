"""When a step is there, what it costs to be late, and what must have happened, as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from dateutil.relativedelta import relativedelta

from models.programme.language.grammar import Form, Sentence
from models.programme.language.kinds import KINDS
from models.programme.language.rule import Name
from models.programme.language.words import Choice


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


KINDS |= {
    "bound": Choice({"from": "from", "below": "below"}),
    "length_side": Choice({"longer": "longer", "shorter": "shorter"}),
}
WHEN: Sentence[When] = Sentence(
    Form(When, "award {side:bound} {sum:sum} [{amount:name}]", kind="award"),
    Form(When, "grant {side:length_side} than {months:number} month(s)", kind="length"),
    Form(When, "{figure:word} of the recipient {side:bound} {sum:sum}", kind="recipient"),
    Form(When, "{date:name} of the decision given", kind="given"),
    slips={
        r"(award|recipient)\|(over|above)\b": "a threshold is said by from or below; write from, which includes the sum"
    },
)
PRICE: Sentence[Price] = Sentence(
    *(
        Form(Price, f"{{count:number}} {unit[:-1]}(s) : {{part:part}}", unit=unit)
        for unit in ("days", "months")
    ),
)
# What must have happened before something.
NEED: Sentence[Name] = Sentence(
    Form(Name, "{.:event}"),
)
