"""How an award is paid, as a programme file says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from models.programme.language.field import EachSentence
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.question import Words
from models.reading.fields import PREVIOUS, Key, Need, Percent, Share, Strict
from models.reading.money import Sum
from models.reading.number import shown

_SPENDING = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)\Z")


def _spending(value: str) -> str:
    if not _SPENDING.match(value):
        raise ValueError(f"'{shown(value)}' names no question of a step: write it as follow-up.spent")
    return value


# A question of a step, as "follow-up.spent".
QuestionName = Annotated[
    str,
    AfterValidator(_spending),
    WithJsonSchema(
        {"type": "string", "title": "a step and its question", "pattern": r"^[a-z0-9-]+\.[a-z0-9_-]+$"}
    ),
]


SIZES = ("share", "sum", "at_most")


class KeptRule(Strict):
    """A part that another keeps until the last instalment: a mutual insurance, or the funder of each claim."""

    model_config = ConfigDict(title="a deduction")

    share: Percent = Field(
        description="the part of the award that is kept; of what is claimed, with share: claimed"
    )
    title: Words = Field(description="what people call it")


class InstalmentRule(Strict):
    """A part of the award; `needs` are the approvals without which it is withheld."""

    model_config = ConfigDict(title="an instalment")

    number: int = Field(ge=1, description="1, 2, 3 in order: its name in commands and in `instalment`")
    share: Share | None = Field(
        default=None,
        description="its part of the award; the last can be the rest. `claimed` is what is claimed for it, as far as"
        " the award reaches; `kept`, for the last, what was kept of the others (`less`) and no more",
    )
    sum: Sum | None = Field(
        default=None, description="its sum, in place of a share; less when the award does not reach so far"
    )
    at_most: Percent | None = Field(
        default=None,
        description="in place of a share: the decision says how much (`grants decide --instalment 1=SUM`), and never"
        " more than this part of the award; until it does, the instalment waits",
    )
    each: EachSentence | None = Field(
        default=None,
        description="one a period, in equal parts, as the `each` of a step; its claim and payment say the same",
    )
    first: FirstPeriod | None = Field(default=None, description="`join`: as in the steps of the same `each`")
    last: LastPeriod | None = Field(default=None, description="`join`: as in the steps of the same `each`")
    spending: QuestionName | None = Field(
        default=None,
        description="for `claimed`: the step and its question that say how much, of the same period; without it"
        " `grants claim --amount` does",
    )
    rate: Percent | None = Field(
        default=None,
        description="with `spending`: the part of what was spent that the funder pays; the rest is ours",
    )
    unused: QuestionName | None = Field(
        default=None,
        description="what the answers to this question are short of what was paid before is taken off; it waits for"
        " them",
    )
    unused_of: Percent | None = Field(
        default=None, description="with `unused`: short of this part of what was paid before"
    )
    rounded: Literal["up", "down"] | None = Field(
        default=None, description="to a multiple of `unit`; the last instalment takes what that leaves"
    )
    unit: int | None = Field(
        default=None, ge=1, le=1_000_000, description="with `rounded`: so many units of the currency"
    )
    needs: tuple[Need, ...] = Field(
        default=(),
        description="keys of approvals: without these it is withheld, and two people must release it; it needs a claim"
        " step then. Of one that comes once a period `report-approval.first` and `.last` are those of the grant's first"
        " and last period; with `each`, `report-approval.previous` is that of the period before: the first period waits"
        " for none",
    )
    last_needs: tuple[Key, ...] = Field(
        default=(), description="with `each`: approvals that the last period's needs besides"
    )
    less: KeptRule | None = Field(
        default=None,
        description="what another keeps of it; the last instalment gives it back (share: kept, or rest)",
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        sizes = [name for name in SIZES if getattr(self, name) is not None]
        if len(sizes) != 1:
            said = f" (found {', '.join(sizes)})" if sizes else ""
            raise ValueError(f"an instalment needs exactly one of {', '.join(SIZES)}{said}")
        if self.at_most is not None and self.each is not None:
            raise ValueError("a decision says one sum: 'at_most' does not go with 'each'")
        if self.share == "kept" and self.each is not None:
            raise ValueError("what was kept comes back at once: 'kept' does not go with 'each'")
        if self.spending is not None and self.share not in ("claimed", "rest"):
            raise ValueError("'spending' goes with share: claimed, or rest: the rest of the costs")
        if self.share == "rest" and self.spending is not None and self.each is not None:
            raise ValueError("the rest of the costs comes once: take out 'each'")
        if (self.rounded is None) != (self.unit is None) or (self.unused_of and self.unused is None):
            raise ValueError("'rounded' and 'unit' go together, and 'unused_of' with 'unused'")
        if self.share in ("rest", "kept") and self.rounded is not None:
            raise ValueError("the last instalment takes what is left: it is not rounded")
        if self.share == "kept" and self.unused is not None:
            raise ValueError("what was kept comes back whole: take out 'unused'")
        if self.rate is not None and self.spending is None:
            raise ValueError("'rate' goes with 'spending': it is a part of what was spent")
        if self.last_needs and self.each is None:
            raise ValueError("'last_needs' goes with 'each': say 'needs'")
        if self.claimed and (self.needs or self.last_needs) and self.spending is None:
            raise ValueError("two people release a sum that they see: say in 'spending' where it is answered")
        return self

    @property
    def claimed(self) -> bool:
        """Whether its sum is what is claimed."""
        return self.share == "claimed"

    @property
    def of_claims(self) -> bool:
        """Whether its sum comes from what is claimed or was spent: what is not is left of the award."""
        return self.share in ("claimed", "kept") or self.spending is not None or self.unused is not None

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

    @property
    def spending_names(self) -> tuple[str, str] | None:
        """The step and the question that say what is claimed."""
        match = _SPENDING.match(self.spending) if self.spending else None
        return (match[1], match[2]) if match else None
