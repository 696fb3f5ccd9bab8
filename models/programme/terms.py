"""Terms of a programme file's steps: a threshold, documents, the price of being late, repayment, quiet days."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from models.programme.length import Length
from models.programme.money import QuestionName
from models.programme.question import Words
from models.reading.fields import DateName, Percent, QuestionKey, Strict, written
from models.reading.money import Sum
from models.reading.number import shown


class Threshold(Strict):
    """The awards for which a step is there: from a sum, below one, or both; or whose decision gives a day.

    A sum is stated, or is so many of an amount that follows the decision's year.
    """

    model_config = ConfigDict(title="a threshold")

    award_from: Sum | None = Field(
        default=None,
        description="the least award for which the step is there; with `of`, how many of that amount",
    )
    award_below: Sum | None = Field(
        default=None,
        description="the award from which the step is not there any more, as a simpler report of small grants; with"
        " `of`, how many of that amount",
    )
    of: QuestionKey | None = Field(
        default=None,
        description="a name in `amounts`: the threshold is that many of it, by the year of the decision",
    )

    given: DateName | None = Field(
        default=None,
        description="a name in `dates`, of one that is not `required`: the step is there when that day is given, as a"
        " report that only some decisions ask for",
    )

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.award_from is None and self.award_below is None and self.given is None:
            raise ValueError("a threshold needs award_from, award_below or given")
        if self.of is not None and not self.bounds:
            raise ValueError("'of' goes with award_from or award_below: how many of that amount it is")
        return self

    @property
    def bounds(self) -> tuple[tuple[str, str], ...]:
        """The bounds that are there, each by the key that says it."""
        found = (("award_from", self.award_from), ("award_below", self.award_below))
        return tuple((name, text) for name, text in found if text is not None)


class LateRule(Strict):
    """What it costs when a step is so late."""

    model_config = ConfigDict(title="a price of being late")

    after: Length = Field(description="how long after the due date the price is due")
    loses: Percent = Field(description="the part of the award that is lost or taken back then")


class NeededDocument(Strict):
    """A document that goes with a step."""

    model_config = ConfigDict(title="a document")

    key: QuestionKey = Field(description="its name in commands and data")
    title: Words = Field(description="what people call it")
    required: bool = Field(default=True, description="whether the step cannot be done without it")


class RepaymentRule(Strict):
    """How much a repayment is about: what was paid of the award, less what was spent."""

    model_config = ConfigDict(title="a repayment")

    spending: tuple[QuestionName, ...] = Field(
        min_length=1,
        description="the steps and their questions that say what was spent; every period counts, and the repayment"
        " waits for them all",
    )
    rate: Percent | None = Field(
        default=None,
        description="the part of what was spent that the funder pays, where it does not pay all of it",
    )
    at_least: Sum | None = Field(
        default=None,
        description="the least sum that is paid back; less than that is kept, and nothing is to be done",
    )


def _yearly(value: str) -> str:
    try:
        if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        date.fromisoformat(f"2000-{value}")
    except ValueError:
        wanted = f"'{shown(value)}' is not a day of every year: write month and day, as 03-01"
        raise ValueError(wanted) from None
    return value


YearDay = Annotated[str, AfterValidator(_yearly), written("a month and day, as 03-01", "^[0-9]{2}-[0-9]{2}$")]


class QuietRule(Strict):
    """Days of every year on which nobody is reminded."""

    model_config = ConfigDict(title="quiet days")

    first: YearDay = Field(description="the first of them, month and day")
    last: YearDay = Field(description="the last of them; it may lie in the next year")
