"""Make the terms of a step: what differs at its ends, its thresholds, and what it costs to be late."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from models.programme.expand.plan import Making
from models.programme.language.amounts.kinds import PART
from models.programme.language.amounts.share import REPAYS
from models.programme.language.amounts.terms import PRICE, WHEN, Price
from models.programme.length import Length
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.problem import Place
from models.programme.terms import LateRule, RepaymentRule, Threshold
from models.programme.written.step import WrittenEnd, WrittenPart, WrittenStep


def make_first(making: Making, end: WrittenEnd | None, place: Place) -> FirstPeriod | None:
    """Return what differs for the first period."""
    if end is None:
        return None
    for key in ("into", "due", "needs"):
        if getattr(end, key):
            making.sentences.say(
                (*place, key), f"'{key}' differs for the last period only: make it a step of its own"
            )
    return FirstPeriod(skip=end.skip, join=end.join)


def make_last(making: Making, end: WrittenEnd | None, each: str, place: Place) -> LastPeriod | None:
    """Return what differs for the last period."""
    if end is None:
        return None
    due = making.rule((*place, "due"), each)
    return making.sentences.make(
        place, lambda: LastPeriod(skip=end.skip, join=end.join, into=end.into, due=due)
    )


def make_threshold(making: Making, step: WrittenStep, place: Place) -> Threshold | None:
    """Return the awards for which a step is there."""
    said: dict[str, Any] = {}
    for sentence in step.when:
        found = making.sentences.read(WHEN.read, sentence, place)
        if found is None or not making.knows(found, sentence, place):
            continue
        if found.kind == "award":
            said[f"award_{found.side}"] = f"{found.sum:f}"
            if found.amount is not None:
                said["of"] = found.amount.text
        elif found.kind == "given" and found.date is not None:
            said["given"] = f"{found.date.text}_on"
        else:
            making.sentences.say(
                place,
                "a step depends on the award or on a day that the decision gives: make it optional instead",
            )
    return Threshold(**said) if said else None


def make_late(making: Making, part: WrittenPart, place: Place) -> dict[str, Any]:
    """Return what it costs to be late, as keys of a step of the plan."""
    if "lapses" in part.late:
        return {"lapses": True}
    found: list[Price] = []
    for when, price in part.late.items():
        one = making.sentences.read(PRICE.read, f"{when} : {price}", place)
        found += [] if one is None else [one]
    return {"late": tuple(_late(one) for one in sorted(found, key=_length))}


def _length(price: Price) -> int:
    return price.count * (31 if price.unit == "months" else 1)


def _late(price: Price) -> LateRule:
    after = Length(months=price.count) if price.unit == "months" else Length(days=price.count)
    return LateRule(after=after, loses=PART.said(price.part, str))


def make_repayment(making: Making, step: WrittenStep, place: Place) -> RepaymentRule | None:
    """Return what a step pays back: the whole difference, from the first unit above a sum."""
    if step.repays is None:
        return None
    said = making.sentences.read(REPAYS.read, step.repays, place)
    if said is None or not making.knows(said, step.repays, place):
        return None
    if said.part == "decided":
        making.sentences.say(place, "a rate that the decision says is not known here: write the part")
    unit = Decimal(1).scaleb(-get_currency_precision(making.written.currency))
    return making.sentences.make(
        place,
        lambda: RepaymentRule(
            spending=tuple(one.text for one in said.asks),
            rate=None if said.part in (None, "decided") else PART.said(said.part, str),
            at_least=None if said.over is None else f"{said.over + unit:f}",
        ),
    )
