"""Check that what a programme's questions gather and hold themselves against is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.problem import Place, Problem
from models.suggestions import did_you_mean

if TYPE_CHECKING:
    from models.programme import Programme
    from models.question_rule import Question
    from models.source_rule import GatherRule
    from models.step_rule import StepRule

_WAYS = {"csv": ("column",), "xlsx": ("column", "cell"), "sql": ("column",), "http": ("path",)}


def find_gather_problems(programme: Programme) -> Iterator[Problem]:
    """Yield names in `gather` and `checks` that stand for nothing."""
    for index, rule in enumerate(programme.steps):
        for position, question in enumerate(rule.questions):
            place: Place = ("steps", index, "questions", position)
            if question.gather is not None:
                yield from _gather_problems(programme, question.gather, (*place, "gather"))
            for number in range(len(question.checks)):
                yield from _check_problems(programme, rule, question, number, (*place, "checks", number))


def _gather_problems(programme: Programme, gather: GatherRule, place: Place) -> Iterator[Problem]:
    if gather.answer is not None and gather.answer not in _answers(programme):
        near = did_you_mean(gather.answer, _answers(programme))
        yield Problem((*place, "answer"), f"there is no answer '{gather.answer}'{near}")
    asked = programme.question(gather.answer) if gather.answer is not None else None
    if asked is not None and gather.rows == "sum" and asked.over_periods != "sum":
        said = f"over_periods: {asked.over_periods}"
        yield Problem(
            (*place, "rows"), f"'{gather.answer}' is not added up over periods ({said}): take 'rows' out"
        )
    if gather.source is None:
        return
    source = programme.sources.get(gather.source)
    if source is None:
        near = did_you_mean(gather.source, programme.sources)
        yield Problem((*place, "source"), f"there is no source '{gather.source}' in 'sources'{near}")
        return
    way = next(name for name in ("column", "cell", "path") if getattr(gather, name) is not None)
    if way not in _WAYS[source.kind]:
        yield Problem((*place, way), f"a source of kind {source.kind} is asked by '{_WAYS[source.kind][0]}'")
    elif gather.where and source.kind == "sql":
        yield Problem((*place, "where"), "the query says itself which rows count: take 'where' out")


def _check_problems(
    programme: Programme, rule: StepRule, question: Question, number: int, place: Place
) -> Iterator[Problem]:
    check = question.checks[number]
    own = [question.key for question in rule.questions]
    known = [*own, *_answers(programme), *(["award", "paid"] if check.at_most or check.at_least else [])]
    for field in ("equals", "at_most", "at_least"):
        for name in getattr(check, field):
            if name not in known:
                near = did_you_mean(name, known)
                yield Problem((*place, field), f"there is no number '{name}' to hold it against{near}")
                continue
            other = programme.question(name)
            if other is not None and other.over_periods == "none":
                yield Problem(
                    (*place, field),
                    f"'{name}' comes to nothing over periods (over_periods: none): take it out",
                )
    joins = {question.key: question.over_periods for question in rule.questions}
    for name in check.equals:
        if name in joins and joins[name] != joins[question.key]:
            yield Problem(
                (*place, "equals"),
                f"'{name}' comes to something else over periods than '{question.key}': say the same over_periods",
            )


def _answers(programme: Programme) -> list[str]:
    return [f"{rule.key}.{question.key}" for rule in programme.steps for question in rule.questions]
