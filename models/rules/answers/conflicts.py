"""Find answers that differ from a source's figure, or from a figure in a report's text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.programme.question import Question
from models.rules.answers.small_numbers import read_number_in, split_sentences
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


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure, and what its question is called in each language."""

    titles: tuple[str, ...]
    number: Decimal


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that states another number than the figure it names."""

    sentence: str
    stated: int
    number: Decimal


def find_contradictions(text: str, counted: Sequence[Counted]) -> Iterator[Contradiction]:
    """Yield the sentences that put another number directly before a figure's own noun.

    The noun is the question's title, or its first word if no other title begins with it: "14
    anmälningar".
    """
    first = [title.split()[0].casefold() for figure in counted for title in figure.titles]
    for sentence in split_sentences(text):
        for figure in counted:
            nouns = set(figure.titles)
            nouns |= {
                title.split()[0] for title in figure.titles if first.count(title.split()[0].casefold()) == 1
            }
            stated = next((number for noun in nouns for number in _before(noun, sentence)), None)
            if stated is not None and stated != figure.number:
                yield Contradiction(sentence, stated, figure.number)


def _before(noun: str, sentence: str) -> Iterator[int]:
    """Yield the numbers, in figures or as words, that stand directly before a noun."""
    pattern = rf"(?<![\w.,])(\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+|\w+)\s+{re.escape(noun)}\b"
    for word in re.findall(pattern, sentence, re.IGNORECASE):
        number = read_number_in(re.sub(r"\s", "", word))
        if number is not None:
            yield number
