"""Check that the names in a programme file point at something, and that its sums and ladders hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from models.vocabulary import StepKind

if TYPE_CHECKING:
    from models.programme import DueRule, Programme, StepRule


def name_problems(programme: Programme) -> list[str]:
    """Return what does not hold together, as sentences that name the place; empty when all is well."""
    return [
        *_step_problems(programme),
        *_due_problems(programme),
        *_ladder_problems(programme),
        *_money_problems(programme),
    ]


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(known)) or 'none'}"


def _step_problems(programme: Programme) -> Iterator[str]:
    keys = [rule.key for rule in programme.steps]
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"steps: the key '{key}' is used {count} times"
    for rule in programme.steps:
        where = f"step '{rule.key}'"
        for name, value in (("approves", rule.approves), ("fold_last_into", rule.fold_last_into)):
            if value and value not in keys:
                yield f"{where}: '{name}' names no step: '{value}'{_nearest(value, keys)}"
        for needed in rule.needs:
            if needed not in keys:
                yield f"{where}: 'needs' names no step: '{needed}'{_nearest(needed, keys)}"
        if rule.each and rule.each not in programme.periods:
            yield f"{where}: 'each' names no period: '{rule.each}'{_nearest(rule.each, list(programme.periods))}"
        if rule.ladder not in programme.ladders:
            known = list(programme.ladders)
            yield f"{where}: 'ladder' names no ladder: '{rule.ladder}'{_nearest(rule.ladder, known)}"
        for question, count in Counter(question.key for question in rule.questions).items():
            if count > 1:
                yield f"{where}: the question '{question}' is asked {count} times"
    try:
        needs = {
            rule.key: {*rule.needs, *([rule.approves] if rule.approves else [])} for rule in programme.steps
        }
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        yield f"steps: they wait for each other: {' -> '.join(error.args[1])}"


def _due_problems(programme: Programme) -> Iterator[str]:
    from models.programme import GRANT_DATES, PERIOD_ANCHORS

    keys = {rule.key: rule for rule in programme.steps}
    repeated = {rule.key for rule in programme.steps if rule.each}
    dates = [*programme.dates, *GRANT_DATES]
    waits: dict[str, set[str]] = {}
    for rule in programme.steps:
        for field, due in (("due", rule.due), ("opens", rule.opens)):
            if due is None or due.anchor is None:
                continue
            where, anchor = f"step '{rule.key}': '{field}'", due.anchor
            step_key = anchor.removesuffix(".done")
            if anchor in PERIOD_ANCHORS:
                if not rule.each and not _folds(programme, rule):
                    yield f"{where} counts from the {anchor}, but the step has no period ('each')"
            elif step_key in keys:
                if step_key in repeated:
                    yield f"{where} counts from '{step_key}', which comes once a period: name one date instead"
                if not anchor.endswith(".done"):
                    waits.setdefault(rule.key, set()).add(step_key)
            elif anchor not in dates:
                known = [*dates, *keys, *PERIOD_ANCHORS]
                yield f"{where} counts from an unknown anchor '{anchor}'{_nearest(anchor, known)}"
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        yield f"steps: their due dates count from each other: {' -> '.join(error.args[1])}"


def _folds(programme: Programme, rule: StepRule) -> bool:
    return any(other.fold_last_into == rule.key for other in programme.steps)


def _ladder_problems(programme: Programme) -> Iterator[str]:
    for name, rungs in programme.ladders.items():
        if not rungs:
            yield f"ladder '{name}' has no rung"
        order = [(rung.shift > 0, rung.shift) for rung in rungs]
        if order != sorted(order) or len(set(order)) != len(order):
            yield f"ladder '{name}': rungs must rise, each later than the one before it"


def _money_problems(programme: Programme) -> Iterator[str]:
    numbers = [rule.number for rule in programme.instalments]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"instalments: number them 1, 2, 3 in order (found {numbers})"
    shares = [rule.share for rule in programme.instalments]
    if "rest" in shares[:-1]:
        yield "instalments: only the last can take the 'rest'"
    stated = sum((Decimal(share.rstrip(" %")) for share in shares if share != "rest"), Decimal(0))
    if shares[-1] == "rest" and stated >= 100:
        yield f"instalments: nothing is left for the 'rest': the others add up to {stated} %"
    if shares[-1] != "rest" and stated != 100:
        yield f"instalments: the shares add up to {stated} %, not 100 %"
    keys = {rule.key: rule for rule in programme.steps}
    for rule in programme.instalments:
        for needed in rule.needs:
            if needed not in keys or keys[needed].kind is not StepKind.APPROVAL:
                approvals = [step.key for step in programme.steps if step.kind is StepKind.APPROVAL]
                yield f"instalment {rule.number}: 'needs' names no approval: '{needed}'{_nearest(needed, approvals)}"
    for step in programme.steps:
        if step.instalment is not None and step.instalment not in numbers:
            yield f"step '{step.key}': there is no instalment {step.instalment}"


def describe_due(due: DueRule) -> str:
    """Return the rule as one English phrase, for receipts and messages."""
    if due.date:
        return f"the fixed date {due.date.isoformat()}"
    if due.on:
        return f"on {due.on}"
    if due.end_of:
        return f"the end of the {due.end_of} that holds {due.holding}"
    unit = next(
        name for name in ("days", "working_days", "weeks", "months") if getattr(due, name) is not None
    )
    count = getattr(due, unit)
    noun = unit.replace("_", " ")
    phrase = f"{count} {noun[:-1] if count == 1 else noun} {'after' if due.after else 'before'} {due.anchor}"
    rolls = {"next": ", or the next working day", "previous": ", or the working day before", "none": ""}
    return phrase + rolls[due.roll]
