"""Add to a written file what every grant has: its first two steps, and spending wherever a sentence names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.programme.expand.names import DECISION_DAYS
from models.programme.language.amounts.share import REPAYS, SHARE
from models.programme.language.fault import SentenceFault
from models.programme.language.grammar import Sentence
from models.programme.language.kinds import Ask
from models.programme.language.names import SPENT
from models.programme.written.file import Written
from models.programme.written.step import WrittenQuestion, WrittenStep


def with_usual(written: Written) -> Written:
    """Return the file with the steps that every grant has, and with spending asked wherever a sentence names it."""
    usual = {
        "application": "at application",
        "funder-decision": f"{DECISION_DAYS} days after application.done (our choice)",
    }
    steps = {name: written.steps.get(name) or WrittenStep() for name in usual} | dict(written.steps)
    for name, due in usual.items():
        if steps[name].due is None:
            steps[name] = steps[name].model_copy(update={"due": due})
    for name in _spending(written, steps):
        questions = steps[name].questions
        if SPENT not in questions:
            spent = {SPENT: WrittenQuestion(kind="money"), **questions}
            steps[name] = steps[name].model_copy(update={"questions": spent})
    return written.model_copy(update={"steps": steps})


def _spending(written: Written, steps: dict[str, WrittenStep]) -> Iterator[str]:
    """Yield the steps whose spending a sentence names, and those that take one of their periods in."""
    said: list[tuple[Sentence[Any], str]] = [
        *((SHARE, one.share) for one in written.payments.values()),
        *((REPAYS, one.repays) for one in steps.values() if one.repays is not None),
    ]
    asks = (one for reader, sentence in said for one in asked(reader, sentence))
    yield from (one.step for one in asks if one.question == SPENT and one.step in steps)
    for step in steps.values():
        if step.last is not None and step.last.into in steps and SPENT in step.questions:
            yield step.last.into


def asked(reader: Sentence[Any], sentence: str) -> tuple[Ask, ...]:
    """Return the questions that a sentence names; none where it cannot be read, which is said for the plan."""
    try:
        found = reader.read(sentence)
    except SentenceFault:
        return ()
    return (*found.asks, *([found.unused] if getattr(found, "unused", None) else []))
