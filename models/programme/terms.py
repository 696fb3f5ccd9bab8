"""Terms of a plan's steps: a threshold, documents, the price of being late, repayment, quiet days."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta

from models.programme.question import Words
from models.reading.fields import DateName, Percent, QuestionKey, Strict
from models.reading.money import Sum


class Threshold(Strict):
    """The awards for which a step is there: from a sum, below one, or both; or whose decision gives a day.

    A sum is stated, or is so many `of` an amount that follows the decision's year.
    """

    award_from: Sum | None = None
    award_below: Sum | None = None
    of: QuestionKey | None = None
    given: DateName | None = None

    @property
    def bounds(self) -> tuple[tuple[str, str], ...]:
        """The bounds that are there, each by the key that says it."""
        found = (("award_from", self.award_from), ("award_below", self.award_below))
        return tuple((name, text) for name, text in found if text is not None)


class LateRule(Strict):
    """The part of the award that is lost where a step is more than so many days or months late."""

    days: int | None = None
    months: int | None = None
    loses: Percent

    def from_on(self, due_on: date) -> date:
        """Return the day after which it is lost."""
        return due_on + relativedelta(months=self.months or 0, days=self.days or 0)


class NeededDocument(Strict):
    """A document without which a step is not done."""

    key: QuestionKey
    title: Words


class RepaymentRule(Strict):
    """What goes back: what was paid, less what was spent, of which the funder pays `rate`; nothing below `at_least`.

    `spending` are STEP.QUESTION; every period counts, and the repayment waits for them all.
    """

    spending: tuple[str, ...]
    rate: Percent | None = None
    at_least: Sum | None = None


class QuietRule(Strict):
    """Days of every year, as 07-01, on which nobody is reminded; the last may lie in the next year."""

    first: str
    last: str
