"""List what a document states provisionally: until an officer confirms it, the document is a draft."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from models.programme.question import OURS
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.committee import assumed_meeting
from tasks.documents.facts.figures import word_figure
from tasks.documents.facts.grant import month_applied
from tasks.documents.facts.reports import Reports, as_number
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document

# The facts that print an answer marked for its periods alone, or for all of it, and a text.
_PERIODS = frozenset({"notes", "spending_tables"})
_TOTALS = _PERIODS | {"total_notes", "spent"}
_TEXTS = frozenset({"report_texts", "texts"})


@dataclass(frozen=True, slots=True)
class Provisional:
    """A provisional statement: its key, what it says, and the facts that print it, any of them."""

    key: str
    words: str
    printed_by: frozenset[str]


def list_provisional(say: Translator, work: GrantAtWork, reports: Reports) -> Iterator[Provisional]:
    """Yield what the grant's documents state provisionally: answers, the meeting, the time of application."""
    for step in reports.told:
        yield from _of_answers(say, reports, step)
    if meeting := assumed_meeting(work, say):
        words = word_document(say, "assumed_meeting", day=say.dated(meeting))
        yield Provisional(_key("meeting", meeting), words, frozenset({"meeting"}))
    applied = work.grant.dates.get("applied_on", {})
    month = month_applied(work, say)
    if applied.get("choice") and applied.get("source") and month:
        words = word_document(say, "assumed_month", month=month)
        yield Provisional(_key("applied_on", applied["on"]), words, frozenset({"applied_in"}))


def _of_answers(say: Translator, reports: Reports, step: Step) -> Iterator[Provisional]:
    answers = reports.answers_of(step)
    for question in reports.questions_of(step):
        mark = answers.get(f"{question.key}.{OURS}")
        value = answers.get(question.key)
        if not mark or value is None:
            continue
        title = capitalised(question.title.in_language(say.language))
        about = f"{title}, {say.period(step.period)}" if step.period else title
        number = as_number(value)
        key = _key(step.key, question.key, value)
        if question.kind == "text" or number is None:
            yield Provisional(key, about, _TEXTS)
            continue
        currency = reports.work.grant.currency if question.kind == "money" else None
        words = f"{about}: {word_figure(say, number, currency)}"
        yield Provisional(key, words, _TOTALS if mark == "all" else _PERIODS)


def _key(*parts: object) -> str:
    """Return the key under which a statement is confirmed: another value is another statement."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
