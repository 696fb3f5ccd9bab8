"""Find what the approvals that bodies take hang on: the reports they are about, and the steps that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.programme.plan import Programme
from models.programme.written.body import BodyRule
from models.rules.dates.selection import PlannedStep
from models.rules.steps.needs import Places, find_approved


@dataclass(frozen=True, slots=True)
class BodyStep:
    """An approval that a body takes: the report that it is about, and the steps that wait for it, by their keys."""

    name: str
    body: BodyRule
    report: str | None
    awaited_by: tuple[str, ...]


def places_of(steps: Mapping[str, PlannedStep]) -> Places:
    """Return the programme step and the period of each step of a plan."""
    return {key: (one.rule.key, one.period.label if one.period else None) for key, one in steps.items()}


def find_body_steps(programme: Programme, steps: Mapping[str, PlannedStep]) -> Mapping[str, BodyStep]:
    """Return the plan's approvals that bodies take, by their keys."""
    if not programme.bodies:
        return {}
    places = places_of(steps)
    found = {}
    for key, step in steps.items():
        if step.rule.body is None:
            continue
        reports = find_approved(step.rule, places[key][1], places, programme)
        waiting = tuple(
            one
            for one, other in steps.items()
            if step.rule.key in other.rule.needs and _together(other, step)
        )
        found[key] = BodyStep(
            step.rule.body, programme.bodies[step.rule.body], reports[-1] if reports else None, waiting
        )
    return found


def _together(one: PlannedStep, other: PlannedStep) -> bool:
    """Return whether the two are about each other: of one period, where both come once a period."""
    if one.rule.each is None or one.rule.each != other.rule.each:
        return True
    return one.period == other.period


def wait_too(waits: Mapping[str, list[str]], more: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return who waits for whom, with more of it as far as nobody then waits for themselves."""
    found = {key: list(names) for key, names in waits.items()}
    for key, names in more.items():
        for name in names:
            if key not in _all_awaited(name, found):
                found.setdefault(key, []).append(name)
    return found


def _all_awaited(name: str, waits: Mapping[str, list[str]]) -> set[str]:
    """Return the step and everything that it waits for, near or far."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        one = pending.pop()
        if one not in seen:
            seen.add(one)
            pending += waits.get(one, ())
    return seen
