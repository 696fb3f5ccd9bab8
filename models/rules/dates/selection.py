"""Select the steps that a programme gives a grant; their dates are planned after that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from models.facts.receipt import Receipt, Source
from models.programme.added_part import named_for
from models.programme.language.amounts import When
from models.programme.language.each import read_each
from models.programme.language.rule import renamed
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.rules.dates.anchors import KnownDate
from models.rules.dates.calendar import add_months
from models.rules.dates.committee import MeetingFacts, MeetingTaken
from models.rules.dates.periods import Period, list_periods
from models.rules.dates.thresholds import Stated, find_bringing_decision, find_threshold


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A grant's facts for its plan: named dates, its period, days of done steps, and dates that replace a rule's.

    If a rule can be read in several ways, `confirmed` are the readings that a person chose, each
    with its proof. `settled` are the texts that such a choice is for: it holds in all the grant's
    rules that name them.

    `added` are instalments beyond the programme's, by number, each with the sum of those before it.
    A later decision gave money after the last one was released, and steps of its own claim and pay
    it. `stated` are the decisions; what only a later one brings counts from that one.

    `meetings` are those of each of the programme's bodies. By approval, `returned` is the last day
    on which it sent its report back. `undecided` is the last meeting without a decision on it.
    `fell` is the last day on which it was withdrawn, or fell with another. `taken` is the meeting
    planned for it so far. `award_minor` is the award, None until a decision states it. With
    `as_if_done` a plan takes each step that is not done as done on its last day.
    """

    dates: Mapping[str, KnownDate] = field(default_factory=dict)
    period_start_on: date | None = None
    period_end_on: date | None = None
    done: Mapping[str, date] = field(default_factory=dict)
    fixed: Mapping[str, tuple[date, Source]] = field(default_factory=dict)
    added: Mapping[int, int] = field(default_factory=dict)
    stated: tuple[Stated, ...] = ()
    confirmed: Mapping[str, tuple[date, Source]] = field(default_factory=dict)
    settled: Mapping[str, Source] = field(default_factory=dict)
    meetings: Mapping[str, tuple[MeetingFacts, ...]] = field(default_factory=dict)
    returned: Mapping[str, date] = field(default_factory=dict)
    award_minor: int | None = None
    undecided: Mapping[str, date] = field(default_factory=dict)
    fell: Mapping[str, date] = field(default_factory=dict)
    taken: Mapping[str, MeetingTaken] = field(default_factory=dict)
    as_if_done: bool = False


class PlannedStep(NamedTuple):
    """A step with its dates; `due_on` is None while the day it counts from is unknown."""

    rule: StepRule
    key: str
    position: int
    period: Period | None
    opens_on: date | None
    due_on: date | None
    receipt: Receipt


def list_undated_steps(programme: Programme, facts: PlanFacts) -> Iterable[PlannedStep]:
    """Yield the steps, one a period where the rule says `each`, not yet dated."""
    folded = {rule.fold_last_into: rule for rule in programme.steps if rule.fold_last_into}
    added = tuple(_added_rules(programme, facts.added))
    again = {rule.key for rule in added}
    position = 0
    for rule in (*programme.steps, *added):
        threshold = _threshold(rule, programme, facts)
        if threshold is None:
            continue
        periods: tuple[Period | None, ...] = (None,)
        if rule.each and rule.key in again:
            periods = _periods(rule, facts)[-1:]
        elif rule.each:
            periods = _periods(rule, facts)
            if rule.fold_last_into:
                periods = periods[:-1]
            if rule.instalment is None and find_awaited_list(rule, facts):
                periods = (None,)
        elif rule.key in folded:
            periods = _periods(folded[rule.key], facts)[-1:] or (None,)
        for period in periods:
            position += 1
            once = rule.key in again or not rule.each
            key = f"{rule.key}-{period.label.lower()}" if period and not once else rule.key
            yield PlannedStep(
                rule=rule,
                key=key,
                position=position,
                period=period,
                opens_on=None,
                due_on=None,
                receipt=threshold,
            )


def find_brought_later(
    programme: Programme, facts: PlanFacts, shells: Mapping[str, PlannedStep]
) -> dict[str, KnownDate]:
    """Return the day of the decision that brings each step that came after the award, by the step's key."""
    decided = {
        key: find_bringing_decision(shell.rule, programme, facts.stated, facts.added)
        for key, shell in shells.items()
    }
    return {key: day for key, day in decided.items() if day is not None}


_ALWAYS = Receipt()


def _threshold(rule: StepRule, programme: Programme, facts: PlanFacts) -> Receipt | None:
    """Return the receipt of the award that brings the step; None if there is no step, or not yet."""
    if rule.given is not None and rule.given not in facts.dates:
        return None
    if not all(_lasts(threshold, facts) for threshold in rule.when if threshold.kind == "length"):
        return None
    if all(threshold.kind in ("given", "recipient") for threshold in rule.when):
        return _ALWAYS
    if not any(threshold.kind == "award" for threshold in rule.when):
        return Receipt(made=(find_threshold(programme, rule, 0).bounds,))
    decided = facts.dates.get("decided_on")
    if facts.award_minor is None or decided is None:
        return None
    limits = find_threshold(programme, rule, decided.on.year)
    if not limits.holds(facts.award_minor):
        return None
    return Receipt(made=(limits.bounds,), notes=(limits.warning,) if limits.warning else ())


def _lasts(when: When, facts: PlanFacts) -> bool:
    """Return whether the grant lasts longer, or shorter, than the rule says."""
    if facts.period_start_on is None or facts.period_end_on is None:
        return False
    after = facts.period_end_on + timedelta(days=1)
    bound = add_months(facts.period_start_on, when.months or 0)
    return after > bound if when.side == "longer" else after < bound


def _added_rules(programme: Programme, added: Iterable[int]) -> Iterable[StepRule]:
    """Yield the last instalment's claim and payment again, for each instalment that a later decision added."""
    rules = [rule for rule in programme.steps if rule.instalment == len(programme.instalments)]
    for number in added:
        names = {
            f"{rule.key}{mark}": f"{rule.key}-{number}{mark}" for rule in rules for mark in ("", ".done")
        }
        for rule in rules:
            yield named_for(rule, names[rule.key]).model_copy(
                update={
                    "key": names[rule.key],
                    "instalment": number,
                    "due": renamed(rule.due, names),
                    "needs": tuple(names.get(need, need) for need in rule.needs),
                }
            )


def find_awaited_list(rule: StepRule, facts: PlanFacts) -> str | None:
    """Return the first of the dates that list the step's periods, if the decision has given none of them."""
    keys = read_each(rule.each).keys if rule.each else ()
    return next(iter(keys), None) if facts.dates.keys().isdisjoint(keys) else None


def _periods(rule: StepRule, facts: PlanFacts) -> tuple[Period, ...]:
    """Return the periods that the rule asks about, also those that another step asks about."""
    if facts.period_start_on is None or facts.period_end_on is None:
        return ()
    keys = read_each(rule.each or "").keys
    given = {key: facts.dates[key].on for key in keys if key in facts.dates}
    return list_periods(rule, facts.period_start_on, facts.period_end_on, given)
