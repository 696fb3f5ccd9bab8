"""Find answers that differ from a source's figure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.programme.question import Question
from models.rules.answers.validation import list_fields, read_answer


@dataclass(frozen=True, slots=True)
class TwoAnswers:
    """A question with two answers, a person's and a source's; `few` marks small numbers of people."""

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
    """Yield the questions whose answer differs from the source's figure.

    `gathered` holds (value, source) by question. `given` are stored answers, or what was typed.
    Unreadable answers are left out, and so are texts, which may well differ.
    """
    for question in questions:
        for key, field in list_fields(question).items():
            if key not in gathered or field.kind == "text" or given.get(key) in (None, ""):
                continue
            gathered_value, source = gathered[key]
            try:
                mine, theirs = (read_answer(field, raw, currency) for raw in (given[key], gathered_value))
            except ValueError:
                continue
            if _same(mine, theirs):
                continue
            few = question.sensitive and any(0 < Decimal(str(value)) < threshold for value in (mine, theirs))
            yield TwoAnswers(field, mine, theirs, source, few)


def _same(mine: object, theirs: object) -> bool:
    if isinstance(mine, bool) or isinstance(theirs, bool):
        return mine is theirs
    try:
        return Decimal(str(mine)) == Decimal(str(theirs))
    except ArithmeticError:
        return mine == theirs
