"""Make a step of the plan of any part of a file that is one: a step, an approval, a claim, or money's coming."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from models.programme.expand.making import Actor, Making
from models.programme.expand.names import Event
from models.programme.expand.words import Called
from models.programme.language.amounts.terms import PRICE, WHEN, When
from models.programme.language.rule import Name, Rule
from models.programme.period import EndPeriod
from models.programme.problem import Place
from models.programme.step import StepRule
from models.programme.written.step import WrittenEnd, WrittenPart, WrittenStep
from models.reading.fields import Words, date_of


def make_part(
    making: Making,
    place: Place,
    part: WrittenPart,
    actor: Actor,
    called: Called,
    *,
    each: str,
    due: Rule,
    todo: Words,
    needs: tuple[str, ...] = (),
    **keys: object,
) -> StepRule | None:
    """Return the step of the plan; `due`, `todo`, `needs` and `keys` are what is usual of it."""
    more = (one.need for one in making.needs(part.needs, each, (*place, "needs")))
    found = {
        "title": called.title,
        "definite": called.definite,
        "todo": part.todo or todo,
        "owner": actor.owner,
        "with_funder": actor.with_funder,
        "body": actor.body,
        "each": each or None,
        "due": making.rule(part.due, (*place, "due"), each) or due,
        "needs": tuple(dict.fromkeys((*needs, *more))),
        "stake": part.stake,
        **_late(making, part, (*place, "late")),
        **keys,
    }
    opens = making.rule(part.opens, (*place, "opens"), each)
    said = {"opens": opens, "ladder": part.ladder}
    found |= {key: value for key, value in said.items() if value is not None}
    return making.sentences.make(place, lambda: StepRule.model_validate(found))


def make_ends(
    making: Making, ends: tuple[WrittenEnd | None, WrittenEnd | None], each: str, place: Place
) -> dict[str, EndPeriod | None]:
    """Return what differs for the first and the last period."""
    if ends[0] is not None and ends[0].into is not None:
        making.sentences.say((*place, "first", "into"), "only the last period is asked in another step")
    names = ("first", "last")
    return {name: _end(making, end, each, (*place, name)) for name, end in zip(names, ends, strict=True)}


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


def _late(making: Making, part: WrittenPart, place: Place) -> dict[str, object]:
    """Return what it costs to be late, as keys of a step of the plan, in the order of time."""
    if "lapses" in part.late:
        return {"lapses": True}
    read = [
        making.sentences.read(PRICE.read, f"{when} : {price}", place) for when, price in part.late.items()
    ]
    return {"late": tuple(sorted(filter(None, read), key=lambda one: one.from_on(date(2023, 12, 31))))}


def needs_of(events: tuple[Event, ...]) -> tuple[str, ...]:
    """Return events as the plan's `needs` name them, each once."""
    return tuple(dict.fromkeys(one.need for one in events))
