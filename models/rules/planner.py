"""Give every step of a grant its due date and receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from graphlib import TopologicalSorter

from models.programme import Programme, StepRule
from models.rules.due import Anchors, Due, KnownDate, Receipt, fixed_due, work_out_due
from models.rules.periods import Period, cut_periods
from models.rules.workdays import WorkCalendar
from models.vocabulary import SETTLED, StepStatus


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is known of a grant: named dates, its period, days steps were done, and dates that beat a rule.

    `added` are the numbers of instalments past the programme's: a later decision gave money after the last one
    was released, and it is claimed and paid by steps of its own.
    """

    dates: Mapping[str, KnownDate] = field(default_factory=dict)
    period_start_on: date | None = None
    period_end_on: date | None = None
    done: Mapping[str, date] = field(default_factory=dict)
    fixed: Mapping[str, tuple[date, str]] = field(default_factory=dict)
    added: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step with its dates; `due_on` is None while what it counts from is not known."""

    rule: StepRule
    key: str
    position: int
    period: Period | None
    opens_on: date | None
    due_on: date | None
    receipt: Receipt


def calendar_of(programme: Programme) -> WorkCalendar:
    """Return the working days that the programme counts."""
    rule = programme.calendar
    return WorkCalendar(rule.country, rule.subdivision, rule.extra_holidays)


def plan_steps(programme: Programme, facts: PlanFacts) -> tuple[PlannedStep, ...]:
    """Return every step that the programme gives the grant, in order, each with due date and receipt."""
    calendar = calendar_of(programme)
    dates = dict(facts.dates)
    if facts.period_start_on:
        dates.setdefault("grant_start_on", KnownDate(facts.period_start_on))
    if facts.period_end_on:
        dates.setdefault("grant_end_on", KnownDate(facts.period_end_on))
    shells = {shell.key: shell for shell in _shells(programme, facts)}
    due: dict[str, date | None] = {}
    whens: dict[str, Due] = {}

    def anchors(shell: PlannedStep) -> Anchors:
        period = shell.period
        span = (period.start_on, period.end_on) if period else (None, None)
        return Anchors(dates, due, facts.done, *span)

    # What a due date counts from comes first; when a step opens can count from any due date, its own too.
    waits = {key: [shell.rule.due.anchor or ""] for key, shell in shells.items()}
    for key in TopologicalSorter(waits).static_order():
        if key not in shells:
            continue
        when = work_out_due(shells[key].rule.due, anchors(shells[key]), calendar)
        if key in facts.fixed:
            when = fixed_due(*facts.fixed[key], when, calendar)
        due[key], whens[key] = when.on, when
    return tuple(_dated(shell, whens[key], anchors(shell), calendar) for key, shell in shells.items())


def _dated(shell: PlannedStep, when: Due, anchors: Anchors, calendar: WorkCalendar) -> PlannedStep:
    opens = work_out_due(shell.rule.opens, anchors, calendar).on if shell.rule.opens else None
    receipt = when.receipt
    if opens and when.on and opens > when.on:
        warning = f"it opens on {opens.isoformat()}, after it is due"
        receipt = replace(receipt, warnings=(*receipt.warnings, warning))
    return replace(shell, due_on=when.on, opens_on=opens, receipt=receipt)


def _shells(programme: Programme, facts: PlanFacts) -> Iterable[PlannedStep]:
    """Yield the steps, one a period where the rule says `each`, not yet dated."""
    empty = Receipt(rule="", arithmetic="")
    folded = {rule.fold_last_into: rule.each for rule in programme.steps if rule.fold_last_into}
    position = 0
    for rule in (*programme.steps, *_added_rules(programme, facts.added)):
        if rule.each:
            periods = _periods(programme, rule.each, facts)
            if rule.fold_last_into:
                periods = periods[:-1]
        else:
            last = _periods(programme, folded[rule.key] or "", facts)[-1:] if rule.key in folded else ()
            periods = last or (None,)
        for period in periods:
            position += 1
            key = f"{rule.key}-{period.label.lower()}" if rule.each and period else rule.key
            yield PlannedStep(rule, key, position, period, None, None, empty)


def _added_rules(programme: Programme, added: Iterable[int]) -> Iterable[StepRule]:
    """Yield the last instalment's claim and payment again, for each instalment that a later decision added."""
    rules = [rule for rule in programme.steps if rule.instalment == len(programme.instalments)]
    keys = {rule.key for rule in rules}

    def renamed(name: str | None, number: int) -> str | None:
        step_key, dot, done = (name or "").partition(".")
        return f"{step_key}-{number}{dot}{done}" if step_key in keys else name

    for number in added:
        for rule in rules:
            due = {
                name: renamed(getattr(rule.due, name), number)
                for name in ("on", "after", "before", "holding")
            }
            yield rule.model_copy(
                update={
                    "key": f"{rule.key}-{number}",
                    "instalment": number,
                    "due": rule.due.model_copy(update=due),
                    "needs": tuple(renamed(need, number) for need in rule.needs),
                }
            )


def _periods(programme: Programme, name: str, facts: PlanFacts) -> tuple[Period | None, ...]:
    if facts.period_start_on is None or facts.period_end_on is None:
        return ()
    return cut_periods(programme.periods[name], facts.period_start_on, facts.period_end_on)


def expand_needs(rule: StepRule, template_keys: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of the grant's steps that the rule waits for.

    `template_keys` maps each of the grant's step keys to its programme step; a need for a step that comes once a
    period is a need for all of them.
    """
    wanted = {*rule.needs, *([rule.approves] if rule.approves else [])}
    return tuple(key for key, template in template_keys.items() if template in wanted)


def decide_step_status(status: StepStatus, due_on: date | None, needs: Iterable[StepStatus]) -> StepStatus:
    """Return whether an unsettled step is open or waits; a settled one stays as it is."""
    if status in SETTLED:
        return status
    ready = due_on is not None and all(need in SETTLED for need in needs)
    return StepStatus.OPEN if ready else StepStatus.WAITING
