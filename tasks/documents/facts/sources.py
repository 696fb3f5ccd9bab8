"""Give the source of each figure of a document: which decision, report or system."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.facts.receipt import read_receipt
from models.programme.plan import Programme
from models.programme.question import OURS
from models.tables.columns import id_of
from models.tables.grant import Decision, Grant
from models.tables.step import Figure, Step
from models.vocabulary import Phase
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.reports import Reports, as_number
from tasks.words.answers import word_source
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document, word_name, word_step_title


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A statement of a paper, and its source."""

    about: str
    source: str


def report_sources(work: GrantAtWork, say: Translator, reports: Reports) -> Iterator[SourceLine]:
    """Yield, for each report included, who handed it in, when, and which systems supplied its figures."""
    final = reports.final
    for step in reports.told:
        if step.phase is not Phase.APPLICATION and reports.answers_of(step):
            # The reader of the final report receives it as a draft.
            shown = final[-1] if step in final else step
            title = word_step_title(say, work.record.rule_of(shown), step.kind, None)
            about = capitalised(say.titled(title, step.period))
            yield SourceLine(about, _reported(work, say, reports, step))


def _reported(work: GrantAtWork, say: Translator, reports: Reports, step: Step) -> str:
    """Return who handed a step in, and when, and which systems supplied all of its figures or some."""
    handed_in = work.record.last_done(step)
    name = work.record.person(handed_in.by_id) if handed_in else ""
    day = handed_in.answered_on if handed_in else work.today
    answers = reports.answers_of(step)
    gathered = reports.gathered.get(id_of(step), {})
    numbers = {key: number for key, value in answers.items() if (number := as_number(value)) is not None}
    used = [
        figure
        for key, figure in gathered.items()
        if key in numbers and as_number(figure.value) == numbers[key]
    ]
    days = {
        _system(say, figure, work.programme): say.dated(figure.gathered_at.date())
        for figure in sorted(used, key=lambda figure: figure.gathered_at)
    }
    systems = [word_document(say, "fetched", system=system, day=day) for system, day in days.items()]
    whole = len(used) == len(numbers)
    sentence = word_document(say, "reported", name=name, day=say.dated(day), systems=systems, whole=whole)
    return _marked(say, sentence, is_ours=any(key.endswith(f".{OURS}") for key in answers))


def _system(say: Translator, figure: Figure, programme: Programme) -> str:
    """Return what the office calls the system that a figure came from; never a file's name."""
    named = word_source(say, figure.source, programme)
    return word_document(say, "own_figures") if named == figure.source else named


def memo_sources(
    work: GrantAtWork,
    say: Translator,
    reports: Reports,
    earlier: Sequence[tuple[Grant, Sequence[Decision]]],
) -> Iterator[SourceLine]:
    """Yield the source of each fact in the committee's memo, in the memo's order."""

    def line(what: str, source: str, **facts: object) -> SourceLine:
        return SourceLine(word_document(say, "told", what, **facts), source)

    for grant, decisions in (*earlier, (work.grant, work.decisions)):
        for decision in decisions:
            day = say.dated(decision.decided_on)
            yield line("decision", _recorded(work, say, decision), day=day, grant=grant.reference)
    applied = work.grant.dates.get("applied_on", {})
    application = work.steps.get("application")
    if applied.get("source"):
        is_ours = bool(applied.get("choice")) and not reports.settled
        yield line("application", _marked(say, applied["source"], is_ours=is_ours))
    elif application is not None and reports.answers_of(application):
        yield line("application", _reported(work, say, reports, application))
    final = reports.final
    if final and (source := read_receipt(final[-1].receipt).source):
        yield line("last_day", ReceiptWords(say.language, work.programme, work.today).source(source))
    yield from report_sources(work, say, reports)


def _recorded(work: GrantAtWork, say: Translator, decision: Decision) -> str:
    """Return a decision's name, and who recorded it."""
    source = decision.source or word_name(say, "decision", decision.kind)
    return word_document(say, "recorded", source=source, name=work.record.person(decision.recorded_by_id))


def _marked(say: Translator, source: str, *, is_ours: bool) -> str:
    """Return a source, marked if its statement is our own choice."""
    return f"{source} {word_document(say, 'provisional')}" if is_ours else source
