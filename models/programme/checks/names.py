"""Check that the names in a programme file point at something, and that its sums and ladders hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from models.programme.checks.gather import find_gather_problems
from models.programme.checks.money import find_money_problems
from models.programme.checks.terms import find_term_problems
from models.programme.ladder import RungRule
from models.programme.language.each import read_each
from models.programme.language.rule import GRANT_DATES, Name, Rule, points_of
from models.programme.names import is_previous, template_key, which_of
from models.programme.period import joins
from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.step import StepRule
from models.reading.fields import PREVIOUS
from models.reading.number import shown
from models.reading.suggestion import did_you_mean

# What a step that comes once a period adds to its key.
_PERIOD_KEY = re.compile(r"-([0-9]{4}(-(q[1-4]|h[12]|[0-9]{2}(-[0-9]{2})?))?|m[0-9]+(-m[0-9]+)?)\Z")


def find_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what does not hold together in a programme whose every field is right by itself."""
    yield from _date_problems(programme)
    yield from _step_problems(programme)
    yield from _join_problems(programme)
    yield from _due_problems(programme)
    yield from _waiting_problems(programme)
    yield from _ladder_problems(programme)
    yield from find_money_problems(programme)
    yield from find_gather_problems(programme)
    yield from find_term_problems(programme)


def _date_problems(programme: Programme) -> Iterator[Problem]:
    for name in programme.dates:
        if name in GRANT_DATES:
            said = name.removesuffix("_on")
            yield Problem(("dates", said), f"every grant has the day '{said}': take it out here")


def _step_problems(programme: Programme) -> Iterator[Problem]:
    keys = [rule.key for rule in programme.steps]
    repeated = {rule.key for rule in programme.steps if rule.each}
    for index, rule in enumerate(programme.steps):
        place = ("steps", index)
        if keys.index(rule.key) < index:
            yield Problem(place, f"another step has the key '{rule.key}' already")
        names = [
            (("last",), rule.fold_last_into, keys, "step"),
            (("ladder",), rule.ladder, programme.ladders, "ladder"),
        ]
        for where, name, known, noun in names:
            if name is not None and name not in known:
                yield Problem(
                    (*place, *where), f"there is no {noun} '{shown(name)}'{did_you_mean(name, known)}"
                )
        for position, needed in enumerate(rule.needs):
            sentence = previous_problem(programme, rule.each, needed)
            if sentence:
                yield Problem((*place, "needs", position), sentence)
        maker = _PERIOD_KEY.sub("", rule.key)
        if maker != rule.key and maker in repeated:
            yield Problem((*place, "key"), f"'{maker}' makes a step of that key itself, once a period")
        if rule.fold_last_into in repeated:
            once = f"'{rule.fold_last_into}' comes once a period: fold into a step that comes once"
            yield Problem((*place, "last"), once)


def previous_problem(programme: Programme, each: str | None, name: str) -> str | None:
    """Return what is wrong with a name of a step of the period before, for what comes once a period of `each`."""
    if not is_previous(name):
        return None
    key = template_key(name)
    other = next((one for one in programme.steps if one.key == key), None)
    if other is None or (each is not None and other.each == each):
        return None
    said = f"'{name}' is '{key}' of the period before"
    if other.each is None:
        return f"{said}, and '{key}' comes once: take '{PREVIOUS}' out"
    return f"{said}: write 'each: {other.each}' here too"


def _join_problems(programme: Programme) -> Iterator[Problem]:
    """Find steps and instalments with the same periods whose first or last joins in one and not in the other."""
    joined: dict[str, tuple[int | None, int | None]] = {}
    steps = [
        (("steps", index), rule.each, rule.first, rule.last) for index, rule in enumerate(programme.steps)
    ]
    parts = enumerate(programme.instalments)
    for place, each, first, last in [
        *steps,
        *((("instalments", index), one.each, one.first, one.last) for index, one in parts),
    ]:
        said = joins(first, last)
        if each and joined.setdefault(each, said) != said:
            yield Problem(place, f"another of 'each: {each}' joins its first or last period otherwise")


def _due_problems(programme: Programme) -> Iterator[Problem]:
    for index, rule in enumerate(programme.steps):
        first, last = (end.due if end is not None else None for end in (rule.first, rule.last))
        for field, due in (("due", rule.due), ("opens", rule.opens), ("first", first), ("last", last)):
            if due is not None:
                yield from _rule_problems(programme, rule, due, ("steps", index, field))


def _rule_problems(programme: Programme, rule: StepRule, due: Rule, place: Place) -> Iterator[Problem]:
    """Find names in a rule that stand for not one day, and published days of what is no period."""
    for point in points_of(due):
        if isinstance(point, Name):
            for sentence in _step_problems_of(programme, rule, point.key):
                yield Problem(place, sentence)
    exceptions = (due.otherwise or due).exceptions
    if exceptions and not rule.each:
        yield Problem(place, "days are published by period, but the step has none: add 'each'")
    elif exceptions:
        yield from _exception_problems(programme, rule, due, place)


def _step_problems_of(programme: Programme, rule: StepRule, name: str) -> Iterator[str]:
    """Yield why a step of the rule cannot count from another one."""
    step = next((one for one in programme.steps if one.key == template_key(name)), None)
    if step is None:
        return
    if is_previous(name):
        if sentence := previous_problem(programme, rule.each, name):
            yield sentence
    elif not which_of(name):
        yield from _one_of_many(rule, step)


def _one_of_many(rule: StepRule, step: StepRule) -> Iterator[str]:
    """Yield why the step is not there once for each step of the rule that counts from it."""
    if step.each and step.each != rule.each:
        many = f"it counts from '{step.key}', which comes once a period: count from one date"
        yield f"{many}, or from '{step.key}.last'"
    elif step.skip_last and step.instalment is None and not (rule.skip_last or rule.fold_last_into):
        yield f"'{step.key}' is not asked for in the last period: write 'last: skip' here too, or take it out there"


def _exception_problems(programme: Programme, rule: StepRule, due: Rule, place: Place) -> Iterator[Problem]:
    """Find published dates of what is no period, or of one for which two dates are published."""
    each = read_each(rule.each or "")
    form, example = each.label_form
    last = rule.last.due if rule.last is not None else None
    for label in (one.period for one in (due.otherwise or due).exceptions):
        if not re.fullmatch(form, label):
            yield Problem(place, f"no period of '{rule.each}' is called '{label}': write it as {example}")
        elif last is not None and due is not last and last.published_for(label) is not None:
            yield Problem(place, "'last' has a date for that period too: keep one")


def _waiting_problems(programme: Programme) -> Iterator[Problem]:
    """Find steps that nobody could ever do, because each waits for another.

    "a" stands for a having a due date, "a.done" for a being done, which takes a date and all that a needs.
    """
    try:
        TopologicalSorter(_waits(programme)).prepare()
    except CycleError as error:
        # The sorter gives first what is waited for; read backwards, each waits for the next.
        ring = [name for name, _ in reversed(error.args[1][1:])]
        yield _ring_problem(programme, ring)


def _waits(programme: Programme) -> dict[tuple[str, int], list[tuple[str, int]]]:
    """Return what waits for what, in three periods: a first, one between, and a last.

    Of a step that comes once a period, any may be meant by another that does not come with it: who waits for one
    waits for all.
    """
    rules = {rule.key: rule for rule in programme.steps}

    def meant(rule: StepRule, name: str, place: int, done: str) -> Iterator[tuple[str, int]]:
        other = rules.get(key := template_key(name))
        if other is None or other.each is None:
            yield f"{key}{done}", 0
        elif is_previous(name):
            yield from [(f"{key}{done}", place - 1)] if place else []
        elif which := which_of(name):
            yield f"{key}{done}", {"first": 0, "last": 2}.get(which, 1)
        elif other.each == rule.each and place == 2 and other.fold_last_into in rules:
            yield f"{other.fold_last_into}{done}", 0
        elif other.each == rule.each:
            yield f"{key}{done}", place
        else:
            yield from ((f"{key}{done}", one) for one in range(3))

    waits = {}
    for rule in rules.values():
        for place in range(3) if rule.each else range(1):
            end = {0: rule.first, 2: rule.last}.get(place) if rule.each else None
            names = rule.due.names if end is None or end.due is None else end.due.names
            dated = [(name, ".done" if name.endswith(".done") else "") for name in names]
            waits[rule.key, place] = [one for pair in dated for one in meant(rule, pair[0], place, pair[1])]
            awaited = (*rule.awaits, *(end.needs if end is not None else ()))
            done = [one for name in awaited for one in meant(rule, name, place, ".done")]
            waits[f"{rule.key}.done", place] = [(rule.key, place), *done]
    return waits


def _ring_problem(programme: Programme, ring: list[str]) -> Problem:
    dates_only = not any(key.endswith(".done") for key in ring)
    order = [rule.key for rule in programme.steps]
    names = [key.removesuffix(".done") for key in ring]
    names = [name for position, name in enumerate(names) if name != names[position - 1]] or names[:1]
    start = min(range(len(names)), key=lambda position: order.index(names[position]))
    names = names[start:] + names[: start + 1]
    what = "its due date counts from itself" if dates_only else "it waits for itself"
    return Problem(("steps", order.index(names[0])), f"{what}: {' -> '.join(names)}")


def _ladder_problems(programme: Programme) -> Iterator[Problem]:
    for name, rungs in programme.ladders.items():
        if not rungs:
            yield Problem(("ladders", name), "it has no rung: add one, as on the day: owner")
        for position in range(1, len(rungs)):
            if _distance(rungs[position]) <= _distance(rungs[position - 1]):
                late = f"'{rungs[position].key}' must come later than '{rungs[position - 1].key}' above it"
                yield Problem(("ladders", name, position), late)


def _distance(rung: RungRule) -> tuple[bool, float]:
    """Return how far from the due date the rung is, in days: five working days are about a week."""
    return rung.shift > 0, rung.shift * (1.4 if rung.unit == "working_days" else 1)
