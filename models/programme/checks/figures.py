"""Check that what a programme's questions hold themselves against is there."""

from __future__ import annotations

from collections.abc import Iterator

from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.step import StepRule
from models.reading.messages import did_you_mean


def find_figure_problems(programme: Programme) -> Iterator[Problem]:
    """Yield what questions are held against, and cannot be."""
    for step in programme.steps:
        for question in step.questions:
            place: Place = ("steps", step.key, "questions", question.key)
            for check in question.checks:
                known = [*_known(programme, step), *(() if check.equals else ("award", "paid"))]
                for name in check.figures:
                    if name not in known:
                        said = f"there is no number '{name}' to hold it against{did_you_mean(name, known)}"
                        yield Problem((*place, "checks"), said)


def _known(programme: Programme, own: StepRule) -> Iterator[str]:
    """Yield the numbers that a figure of a step can be held against: its own, and what others come to."""
    for step in programme.steps:
        for one in step.questions:
            names = [one.key, *(f"{one.key}.{part.key}" for part in one.parts)] if one.counts else []
            if step is own:
                yield from names
            if one.over_periods != "none":
                yield from (f"{step.key}.{name}" for name in names)
