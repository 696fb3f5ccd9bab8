"""How much a payment is, what another keeps of it and what goes back, as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from models.programme.language.grammar import Form, Sentence
from models.programme.language.kinds import KINDS, Ask
from models.programme.language.words import Choice


@dataclass(frozen=True, slots=True)
class Share:
    """How much a payment is: a part of the award, a sum, costs, the rest (of costs), or what is kept, claimed, decided.

    Costs are what questions come to, or a `part` of it; with `rate`, the part that the decision names. `at_most` is of
    the award.
    What `unused` is short of what was paid, or of a part of it, is taken off. `in_all` is what all payments so far come
    to at most, of the award. It is `rounded` to a multiple of so many units of the currency.
    """

    kind: Literal["part", "sum", "costs", "rest", "kept", "claimed", "decided"]
    part: Fraction | None = None
    rate: bool = False
    sum: Decimal | None = None
    asks: tuple[Ask, ...] = ()
    at_most: Fraction | None = None
    unused: Ask | None = None
    unused_of: Fraction | None = None
    in_all: Fraction | None = None
    rounded: Literal["up", "down"] | None = None
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Keeps:
    """A part of the award, or of the claim, that another keeps."""

    part: Fraction
    title: str
    of_claim: bool = False
    kind: Literal["keeps"] = "keeps"


@dataclass(frozen=True, slots=True)
class Repays:
    """What was paid less costs goes back, where it is over a sum."""

    asks: tuple[Ask, ...]
    part: Fraction | None = None
    rate: bool = False
    over: Decimal | None = None
    kind: Literal["repays"] = "repays"


_COSTS = "[{part:part} of] {rate?rate of the decision of} {asks:ask:1:and}"
_MORE = (
    "[less what {unused:ask} lacks of [{unused_of:part} of] paid] [up to {in_all:part} in all]"
    " [rounded {rounded:up_or_down} to {unit:number}]"
)
_BASES = {
    "rest": f"rest [of {_COSTS}]",
    "kept": "kept",
    "claimed": "claimed",
    "decided": "sum of the decision [at most {at_most:part}]",
    "costs": _COSTS,
    "part": "{part:part}",
    "sum": "{sum:stated}",
}
KINDS["up_or_down"] = Choice({"up": "up", "down": "down"})
SHARE: Sentence[Share] = Sentence(
    *(Form(Share, f"{base} {_MORE}", kind=kind) for kind, base in _BASES.items()),
    says="how much is expected here: 80 %, 1/3, a sum, rest, kept, claimed, sum of the decision, or costs as"
    " report.spent",
    check=lambda share: ("a whole number from 1 is expected here", 0) if share.unit == 0 else None,
)
KEEPS: Sentence[Keeps] = Sentence(
    Form(Keeps, "{part:part} {of_claim?of the claim} for {title:text}"),
)
REPAYS: Sentence[Repays] = Sentence(
    Form(Repays, f"paid less {_COSTS} [if over {{over:sum}}]"),
)
