"""Check that the names in a programme file point at something, and that its sums and ladders hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from models.due_rule import ANCHOR_FIELDS, GRANT_DATES, PERIOD_ANCHORS, meeting_mark, step_key
from models.far_checks import FARTHEST, find_far_rules
from models.gather_checks import find_gather_problems
from models.money_checks import find_money_problems
from models.problem import Place, Problem
from models.suggestions import did_you_mean
from models.term_checks import find_term_problems

if TYPE_CHECKING:
    from models.due_rule import DueRule
    from models.programme import Programme, StepRule
    from models.rung_rule import RungRule

# What a step that comes once a period adds to its key.
_PERIOD_KEY = re.compile(r"-([0-9]{4}(-(q[1-4]|h[12]|[0-9]{2}(-[0-9]{2})?))?|m[0-9]+(-m[0-9]+)?)\Z")


def find_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what does not hold together in a programme whose every field is right by itself."""
    yield from _date_problems(programme)
    yield from _step_problems(programme)
    yield from _due_problems(programme)
    yield from _waiting_problems(programme)
    yield from _far_problems(programme)
    yield from _ladder_problems(programme)
    yield from find_money_problems(programme)
    yield from find_gather_problems(programme)
    yield from find_term_problems(programme)


def _date_problems(programme: Programme) -> Iterator[Problem]:
    for name in programme.dates:
        if name in GRANT_DATES:
            yield Problem(("dates", name), f"every grant has '{name}': take it out here")


def _step_problems(programme: Programme) -> Iterator[Problem]:
    keys = [rule.key for rule in programme.steps]
    repeated = {rule.key for rule in programme.steps if rule.each}
    for index, rule in enumerate(programme.steps):
        place = ("steps", index)
        if keys.index(rule.key) < index:
            yield Problem(place, f"another step has the key '{rule.key}' already")
        names = [
            (("approves",), rule.approves, keys, "step"),
            (("fold_last_into",), rule.fold_last_into, keys, "step"),
            (("each",), rule.each, programme.periods, "period"),
            (("ladder",), rule.ladder, programme.ladders, "ladder"),
            (("body",), rule.body, programme.bodies, "body"),
            *((("needs", position), needed, keys, "step") for position, needed in enumerate(rule.needs)),
        ]
        for where, name, known, noun in names:
            if name is not None and name not in known:
                yield Problem((*place, *where), f"there is no {noun} '{name}'{did_you_mean(name, known)}")
        maker = _PERIOD_KEY.sub("", rule.key)
        if maker != rule.key and maker in repeated:
            yield Problem((*place, "key"), f"'{maker}' makes a step of that key itself, once a period")
        if rule.fold_last_into in repeated:
            once = f"'{rule.fold_last_into}' comes once a period: fold into a step that comes once"
            yield Problem((*place, "fold_last_into"), once)
        yield from _question_problems(programme, rule, index)


def _question_problems(programme: Programme, rule: StepRule, index: int) -> Iterator[Problem]:
    asked: Counter[str] = Counter()
    for position, question in enumerate(rule.questions):
        place = ("steps", index, "questions", position)
        asked[question.key] += 1
        if asked[question.key] == 2:
            yield Problem(place, f"the question '{question.key}' is asked twice")
        if question.column is not None and programme.figures is None:
            yield Problem((*place, "column"), "there is no file to fill it from: say 'figures: {kind: csv}'")


def _due_problems(programme: Programme) -> Iterator[Problem]:
    for index, rule in enumerate(programme.steps):
        for field, due in (("due", rule.due), ("opens", rule.opens)):
            if due is not None:
                for place, one in _rules_in(due, ("steps", index, field)):
                    yield from _rule_problems(programme, rule, one, place)


def _rules_in(due: DueRule, place: Place) -> Iterator[tuple[Place, DueRule]]:
    """Yield the rule and the rules within it, each with its place in the file."""
    yield place, due
    for name in ANCHOR_FIELDS:
        value = getattr(due, name)
        several = value if isinstance(value, tuple) else (value,)
        for position, inner in enumerate(several):
            if not isinstance(inner, str | None):
                where = (name, position) if isinstance(value, tuple) else (name,)
                yield from _rules_in(inner, (*place, *where))


def _rule_problems(programme: Programme, rule: StepRule, due: DueRule, place: Place) -> Iterator[Problem]:
    """Find names that stand for nothing in one rule, not looking into the rules within it."""
    keys = {one.key: one for one in programme.steps}
    dates = [*programme.dates, *GRANT_DATES]
    has_period = rule.each or rule.key in {one.fold_last_into for one in programme.steps}
    for anchor in (*(one for one in due.anchors if isinstance(one, str)), *due.own_names):
        step = keys.get(step_key(anchor).removesuffix(".first").removesuffix(".last"))
        if anchor in PERIOD_ANCHORS:
            if not has_period:
                yield Problem(place, f"it counts from {anchor}, but the step has no period: say 'each'")
        elif step is not None and ".first" not in anchor and ".last" not in anchor:
            if step.each and step.each != rule.each:
                many = f"it counts from '{step.key}', which comes once a period: count from one date"
                yield Problem(place, f"{many}, or from '{step.key}.last'")
        elif step is not None and not step.each:
            yield Problem(place, f"'{step.key}' comes once: take '.first' or '.last' out of '{anchor}'")
        elif step is None and anchor not in dates:
            known = [*dates, *keys, *PERIOD_ANCHORS]
            unknown = f"there is nothing called '{anchor}' to count from{did_you_mean(anchor, known)}"
            yield Problem(place, unknown)
        if step is not None and meeting_mark(anchor) and not step.body:
            mend = f"say which in '{step.key}', or take '{meeting_mark(anchor)}' out of '{anchor}'"
            yield Problem(place, f"'{step.key}' has no body that meets: {mend}")
    if due.calendar is not None and due.calendar not in programme.calendars:
        near = did_you_mean(due.calendar, programme.calendars)
        yield Problem((*place, "calendar"), f"there is no calendar '{due.calendar}' in 'calendars'{near}")
    if due.unless is not None and due.unless not in programme.dates:
        near = did_you_mean(due.unless, programme.dates)
        yield Problem((*place, "unless"), f"there is no date '{due.unless}' in 'dates'{near}")
    if due.exceptions and not rule.each:
        yield Problem((*place, "exceptions"), "they are told by period, but the step has none: say 'each'")


def _waiting_problems(programme: Programme) -> Iterator[Problem]:
    """Find steps that nobody could ever do, because each waits for another.

    "a" stands for a having a due date, "a.done" for a being done, which takes a date and all that a needs.
    """
    waits: dict[str, list[str]] = {}
    for rule in programme.steps:
        first = [rule.approves] if rule.approves else []
        # Of a step that comes once a period, any may be meant: whoever waits for one waits for all.
        named = (name.removesuffix(meeting_mark(name)) for name in rule.due.names)
        waits[rule.key] = [name.replace(".first", "").replace(".last", "") for name in named]
        waits[f"{rule.key}.done"] = [rule.key, *(f"{key}.done" for key in (*rule.needs, *first))]
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        # The sorter gives whoever is waited for first; read backwards, each waits for the next.
        ring = list(reversed(error.args[1][1:]))
        yield _ring_problem(programme, ring)


def _far_problems(programme: Programme) -> Iterator[Problem]:
    for index, field in find_far_rules(programme):
        far = f"it counts more than {FARTHEST} years away, with what it counts from: that is a slip"
        yield Problem(("steps", index, field), far)


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
            yield Problem(("ladders", name), "it has no rung: add one, such as {days: 0, to: [owner]}")
        for position in range(1, len(rungs)):
            if _distance(rungs[position]) <= _distance(rungs[position - 1]):
                late = f"'{rungs[position].key}' must come later than '{rungs[position - 1].key}' above it"
                yield Problem(("ladders", name, position), late)


def _distance(rung: RungRule) -> tuple[bool, float]:
    """Return how far from the due date the rung is, in days: five working days are about a week."""
    return rung.shift > 0, rung.shift * (1.4 if rung.unit == "working_days" else 1)
