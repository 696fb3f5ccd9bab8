"""How an award is paid, as the plan has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from models.programme.language.field import EachSentence
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.question import Words
from models.reading.fields import PREVIOUS, Key, Need, Percent, Share, Strict
from models.reading.money import Sum


class KeptRule(Strict):
    """A part of the award, or of a claim, that another keeps until the last instalment."""

    share: Percent
    title: Words


class InstalmentRule(Strict):
    """A part of the award; `needs` are the approvals without which it is withheld.

    It is a `share` of the award, a `sum`, or what the decision says, `at_most` a part of it. The share `claimed` is
    what is claimed, or the `spending` of each STEP.QUESTION, of which the funder pays `rate`; `rest` what is left, of
    the costs where `spending` names them, `kept` what was kept of the others (`less`). `unused` (STEP.QUESTION)
    takes off what its answers are short of what was paid before, or of `unused_of` it. `rounded` is to a multiple of
    `unit` of the currency. With `each` it is paid in equal parts, one a period; `last_needs` are the last one's.
    """

    number: int
    share: Share | None = None
    sum: Sum | None = None
    at_most: Percent | None = None
    each: EachSentence | None = None
    first: FirstPeriod | None = None
    last: LastPeriod | None = None
    spending: tuple[str, ...] = ()
    rate: Percent | None = None
    unused: str | None = None
    unused_of: Percent | None = None
    rounded: Literal["up", "down"] | None = None
    unit: int | None = None
    needs: tuple[Need, ...] = ()
    last_needs: tuple[Key, ...] = ()
    less: KeptRule | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.at_most is not None and self.each is not None:
            raise ValueError("a decision says one sum: take out 'each', or write a part, as 80 %")
        if self.share == "kept" and self.each is not None:
            raise ValueError("what was kept comes back at once: take out 'each'")
        if self.share == "rest" and self.spending and self.each is not None:
            raise ValueError("the rest of the costs comes once: take out 'each'")
        if self.share in ("rest", "kept") and self.rounded is not None:
            raise ValueError("the last payment takes what is left: it is not rounded")
        if self.share == "kept" and self.unused is not None:
            raise ValueError("what was kept comes back whole: take out 'less what'")
        if self.claimed and self.every_need and not self.spending:
            raise ValueError("two people release a sum that they see: write of which costs, as report.spent")
        return self

    @property
    def skip_last(self) -> bool:
        """Whether nothing is paid for the last period."""
        return self.last is not None and self.last.skip

    @property
    def claimed(self) -> bool:
        """Whether its sum is what is claimed."""
        return self.share == "claimed"

    @property
    def of_claims(self) -> bool:
        """Whether its sum comes from what is claimed or was spent: what is not is left of the award."""
        return self.share in ("claimed", "kept") or bool(self.spending) or self.unused is not None

    @property
    def every_need(self) -> tuple[str, ...]:
        """The approvals that one of its parts needs."""
        return (*self.needs, *self.last_needs)

    def needs_of(
        self, period: str | None, periods: Sequence[str | None]
    ) -> tuple[tuple[str, str | None], ...]:
        """Return the approvals that the part of one of the periods needs, each with the period that it is about."""
        place = periods.index(period)
        names = self.every_need if place == len(periods) - 1 else self.needs
        return tuple(
            (name.removesuffix(PREVIOUS), periods[place - 1] if name.endswith(PREVIOUS) else period)
            for name in names
            if place or not name.endswith(PREVIOUS)
        )
