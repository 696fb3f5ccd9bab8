"""Hold the names in sentences about sums against what a programme has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from models.programme.language.amounts.kinds import Ask
from models.programme.language.fault import SentenceFault, meant
from models.programme.language.rule import Name

SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a programme has to name: questions by step, and the names of amounts, dates and sources.

    Every step can be asked what was spent.
    """

    questions: Mapping[str, Collection[str]]
    amounts: Collection[str] = ()
    dates: Collection[str] = ()
    sources: Collection[str] = ()


def find_unknown(value: object, known: Vocabulary) -> Iterator[SentenceFault]:
    """Yield what is wrong with the names of a sentence's value, in their order."""
    if isinstance(value, Ask):
        yield from _unknown_question(value, known.questions)
    elif isinstance(value, tuple):
        for one in value:
            yield from find_unknown(one, known)
    elif is_dataclass(value) and not isinstance(value, Name):
        for field in fields(value):
            held = getattr(value, field.name)
            if isinstance(held, Name):
                yield from _unknown_name(field.name, held, getattr(known, f"{field.name}s"))
            else:
                yield from find_unknown(held, known)


def _unknown_name(what: str, name: Name, known: Collection[str]) -> Iterator[SentenceFault]:
    if name.text not in known:
        yield SentenceFault(
            f"there is no {what} '{name.text}'{meant(name.text, known)}", name.at, len(name.text)
        )


def _unknown_question(ask: Ask, questions: Mapping[str, Collection[str]]) -> Iterator[SentenceFault]:
    whole = [f"{step}.{one}" for step, some in questions.items() for one in {*some, SPENT}]
    if ask.step not in questions:
        said = f"there is no step '{ask.step}'{meant(ask.text, whole)}"
    elif ask.question not in {*questions[ask.step], SPENT}:
        near = meant(ask.text, whole)
        said = f"'{ask.step}' does not ask '{ask.question}'{near}; only spent is asked without being declared"
    else:
        return
    yield SentenceFault(said, ask.at, len(ask.text))
