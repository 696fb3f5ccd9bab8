"""Find due rules that count so far that no calendar has the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from models.programme.due import DueRule
from models.programme.file import Programme
from models.programme.names import is_previous

FARTHEST = 200  # years; days are given between 1900 and 2099
# As often as this a step may count from itself, of the period before.
_PERIODS = 40
_A_YEAR = {"days": 365, "working_days": 200, "weeks": 52, "months": 12, "quarters": 4, "years": 1}


def find_far_rules(programme: Programme) -> Iterator[tuple[int, str]]:
    """Yield where a rule counts too far from any day that is given: the step's position, and the key.

    Steps that count from each other add up. Nothing is found where they do so in a ring: no day ever comes of it.
    """
    rules = {rule.key: rule for rule in programme.steps}
    waits = {
        key: [_step_of(name) for name in rule.due.names if not is_previous(name)]
        for key, rule in rules.items()
    }
    years: dict[str, float] = {}
    try:
        for key in TopologicalSorter(waits).static_order():
            years[key] = _years(rules[key].due, years) if key in rules else 0
    except CycleError:
        return
    for position, rule in enumerate(programme.steps):
        for field, due in (("due", rule.due), ("opens", rule.opens)):
            found = _years(due, years) if due is not None else 0
            if found > FARTHEST:
                yield position, field


def _step_of(name: str) -> str:
    return name.partition(".")[0]


def _years(rule: DueRule, years: Mapping[str, float]) -> float:
    """Return how far the rule counts at most, in years, from a day that is given."""
    own = (
        1.0 if rule.yearly or rule.end_of or rule.start_of else 0.1
    )  # to the end of the year, or over a day off
    if rule.shift is not None:
        count, unit = rule.shift
        own = count / _A_YEAR[unit]
    elif rule.form in ("date", "on"):
        own = 0
    inner = (
        years.get(_step_of(one), 0) if isinstance(one, str) else _years(one, years) for one in rule.anchors
    )
    repeated = any(isinstance(one, str) and is_previous(one) for one in rule.anchors)
    far = own * (_PERIODS if repeated else 1) + max(inner, default=0)
    return max(far, _years(rule.last, years)) if rule.last else far
