"""How an award is paid, in a plan: instalments, shares and conditions."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Self

from pydantic import model_validator

from models.programme.language.field import EachSentence, KeepsSentence, ShareSentence
from models.programme.step import EndPeriod
from models.reading.fields import PREVIOUS, Key, Strict, Words
from models.reading.number import print_part
from models.vocabulary import AT_MOST


class InstalmentRule(Strict):
    """A part of the award; `needs` are the approvals that withhold it, `last_needs` the last period's.

    `keeper` is who keeps the part in `keeps`. With `each` a share of the award is paid in equal
    parts, one a period.
    """

    number: int
    share: ShareSentence
    each: EachSentence | None = None
    first: EndPeriod | None = None
    last: EndPeriod | None = None
    needs: tuple[str, ...] = ()
    last_needs: tuple[Key, ...] = ()
    keeps: KeepsSentence | None = None
    keeper: Words | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        share = self.share
        once = share.kind in ("decided", "kept") or (share.kind == "rest" and share.asks)
        if once and self.each is not None:
            raise ValueError("it is paid once: take out 'each', or write a part, as 80 %")
        if share.kind in ("rest", "kept") and (share.rounded or (share.kind == "kept" and share.unused)):
            raise ValueError("the last payment takes what is left: it is not rounded, nor less what was kept")
        if share.kind == "claimed" and self.every_need:
            raise ValueError("two people release a sum that they see: write of which costs, as report.spent")
        return self

    @property
    def text(self) -> str:
        """Its size, in a word or a number."""
        share = self.share
        if share.kind == "part" and share.part is not None:
            return print_part(share.part)
        if share.sum is not None:
            return f"{share.sum:f}"
        return {"costs": "claimed", "decided": f"{AT_MOST}{self.at_most}"}.get(share.kind, share.kind)

    @property
    def at_most(self) -> str | None:
        """The largest part of the award that a decision may state; None if none states the sum."""
        return print_part(self.share.at_most or Fraction(1)) if self.share.kind == "decided" else None

    @property
    def awaits(self) -> str | None:
        """What only a decision states: its "rate" of costs, or a sum up to a part of the award."""
        return "rate" if self.share.rate else self.at_most

    @property
    def skip_last(self) -> bool:
        """Whether nothing is paid for the last period."""
        return self.last is not None and self.last.skip

    @property
    def spending(self) -> tuple[str, ...]:
        """The costs that are paid, each as STEP.QUESTION."""
        return tuple(ask.text for ask in self.share.asks)

    @property
    def by_costs(self) -> bool:
        """Whether its sum follows the reported costs, and so never exceeds them."""
        return bool(self.share.asks) or self.share.unused is not None

    @property
    def claimed(self) -> bool:
        """Whether its sum is what is claimed, or was spent."""
        return self.share.kind in ("claimed", "costs")

    @property
    def of_claims(self) -> bool:
        """Whether its sum comes from claims or spending: the rest stays in the award."""
        return self.claimed or self.share.kind == "kept" or self.by_costs

    @property
    def every_need(self) -> tuple[str, ...]:
        """The approvals that any of its parts needs."""
        return (*self.needs, *self.last_needs)

    def needs_of(
        self, period: str | None, periods: Sequence[str | None]
    ) -> tuple[tuple[str, str | None], ...]:
        """Return the approvals that the part of a period needs, each with the period it is about."""
        place = periods.index(period)
        names = self.every_need if place == len(periods) - 1 else self.needs
        return tuple(
            (name.removesuffix(PREVIOUS), periods[place - 1] if name.endswith(PREVIOUS) else period)
            for name in names
            if place or not name.endswith(PREVIOUS)
        )
