"""Find which steps of a plan depend on which, so that each is dated after the steps it counts from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from typing import TypeVar

from models.programme.plan import Programme
from models.programme.step import StepRule
from models.programme.step_names import DOCUMENTS, DRAFT, is_previous, step_key, template_key
from models.programme.written.source import BodyRule
from models.rules.dates.anchors import KnownDate
from models.rules.dates.selection import PlannedStep
from models.rules.steps.needs import Places, expand_needs, find_approved, find_named

_Day = TypeVar("_Day", date, date | None, KnownDate)


@dataclass(frozen=True, slots=True)
class BodyStep:
    """An approval that a body takes: the key of its report, and the keys of the steps that wait for it."""

    name: str
    body: BodyRule
    report: str | None
    awaited_by: tuple[str, ...]


def find_places(steps: Mapping[str, PlannedStep]) -> Places:
    """Return the programme step and the period of each step of a plan."""
    return {key: (step.rule.key, step.period.label if step.period else None) for key, step in steps.items()}


def find_body_steps(programme: Programme, steps: Mapping[str, PlannedStep]) -> Mapping[str, BodyStep]:
    """Return the plan's approvals that bodies take, by their keys."""
    if not programme.bodies:
        return {}
    places = find_places(steps)
    body_steps = {}
    for key, step in steps.items():
        if step.rule.body is None:
            continue
        reports = find_approved(step.rule, places[key][1], places, programme)
        waiting = tuple(
            later
            for later, other in steps.items()
            if step.rule.key in other.rule.needs and _together(other, step)
        )
        body_steps[key] = BodyStep(
            step.rule.body, programme.bodies[step.rule.body], reports[-1] if reports else None, waiting
        )
    return body_steps


def _together(step: PlannedStep, other: PlannedStep) -> bool:
    """Return whether two steps belong together: of the same period, if both come once a period."""
    if step.rule.each is None or step.rule.each != other.rule.each:
        return True
    return step.period == other.period


def add_waits(waits: Mapping[str, list[str]], more: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return which step waits for which, with those of `more` that close no circle."""
    joined = {key: list(names) for key, names in waits.items()}
    for key, names in more.items():
        for name in names:
            if key not in _all_awaited(name, joined):
                joined.setdefault(key, []).append(name)
    return joined


def _all_awaited(name: str, waits: Mapping[str, list[str]]) -> set[str]:
    """Return the step and everything that it waits for, near or far."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        awaited = pending.pop()
        if awaited not in seen:
            seen.add(awaited)
            pending += waits.get(awaited, ())
    return seen


class PlanShape:
    """What the steps of a plan call each other, and in which order they are worked out.

    A name means the step of the same period, or the only one. `bodies` are the approvals that
    bodies take. `awaited_by` are the steps that wait for one whose time is our own choice.
    """

    def __init__(self, programme: Programme, shells: Mapping[str, PlannedStep]) -> None:
        self._programme = programme
        self._shells = shells
        self._places = find_places(shells)
        self._templates = {rule.key for rule in programme.steps} | {
            template for template, _ in self._places.values()
        }
        self._named = {
            key: {name: self._step(name, shell) for name in list_names(shell.rule)}
            for key, shell in shells.items()
        }
        self._take_folded()
        self._links = {key: self._links_of(named) for key, named in self._named.items()}
        self.bodies = find_body_steps(programme, shells)
        self.awaited_by = _awaited_by(programme, shells)
        order = TopologicalSorter(self._waits()).static_order()
        self.order = [key for key in order if key in shells]

    def seen_from(self, key: str, days: Mapping[str, _Day]) -> Mapping[str, _Day]:
        """Return the days by the names that the step's rule uses for the steps."""
        return {name: days[other] for name, other in self._links[key] if other in days}

    def without_previous(self, shell: PlannedStep) -> dict[str, date]:
        """Return the days that `.previous` stands for in the first period: its first day, as none comes before."""
        if shell.period is None:
            return {}
        named = self._named[shell.key].items()
        firsts = (name for name, key in named if is_previous(name) and key not in self._places)
        return dict.fromkeys((name.removesuffix(".done") for name in firsts), shell.period.start_on)

    def _step(self, name: str, shell: PlannedStep) -> str:
        """Return the key of the step that a name in the shell's rule stands for; the name itself if no step."""
        if template_key(name) not in self._templates:
            return step_key(name)
        _, period = self._places[shell.key]
        keys = find_named([step_key(name)], shell.rule, (period, self._places), self._programme)
        return keys[-1] if keys else step_key(name)

    def _take_folded(self) -> None:
        """Let the name of a step whose only period another step asks stand for that other step.

        A name whose step would then wait for itself keeps its meaning: a draft comes before the
        final report.
        """
        into = {rule.key: rule.fold_last_into for rule in self._programme.steps if rule.fold_last_into}
        if not into:
            return
        waits = {
            key: [
                *named.values(),
                *expand_needs(self._shells[key].rule, self._places[key][1], self._places, self._programme),
            ]
            for key, named in self._named.items()
        }
        for key, named in self._named.items():
            for name, awaited in named.items():
                step = into.get(template_key(name))
                if step is None or step not in self._shells or awaited in self._shells or is_previous(name):
                    continue
                if key not in _all_awaited(step, waits):
                    named[name] = step
                    waits[key].append(step)

    def _links_of(self, named: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return the names that stand for steps, as days are kept by them, and the keys of those days."""
        return tuple(
            (
                name.removesuffix(".done"),
                key + next((mark for mark in (DRAFT, DOCUMENTS) if name.endswith(mark)), ""),
            )
            for name, key in named.items()
            if template_key(name) in self._templates
        )

    def _waits(self) -> dict[str, list[str]]:
        """Return which steps are worked out before each: those that its due date counts from.

        The opening of a step can count from any due date, even its own. A meeting is chosen by the
        day on which the report's figures exist and by the steps that wait for the decision. A time
        of our own choice comes before the steps that wait for it, unless it counts from them.
        """
        waits = {
            key: [self._named[key][name] for name in shell.rule.day_names]
            for key, shell in self._shells.items()
        }
        more: dict[str, list[str]] = {key: [*waiting] for key, waiting in self.awaited_by.items()}
        for key, step in self.bodies.items():
            report = self._shells.get(step.report or "")
            opens = report.rule.opens.names if report and report.rule.opens else ()
            figures = [self._named[report.key][name] for name in opens] if report else []
            more.setdefault(key, []).extend([*step.awaited_by, *figures])
        return add_waits(waits, more)


def _awaited_by(programme: Programme, shells: Mapping[str, PlannedStep]) -> dict[str, list[str]]:
    """Return which of our steps wait for each step whose time is our own choice, by keys."""
    places = find_places(shells)
    awaited: dict[str, list[str]] = {}
    for key, shell in shells.items():
        if shell.rule.with_funder:
            continue
        for need in expand_needs(shell.rule, places[key][1], places, programme):
            rule = shells[need].rule
            if rule.due.is_choice and not rule.with_funder and rule.body is None:
                awaited.setdefault(need, []).append(key)
    return awaited


def list_names(rule: StepRule) -> tuple[str, ...]:
    """Return the names from which the step's days count."""
    return (*rule.day_names, *(rule.opens.names if rule.opens else ()))
