"""How much a payment is, what another keeps of it and what goes back, as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from models.programme.language.amounts.forms import Form, Kind, Sentence, Slot, flag
from models.programme.language.amounts.kinds import (
    ASK,
    PART,
    SUM,
    Ask,
    choice,
    count,
    joined,
    print_sum,
    quoted,
)
from models.programme.language.tokens import Token, Walk


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


def _read_stated(walk: Walk) -> Decimal:
    first = walk.token
    found: Decimal = SUM.read(walk)
    whole = Token(first.text, first.at, walk.ahead(-1).end - first.at)
    if not found:
        walk.fail("nothing is paid by this; write a sum above 0", whole)
    if found <= 100 and "." not in first.text:
        said = f"write {first.text} % or, for a sum, {first.text}.00"
        walk.fail(f"is this a sum or a part of the award?; {said}", whole)
    return found


def _print_stated(held: Decimal) -> str:
    text = print_sum(held)
    return f"{text}.00" if held <= 100 and "." not in text else text


_COSTS: Form = (
    (Slot("part", PART), "of"),
    flag("rate", "rate of the decision of"),
    Slot("asks", joined(ASK)),
)
_MORE: Form = (
    ("less what", Slot("unused", ASK), "lacks of", (Slot("unused_of", PART), "of"), "paid"),
    ("up to", Slot("in_all", PART), "in all"),
    (
        "rounded",
        Slot(
            "rounded",
            choice({"up": "up", "down": "down"}, "up or down?; write rounded up to or rounded down to"),
        ),
        "to",
        Slot("unit", count(1, 1_000_000)),
    ),
)
_BASES: dict[str, Form] = {
    "rest": ("rest", ("of", *_COSTS)),
    "kept": ("kept",),
    "claimed": ("claimed",),
    "decided": ("sum of the decision", ("at most", Slot("at_most", PART))),
    "part": (Slot("part", PART),),
    "sum": (Slot("sum", Kind(SUM.begins, _read_stated, _print_stated)),),
    "costs": _COSTS,
}


def _choose(walk: Walk) -> str | None:
    word = {"sum": "decided"}.get(walk.word(), walk.word())
    if word in ("rest", "kept", "claimed", "decided"):
        return word
    if PART.begins(walk, 0):
        after = 1 if walk.word()[-1] == "%" or "/" in walk.word() else 2
        return "costs" if walk.word(after) == "of" else "part"
    if SUM.begins(walk, 0):
        return "sum"
    return "costs" if word == "rate" or ASK.begins(walk, 0) else None


SHARE = Sentence(
    Share,
    {kind: (*base, *_MORE) for kind, base in _BASES.items()},
    "how much (80 %, 1/3, a sum, rest, kept, claimed, sum of the decision, or costs as report.spent)",
    _choose,
)
KEEPS = Sentence(
    Keeps,
    {
        "keeps": (
            Slot("part", PART),
            flag("of_claim", "of the claim"),
            "for",
            Slot("title", quoted("who keeps it")),
        )
    },
    choose=lambda walk: "keeps",
)
REPAYS = Sentence(
    Repays,
    {"repays": ("paid less", *_COSTS, ("if over", Slot("over", SUM)))},
    choose=lambda walk: "repays",
)
