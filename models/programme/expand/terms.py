"""Make the terms of a step: what differs at its ends, its thresholds, and what it costs to be late."""

from __future__ import annotations

from typing import Any

from models.programme.amounts import plan_late, plan_repays, plan_when
from models.programme.expand.plan import Making
from models.programme.language.amounts.share import REPAYS
from models.programme.language.amounts.terms import PRICE, WHEN
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.problem import Place
from models.programme.terms import RepaymentRule, Threshold
from models.programme.written.step import WrittenEnd, WrittenPart, WrittenStep


def make_first(making: Making, end: WrittenEnd | None, each: str, place: Place) -> FirstPeriod | None:
    """Return what differs for the first period."""
    if end is None:
        return None
    if end.into is not None:
        making.sentences.say((*place, "into"), "only the last period is asked in another step")
    due, needs = making.rule((*place, "due"), each), _end_needs(making, end, each, place)
    return FirstPeriod(skip=end.skip, join=end.join, due=due, needs=needs)


def make_last(making: Making, end: WrittenEnd | None, each: str, place: Place) -> LastPeriod | None:
    """Return what differs for the last period."""
    if end is None:
        return None
    due, needs = making.rule((*place, "due"), each), _end_needs(making, end, each, place)
    return making.sentences.make(
        place, lambda: LastPeriod(skip=end.skip, join=end.join, into=end.into, due=due, needs=needs)
    )


def _end_needs(making: Making, end: WrittenEnd, each: str, place: Place) -> tuple[str, ...]:
    return tuple(one.need for one in making.needs(end.needs, each, (*place, "needs")))


def make_threshold(making: Making, step: WrittenStep, place: Place) -> Threshold | None:
    """Return the awards for which a step is there."""
    read = ((one, making.sentences.read(WHEN.read, one, place)) for one in step.when)
    found = [one for said, one in read if one is not None and making.knows(one, said, place)]
    return making.sentences.make(place, lambda: plan_when(found)) if found else None


def make_late(making: Making, part: WrittenPart, place: Place) -> dict[str, Any]:
    """Return what it costs to be late, as keys of a step of the plan."""
    if "lapses" in part.late:
        return {"lapses": True}
    read = [
        making.sentences.read(PRICE.read, f"{when} : {price}", place) for when, price in part.late.items()
    ]
    return {"late": plan_late(one for one in read if one is not None)}


def make_repayment(making: Making, step: WrittenStep, place: Place) -> RepaymentRule | None:
    """Return what a step pays back: the whole difference, from the first unit above a sum."""
    if step.repays is None:
        return None
    said = making.sentences.read(REPAYS.read, step.repays, place)
    if said is None or not making.knows(said, step.repays, place):
        return None
    return making.sentences.make(place, lambda: plan_repays(said, making.written.currency))
