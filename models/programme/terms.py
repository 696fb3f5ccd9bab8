"""Terms of a programme file's steps: a threshold, documents, the price of being late, repayment, quiet days."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from models.programme.due import YearDay
from models.programme.length import Length
from models.programme.money import QuestionName
from models.programme.question import Words
from models.reading.fields import DateName, Percent, QuestionKey, Strict
from models.reading.money import Sum


class Threshold(Strict):
    """The awards for which a step is there: from a sum, below one, or both; or whose decision gives a day.

    A sum is stated, or is so many of an amount that follows the decision's year.
    """

    model_config = ConfigDict(title="a threshold")

    award_from: Sum | None = Field(
        default=None,
        description="the least award for which the step is there; with `of`, how many of that amount",
        examples=["294 000"],
    )
    award_below: Sum | None = Field(
        default=None,
        description="the award from which the step is not there any more, as a simpler report of small grants; with"
        " `of`, how many of that amount",
        examples=["294 000"],
    )
    of: QuestionKey | None = Field(
        default=None,
        description="a name in `amounts`: the threshold is that many of it, by the year of the decision",
        examples=["price_base"],
    )

    given: DateName | None = Field(
        default=None,
        description="a name in `dates`, of one that is not `required`: the step is there when that day is given, as a"
        " report that only some decisions ask for",
        examples=["interim_report_on"],
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

    after: Length = Field(
        description="how long after the due date the price is due", examples=[{"months": 3}]
    )
    loses: Percent = Field(
        description="the part of the award that is lost or taken back then", examples=["20 %"]
    )


class NeededDocument(Strict):
    """A document that goes with a step."""

    model_config = ConfigDict(title="a document")

    key: QuestionKey = Field(description="its name in commands and data", examples=["audit_certificate"])
    title: Words = Field(
        description="what people call it", examples=[{"sv": "revisorsintyg", "en": "audit certificate"}]
    )
    required: bool = Field(
        default=True, description="whether the step cannot be done without it", examples=[False]
    )


class RepaymentRule(Strict):
    """How much a repayment is about: what was paid of the award, less what was spent."""

    model_config = ConfigDict(title="a repayment")

    spending: tuple[QuestionName, ...] = Field(
        min_length=1,
        description="the steps and their questions that say what was spent; every period counts, and the repayment"
        " waits for them all",
        examples=[["follow-up.spent", "final-report.spent"]],
    )
    rate: Percent | None = Field(
        default=None,
        description="the part of what was spent that the funder pays, where it does not pay all of it",
        examples=["60 %"],
    )
    at_least: Sum | None = Field(
        default=None,
        description="the least sum that is paid back; less than that is kept, and nothing is to be done",
        examples=["1 000"],
    )


class QuietRule(Strict):
    """Days of every year on which nobody is reminded."""

    model_config = ConfigDict(title="quiet days")

    first: YearDay = Field(description="the first of them, month and day", examples=["07-01"])
    last: YearDay = Field(description="the last of them; it may lie in the next year", examples=["07-31"])
