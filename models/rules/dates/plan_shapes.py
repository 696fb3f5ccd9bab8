"""Find what the steps of a plan call each other, and which is worked out first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from typing import TypeVar

from models.programme.names import DOCUMENTS, DRAFT, is_previous, step_key, template_key
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.programme.written.body import BodyRule
from models.rules.dates.anchors import KnownDate
from models.rules.dates.selection import PlannedStep
from models.rules.steps.needs import Places, expand_needs, find_approved, find_named

_Day = TypeVar("_Day", date, date | None, KnownDate)


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


@dataclass(frozen=True, slots=True)
class PlanShape:
    """What plans with the same steps of the same periods have in common.

    `links` are, by a step's key, the names that its rule uses for steps, and their keys; `firsts` the names that the
    rule of a first period uses for the period before. `bodies` are the approvals that bodies take, `awaited_by` the
    steps that wait for one whose time is our own choice, and `order` is the one to work the steps out in.
    """

    links: Mapping[str, tuple[tuple[str, str], ...]]
    firsts: Mapping[str, tuple[str, ...]]
    bodies: Mapping[str, BodyStep]
    awaited_by: Mapping[str, list[str]]
    order: tuple[str, ...]

    def seen_from(self, key: str, days: Mapping[str, _Day]) -> Mapping[str, _Day]:
        """Return the days by the names that the step's rule uses for the steps."""
        links = self.links[key]
        return {name: days[one] for name, one in links if one in days} if days and links else {}

    def without_previous(self, shell: PlannedStep) -> dict[str, date]:
        """Return what `.previous` stands for in the first period, which has none before it: its first day."""
        firsts = self.firsts.get(shell.key)
        return dict.fromkeys(firsts, shell.period.start_on) if firsts and shell.period else {}


def shape_plan(programme: Programme, shells: Mapping[str, PlannedStep]) -> PlanShape:
    """Return the shape of plans of these steps, dated or not, by their keys."""
    names = PlanNames(programme, shells)
    bodies, awaited_by = find_body_steps(programme, shells), _awaited_by(programme, shells)
    waits = _waits(names, shells, awaited_by, bodies)
    return PlanShape(
        {key: names.links(shell) for key, shell in shells.items()},
        {key: names.firsts(shell) for key, shell in shells.items()},
        bodies,
        awaited_by,
        tuple(key for key in TopologicalSorter(waits).static_order() if key in shells),
    )


def _waits(
    names: PlanNames,
    shells: Mapping[str, PlannedStep],
    awaited_by: Mapping[str, list[str]],
    bodies: Mapping[str, BodyStep],
) -> dict[str, list[str]]:
    """Return what is worked out first: what a due date counts from.

    When a step opens can count from any due date, its own too. A meeting is chosen by when the report's figures
    exist and what waits for the decision, and a time of our own choice gives way to what waits for it, as far as
    these do not count from the one or the other.
    """
    waits = {key: [names.step(name, shell) for name in shell.rule.day_names] for key, shell in shells.items()}
    more: dict[str, list[str]] = {key: [*waiting] for key, waiting in awaited_by.items()}
    for key, step in bodies.items():
        report = shells.get(step.report or "")
        opens = report.rule.opens.names if report and report.rule.opens else ()
        figures = [names.step(name, report) for name in opens] if report else []
        more.setdefault(key, []).extend([*step.awaited_by, *figures])
    return wait_too(waits, more)


def _awaited_by(programme: Programme, shells: Mapping[str, PlannedStep]) -> dict[str, list[str]]:
    """Return, by the keys of the steps whose times are our own choice, which steps of ours wait for them."""
    places = places_of(shells)
    found: dict[str, list[str]] = {}
    for key, one in shells.items():
        if one.rule.with_funder:
            continue
        for need in expand_needs(one.rule, places[key][1], places, programme):
            rule = shells[need].rule
            if rule.due.is_choice and not rule.with_funder and rule.body is None:
                found.setdefault(need, []).append(key)
    return found


class PlanNames:
    """What the steps of a plan call each other: by key, and by template for one in the same period or at an end."""

    def __init__(self, programme: Programme, shells: Mapping[str, PlannedStep]) -> None:
        self._programme, self._places = programme, places_of(shells)
        self._templates = {rule.key for rule in programme.steps} | {one for one, _ in self._places.values()}

    def step(self, name: str, shell: PlannedStep) -> str:
        """Return the key of the step that a name in the shell's rule stands for; the name itself if of none."""
        _, period = self._places[shell.key]
        found = find_named([step_key(name)], shell.rule, (period, self._places), self._programme)
        return found[-1] if found else step_key(name)

    def firsts(self, shell: PlannedStep) -> tuple[str, ...]:
        """Return what the shell's rule calls the period before it, where it is of the first."""
        names = [name for name in names_used(shell.rule) if is_previous(name)] if shell.period else []
        return tuple(
            name.removesuffix(".done") for name in names if self.step(name, shell) not in self._places
        )

    def links(self, shell: PlannedStep) -> tuple[tuple[str, str], ...]:
        """Return the names that the shell's rule uses for steps, and their keys."""
        return tuple(
            (name.removesuffix(".done"), self.step(name, shell) + _day_before_meeting(name))
            for name in names_used(shell.rule)
            if template_key(name) in self._templates
        )


def _day_before_meeting(name: str) -> str:
    return next((mark for mark in (DRAFT, DOCUMENTS) if name.endswith(mark)), "")


def names_used(rule: StepRule) -> tuple[str, ...]:
    """Return the names from which the step's days count."""
    return (*rule.day_names, *(rule.opens.names if rule.opens else ()))
