"""Check that each name in a programme exists, and that names form no circle."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from models.programme.checks.sums import find_money_problems
from models.programme.expand.sentences import Place, Problem
from models.programme.language.each import read_each
from models.programme.language.rule import Name, Rule, points_of
from models.programme.plan import Programme
from models.programme.step import StepRule, joins
from models.programme.step_names import is_previous, template_key, which_of
from models.programme.written.source import KINDS
from models.reading.number import shown
from models.reading.value_faults import did_you_mean
from models.vocabulary import Phase


def find_figure_problems(programme: Programme) -> Iterator[Problem]:
    """Yield the faults of figures: a source or a number that a question cannot use."""
    for step in programme.steps:
        for question in step.questions:
            place: Place = ("steps", step.key, "questions", question.key)
            gather = question.gather
            if gather is not None and gather.source is not None and (gather.where or gather.cell):
                source = gather.source.text
                if not KINDS[programme.sources[source].kind].endings:
                    fault = (
                        f"'{source}' is no file, of which rows or a cell are taken: write COLUMN in {source}"
                    )
                    yield Problem(place, fault)
            for check in question.checks:
                known = [*_known(programme, step), *(() if check.equals else ("award", "paid"))]
                for name in check.figures:
                    if name not in known:
                        fault = f"there is no number '{name}' to hold it against{did_you_mean(name, known)}"
                        yield Problem((*place, "checks"), fault)


def _known(programme: Programme, own: StepRule) -> Iterator[str]:
    """Yield the numbers that a step's figure can be compared with: its own, and the totals of others."""
    for step in programme.steps:
        for question in step.questions:
            names = (
                [question.key, *(f"{question.key}.{part.key}" for part in question.parts)]
                if question.counts
                else []
            )
            if step is own:
                yield from names
            if question.over_periods != "none":
                yield from (f"{step.key}.{name}" for name in names)


def find_problems(programme: Programme) -> Iterator[Problem]:
    """Yield faults between the fields of a programme, each of which is right by itself."""
    yield from _step_problems(programme)
    yield from _join_problems(programme)
    yield from _due_problems(programme)
    yield from _waiting_problems(programme)
    yield from find_figure_problems(programme)
    yield from find_money_problems(programme)


def find_phase_problems(programme: Programme) -> Iterator[Problem]:
    """Yield steps that wait for one of a later phase."""
    order = [*Phase]
    phases = {step.key: step.phase for step in programme.steps}
    for step in programme.steps:
        for key in map(template_key, step.needs):
            other = phases.get(key, step.phase)
            if order.index(other) > order.index(step.phase):
                fault = f"it needs {key}, of a later phase ({other}) than its own ({step.phase})"
                yield Problem(("steps", step.key, "needs"), f"{fault}: say 'phase' where one is wrong")


def _step_problems(programme: Programme) -> Iterator[Problem]:
    keys = [rule.key for rule in programme.steps]
    once = {rule.key for rule in programme.steps if not rule.each}
    for index, rule in enumerate(programme.steps):
        place = ("steps", rule.key)
        into = rule.fold_last_into
        if keys.index(rule.key) < index:
            yield Problem(place, f"another step has the key '{rule.key}' already")
        if into is not None and into not in once:
            fault = f"there is no step '{shown(into)}' that comes once{did_you_mean(into, once)}"
            yield Problem((*place, "last"), fault)
        if rule.ladder not in programme.ladders:
            near = did_you_mean(rule.ladder, programme.ladders)
            yield Problem((*place, "ladder"), f"there is no ladder '{shown(rule.ladder)}'{near}")
        counting = (
            other.key for other in programme.steps if other.when != rule.when and rule.key in _counted(other)
        )
        waiting = next(counting, None) if rule.when else None
        if waiting is not None:
            mend = f"let '{waiting}' have the same 'when', or count from something else"
            yield Problem((*place, "when"), f"'{waiting}' counts from it, and it is not always there: {mend}")


def _counted(rule: StepRule) -> set[str]:
    """Return the steps without which the step never gets a date, also the step that it approves."""
    names = (*rule.day_names, *([rule.approves] if rule.approves else []))
    return {name.partition(".")[0] for name in names}


def _join_problems(programme: Programme) -> Iterator[Problem]:
    """Yield steps with the same periods whose first or last period joins in one and not in the other."""
    joined: dict[str, tuple[int | None, int | None]] = {}
    for rule in programme.steps:
        ends = joins(rule.first, rule.last)
        if rule.each and joined.setdefault(rule.each, ends) != ends:
            again = f"another of 'each: {rule.each}' joins its first or last period otherwise"
            yield Problem(("steps", rule.key), again)


def _due_problems(programme: Programme) -> Iterator[Problem]:
    for rule in programme.steps:
        first, last = (end.due if end is not None else None for end in (rule.first, rule.last))
        for field, due in (("due", rule.due), ("opens", rule.opens), ("first", first), ("last", last)):
            if due is not None:
                yield from _rule_problems(programme, rule, due, ("steps", rule.key, field))


def _rule_problems(programme: Programme, rule: StepRule, due: Rule, place: Place) -> Iterator[Problem]:
    """Yield rules that need a last period that no step reports, and published days of no period."""
    for name in (point.key for point in points_of(due) if isinstance(point, Name)):
        step = next((other for other in programme.steps if other.key == template_key(name)), None)
        if step is None or is_previous(name) or which_of(name):
            continue
        if step.skip_last and step.instalment is None and not (rule.skip_last or rule.fold_last_into):
            skip = "write 'last: skip' here too, or take it out there"
            yield Problem(place, f"'{step.key}' is not asked for in the last period: {skip}")
    form, example = read_each(rule.each).label_form if rule.each else ("", "")
    for exception in (due.otherwise or due).exceptions:
        if not rule.each:
            yield Problem(place, "days are published by period, but the step has none: add 'each'")
        elif not re.fullmatch(form, exception.period):
            fault = f"no period of '{rule.each}' is called '{exception.period}': write it as {example}"
            yield Problem(place, fault)


def _waiting_problems(programme: Programme) -> Iterator[Problem]:
    """Yield steps that nobody could ever do, because each waits for another.

    Here "a" means that a has a due date, and "a.done" that a is done, which takes a date and all
    that a needs.
    """
    try:
        TopologicalSorter(_waits(programme)).prepare()
    except CycleError as error:
        # The sorter gives the awaited name first; read backwards, each waits for the next.
        ring = [name for name, _ in reversed(error.args[1][1:])]
        yield _ring_problem(programme, ring)


def _waits(programme: Programme) -> dict[tuple[str, int], list[tuple[str, int]]]:
    """Return which events wait for which, in three periods: a first, one between, and a last.

    A name of a step that comes once a period may mean any of its periods, if the waiting step does
    not come with it. Then it waits for all of them.
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
            yield from ((f"{key}{done}", period) for period in range(3))

    waits = {}
    for rule in rules.values():
        for place in range(3) if rule.each else range(1):
            end = {0: rule.first, 2: rule.last}.get(place) if rule.each else None
            names = rule.due.names if end is None or end.due is None else end.due.names
            dated = [(name, ".done" if name.endswith(".done") else "") for name in names]
            waits[rule.key, place] = [
                event for pair in dated for event in meant(rule, pair[0], place, pair[1])
            ]
            awaited = (*rule.awaits, *(end.needs if end is not None else ()))
            done = [event for name in awaited for event in meant(rule, name, place, ".done")]
            waits[f"{rule.key}.done", place] = [(rule.key, place), *done]
    return waits


def _ring_problem(programme: Programme, ring: list[str]) -> Problem:
    order = [rule.key for rule in programme.steps]
    names = [key.removesuffix(".done") for key in ring]
    names = [name for position, name in enumerate(names) if name != names[position - 1]] or names[:1]
    start = min(range(len(names)), key=lambda position: order.index(names[position]))
    names = names[start:] + names[: start + 1]
    return Problem(("steps", names[0]), f"it waits for itself: {' -> '.join(names)}")
