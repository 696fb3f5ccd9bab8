"""Make the terms of a step: what differs at its ends, its thresholds, and what it costs to be late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from models.programme.expand.plan import Making
from models.programme.language.amounts.share import REPAYS, Repays
from models.programme.language.amounts.terms import PRICE, WHEN, When
from models.programme.language.rule import Name
from models.programme.period import EndPeriod
from models.programme.problem import Place
from models.programme.written.step import WrittenEnd, WrittenPart, WrittenStep
from models.reading.fields import date_of

Ends = tuple[WrittenEnd | None, WrittenEnd | None]


def make_ends(
    making: Making, ends: Ends, each: str, place: Place
) -> tuple[EndPeriod | None, EndPeriod | None]:
    """Return what differs for the first and the last period."""
    first, last = ends
    if first is not None and first.into is not None:
        making.sentences.say((*place, "first", "into"), "only the last period is asked in another step")
    return _end(making, first, each, (*place, "first")), _end(making, last, each, (*place, "last"))


def _end(making: Making, end: WrittenEnd | None, each: str, place: Place) -> EndPeriod | None:
    if end is None:
        return None
    due = making.rule(end.due, (*place, "due"), each)
    needs = tuple(one.need for one in making.needs(end.needs, each, (*place, "needs")))
    return making.sentences.make(
        place, lambda: EndPeriod(skip=end.skip, join=end.join, into=end.into, due=due, needs=needs)
    )


def make_thresholds(making: Making, step: WrittenStep, place: Place) -> tuple[When, ...]:
    """Return the awards for which a step is there: all of the sentences hold."""
    found = tuple(filter(None, (making.read(WHEN.read, one, place) for one in step.when)))
    sides = [(one.kind, one.side) for one in found]
    if len(set(sides)) < len(sides) or len({one.amount for one in found if one.kind == "award"}) > 1:
        said = "two thresholds are of the same kind, or of different amounts: keep one"
        making.sentences.say(place, said)
    return tuple(replace(one, date=Name(date_of(one.date.text))) if one.date else one for one in found)


def make_late(making: Making, part: WrittenPart, place: Place) -> dict[str, object]:
    """Return what it costs to be late, as keys of a step of the plan, in the order of time."""
    if "lapses" in part.late:
        return {"lapses": True}
    read = [
        making.sentences.read(PRICE.read, f"{when} : {price}", place) for when, price in part.late.items()
    ]
    return {"late": tuple(sorted(filter(None, read), key=lambda one: one.from_on(date(2023, 12, 31))))}


def make_repayment(making: Making, step: WrittenStep, place: Place) -> Repays | None:
    """Return what a step pays back."""
    return None if step.repays is None else making.read(REPAYS.read, step.repays, place)
