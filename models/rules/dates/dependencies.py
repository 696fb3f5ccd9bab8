"""Find which steps of a plan depend on which, so that each is dated after those it counts from."""

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
    """An approval that a body takes: the report that it is about, and the steps that wait for it, by their keys."""

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
    found = {}
    for key, step in steps.items():
        if step.rule.body is None:
            continue
        reports = find_approved(step.rule, places[key][1], places, programme)
        waiting = tuple(
            later
            for later, other in steps.items()
            if step.rule.key in other.rule.needs and _together(other, step)
        )
        found[key] = BodyStep(
            step.rule.body, programme.bodies[step.rule.body], reports[-1] if reports else None, waiting
        )
    return found


def _together(step: PlannedStep, other: PlannedStep) -> bool:
    """Return whether the two belong together: if both come once a period, they are of the same one."""
    if step.rule.each is None or step.rule.each != other.rule.each:
        return True
    return step.period == other.period


def add_waits(waits: Mapping[str, list[str]], more: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return which step waits for which, with `more` where no step then waits for itself."""
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
        awaited = pending.pop()
        if awaited not in seen:
            seen.add(awaited)
            pending += waits.get(awaited, ())
    return seen


class PlanShape:
    """What the steps of a plan call each other, and which is worked out first.

    A name means the step of the same period, or at an end. `bodies` are the approvals that bodies
    take. `awaited_by` are the steps that wait for one whose time is our own choice. `order` is the
    order to work the steps out in.
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
        """Return what `.previous` stands for in the first period, which has none before it: its first day."""
        if shell.period is None:
            return {}
        named = self._named[shell.key].items()
        firsts = (name for name, key in named if is_previous(name) and key not in self._places)
        return dict.fromkeys((name.removesuffix(".done") for name in firsts), shell.period.start_on)

    def _step(self, name: str, shell: PlannedStep) -> str:
        """Return the key of the step that a name in the shell's rule stands for; the name itself if of none."""
        if template_key(name) not in self._templates:
            return step_key(name)
        _, period = self._places[shell.key]
        found = find_named([step_key(name)], shell.rule, (period, self._places), self._programme)
        return found[-1] if found else step_key(name)

    def _take_folded(self) -> None:
        """Let the name of a step whose only period is asked in another step stand for that step.

        Not where that one would then wait for itself, as a draft does that comes before the final report.
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
            for name, found in named.items():
                step = into.get(template_key(name))
                if step is None or step not in self._shells or found in self._shells or is_previous(name):
                    continue
                if key not in _all_awaited(step, waits):
                    named[name] = step
                    waits[key].append(step)

    def _links_of(self, named: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return the names that are of steps, as days are kept by them, and what the days are of."""
        return tuple(
            (
                name.removesuffix(".done"),
                key + next((mark for mark in (DRAFT, DOCUMENTS) if name.endswith(mark)), ""),
            )
            for name, key in named.items()
            if template_key(name) in self._templates
        )

    def _waits(self) -> dict[str, list[str]]:
        """Return what is worked out first: what a due date counts from.

        When a step opens can count from any due date, its own too. A meeting is chosen by the day on which the
        report's figures exist and by what waits for the decision. A time of our own choice gives way to what waits
        for it, unless that counts from it.
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
    """Return, by the keys of the steps whose times are our own choice, which steps of ours wait for them."""
    places = find_places(shells)
    found: dict[str, list[str]] = {}
    for key, shell in shells.items():
        if shell.rule.with_funder:
            continue
        for need in expand_needs(shell.rule, places[key][1], places, programme):
            rule = shells[need].rule
            if rule.due.is_choice and not rule.with_funder and rule.body is None:
                found.setdefault(need, []).append(key)
    return found


def list_names(rule: StepRule) -> tuple[str, ...]:
    """Return the names from which the step's days count."""
    return (*rule.day_names, *(rule.opens.names if rule.opens else ()))
