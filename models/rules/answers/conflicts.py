"""Find where a person answered otherwise than a source does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.programme.question import Question
from models.rules.answers.accept import fields_of, read_answer


@dataclass(frozen=True, slots=True)
class TwoAnswers:
    """A question with two answers: a person's and a source's; `few` says that they are small numbers of people."""

    question: Question
    given: object
    gathered: object
    source: str
    few: bool

    @property
    def values(self) -> tuple[object, object]:
        """The person's answer and the source's."""
        return self.given, self.gathered


def find_two_answers(
    questions: Sequence[Question],
    gathered: Mapping[str, tuple[str, str]],
    given: Mapping[str, object],
    currency: str,
    threshold: int,
) -> Iterator[TwoAnswers]:
    """Yield the questions that were answered otherwise than `gathered`, as (value, source) by question, says.

    `given` are answers or what was typed as one; what is no answer is left out, and texts are meant to be another.
    """
    for question in questions:
        for key, one in fields_of(question).items():
            if key not in gathered or one.kind == "text" or given.get(key) in (None, ""):
                continue
            said, source = gathered[key]
            try:
                mine, theirs = (read_answer(one, raw, currency) for raw in (given[key], said))
            except ValueError:
                continue
            if _same(mine, theirs):
                continue
            few = question.sensitive and any(0 < Decimal(str(value)) < threshold for value in (mine, theirs))
            yield TwoAnswers(one, mine, theirs, source, few)


def _same(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except ArithmeticError:
        return one == other
