"""Check the terms of a programme's steps: thresholds, documents, what being late costs, repayments, quiet days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.programme.checks.money import question_problems, sum_problems
from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.step import StepRule


def find_term_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what does not hold together in the terms of the steps."""
    for name, years in programme.amounts.items():
        for year, text in years.items():
            yield from sum_problems(programme, text, ("amounts", name, str(year)))
    for rule in programme.steps:
        place = ("steps", rule.key)
        yield from _threshold_problems(programme, rule, place)
        yield from _late_problems(rule, place)
        if rule.repays is not None:
            for one in rule.repays.asks:
                yield from question_problems(programme, one.text, (*place, "repays"))
            if rule.repays.rate and programme.rate_of is None:
                said = "no payment is at the decision's rate: write the part, as 60 %"
                yield Problem((*place, "repays"), said)
            if rule.repays.over is not None:
                yield from sum_problems(programme, rule.repays.over, (*place, "repays"))


def _threshold_problems(programme: Programme, rule: StepRule, place: Place) -> Iterator[Problem]:
    bounds = {one.side: one.sum for one in rule.when if one.kind == "award" and one.sum is not None}
    for bound in bounds.values() if not rule.amount else ():
        yield from sum_problems(programme, bound, (*place, "when"))
    if len(bounds) == 2 and bounds["from"] >= bounds["below"]:
        yield Problem((*place, "when"), "no award fits both thresholds: let 'below' be more than 'from'")
    counting = (one.key for one in programme.steps if one.when != rule.when and rule.key in _counted(one))
    waiting = next(counting, None) if rule.when else None
    if waiting is not None:
        mend = f"let '{waiting}' have the same 'when', or count from something else"
        yield Problem((*place, "when"), f"'{waiting}' counts from it, and it is not always there: {mend}")


def _counted(rule: StepRule) -> set[str]:
    """Return the steps without which the rule's step never gets a date: what it approves too."""
    names = (*rule.day_names, *([rule.approves] if rule.approves else []))
    return {name.partition(".")[0] for name in names}


def _late_problems(rule: StepRule, place: Place) -> Iterator[Problem]:
    """Find prices that do not rise with time; two delays are compared over a leap year."""
    start = date(2023, 12, 31)
    for position in range(1, len(rule.late)):
        before, one = rule.late[position - 1], rule.late[position]
        if one.from_on(start) <= before.from_on(start):
            yield Problem((*place, "late"), "two prices are of the same time: keep one")
        elif one.part <= before.part:
            yield Problem((*place, "late"), "to be later must cost more")
