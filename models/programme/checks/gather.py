"""Check that what a programme's questions gather and hold themselves against is there."""

from __future__ import annotations

from collections.abc import Iterator

from models.programme.language.amounts.origin import Origin
from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.question import Question
from models.programme.step import StepRule
from models.programme.written.source import KINDS
from models.reading.messages import did_you_mean


def find_gather_problems(programme: Programme) -> Iterator[Problem]:
    """Yield names in `gather` and `checks` that stand for nothing."""
    for rule in programme.steps:
        for question in rule.questions:
            place: Place = ("steps", rule.key, "questions", question.key)
            if question.gather is not None:
                yield from _gather_problems(programme, question.gather, place)
            for number in range(len(question.checks)):
                yield from _check_problems(programme, rule, question, number, (*place, "checks"))


def _gather_problems(programme: Programme, gather: Origin, place: Place) -> Iterator[Problem]:
    asked = programme.question(gather.answer.text) if gather.answer is not None else None
    if asked is not None and gather.rows == "sum" and asked.over_periods != "sum":
        said = f"over: {asked.over_periods}"
        yield Problem(place, f"'{asked.key}' is not added up over periods ({said}): take 'sum' out")
    if gather.source is None:
        return
    kind = programme.sources[gather.source.text].kind
    ways = KINDS[kind].ways
    if gather.cell and "cell" not in ways:
        yield Problem(place, f"'{gather.source.text}' is asked by a {ways[0]}, not by a cell")
    elif gather.where and kind == "sql":
        yield Problem(place, "the query says itself which rows count: take 'where' out")


def _check_problems(
    programme: Programme, rule: StepRule, question: Question, number: int, place: Place
) -> Iterator[Problem]:
    check = question.checks[number]
    own = [name for one in rule.questions if one.counts for name in _names(one)]
    known = [
        *own,
        *_numbers(programme),
        *(["award", "paid"] if not check.equals else []),
    ]
    for name in check.figures:
        other = programme.question(name) if name not in own else None
        if name not in known and other is not None and not other.counts:
            yield Problem(place, f"'{name}' is no number (kind: {other.kind}): take it out")
        elif name not in known:
            near = did_you_mean(name, known)
            yield Problem(place, f"there is no number '{name}' to hold it against{near}")
        elif other is not None and other.over_periods == "none":
            yield Problem(place, f"'{name}' comes to nothing over periods (over: none): take it out")
    joins = {name: one.over_periods for one in rule.questions for name in _names(one)}
    for name in check.equals:
        if name in joins and joins[name] != joins[question.key]:
            yield Problem(
                place,
                f"'{name}' comes to something else over periods than '{question.key}': say the same 'over'",
            )


def _numbers(programme: Programme) -> list[str]:
    """Return the numbers that are answered in the programme, as STEP.QUESTION or STEP.QUESTION.PART."""
    asked = ((rule.key, one) for rule in programme.steps for one in rule.questions if one.counts)
    return [f"{key}.{name}" for key, one in asked for name in _names(one)]


def _names(question: Question) -> list[str]:
    """Return the names of a question's answer in data, and of its parts'."""
    return [question.key, *(f"{question.key}.{part.key}" for part in question.parts)]
