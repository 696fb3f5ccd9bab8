"""Check that what a programme's questions gather and hold themselves against is there."""

from __future__ import annotations

from collections.abc import Iterator

from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.question import Question
from models.programme.step import StepRule
from models.programme.written.source import KINDS
from models.reading.messages import did_you_mean


def find_figure_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what questions take their figures from, or are held against, and cannot be."""
    for step in programme.steps:
        for question in step.questions:
            place: Place = ("steps", step.key, "questions", question.key)
            yield from _gather_problems(programme, question, place)
            for check in question.checks:
                known = [*_known(programme, step), *(() if check.equals else ("award", "paid"))]
                for name in check.figures:
                    if name not in known:
                        said = f"there is no number '{name}' to hold it against{did_you_mean(name, known)}"
                        yield Problem((*place, "checks"), said)


def _gather_problems(programme: Programme, question: Question, place: Place) -> Iterator[Problem]:
    gather = question.gather
    asked = programme.question(gather.answer.text) if gather and gather.answer else None
    if asked is not None and gather and gather.rows == "sum" and asked.over_periods != "sum":
        said = f"over: {asked.over_periods}"
        yield Problem(place, f"'{asked.key}' is not added up over periods ({said}): take 'sum' out")
    if gather is None or gather.source is None:
        return
    kind = programme.sources[gather.source.text].kind
    if gather.cell and "cell" not in KINDS[kind].ways:
        yield Problem(place, f"'{gather.source.text}' is asked by a {KINDS[kind].ways[0]}, not by a cell")
    elif gather.where and kind == "sql":
        yield Problem(place, "the query says itself which rows count: take 'where' out")


def _known(programme: Programme, own: StepRule) -> Iterator[str]:
    """Yield the numbers that a figure of a step can be held against: its own, and what others come to."""
    for step in programme.steps:
        for one in step.questions:
            names = [one.key, *(f"{one.key}.{part.key}" for part in one.parts)] if one.counts else []
            if step is own:
                yield from names
            if one.over_periods != "none":
                yield from (f"{step.key}.{name}" for name in names)
