"""Make the terms of a step: what differs at its ends, its thresholds, and what it costs to be late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from models.programme.expand.plan import Making
from models.programme.language.amounts.share import REPAYS, Repays
from models.programme.language.amounts.terms import PRICE, WHEN, When
from models.programme.language.rule import Name
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.problem import Place
from models.programme.written.step import WrittenEnd, WrittenPart, WrittenStep
from models.reading.fields import date_of


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


def make_thresholds(making: Making, step: WrittenStep, place: Place) -> tuple[When, ...]:
    """Return the awards for which a step is there: all of the sentences hold."""
    read = [(one, making.sentences.read(WHEN.read, one, place)) for one in step.when]
    found = tuple(one for said, one in read if one is not None and making.knows(one, said, place))
    sides = [(one.kind, one.side) for one in found]
    if len(set(sides)) < len(sides) or len({one.amount for one in found if one.kind == "award"}) > 1:
        said = "two thresholds are of the same kind, or of different amounts: keep one"
        making.sentences.say(place, said)
    return tuple(replace(one, date=Name(date_of(one.date.text))) if one.date else one for one in found)


def make_late(making: Making, part: WrittenPart, place: Place) -> dict[str, Any]:
    """Return what it costs to be late, as keys of a step of the plan, in the order of time."""
    if "lapses" in part.late:
        return {"lapses": True}
    read = [
        making.sentences.read(PRICE.read, f"{when} : {price}", place) for when, price in part.late.items()
    ]
    return {"late": tuple(sorted(filter(None, read), key=lambda one: one.from_on(date(2023, 12, 31))))}


def make_repayment(making: Making, step: WrittenStep, place: Place) -> Repays | None:
    """Return what a step pays back."""
    if step.repays is None:
        return None
    said = making.sentences.read(REPAYS.read, step.repays, place)
    return said if said is not None and making.knows(said, step.repays, place) else None
