"""Prepare the texts of a grant's reports, the list of missing texts, and notes to the figures."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from models.programme.expand.words import MEMO
from models.programme.question import FOR_THE_MEMO, OURS, WHY, Question
from models.tables.step import Step
from models.vocabulary import FULFILLED, Phase
from tasks.commands.answers.outliers import list_explained_outliers
from tasks.documents.facts.figures import MARK, ReportFigures, stated_spending
from tasks.documents.facts.reports import Reports
from tasks.words.answers import word_explained
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document

_PLACE = re.compile(r"\{([^{}]+)\}")
# The language in which a country's funders decide and its offices answer.
_WRITTEN = {"SE": "sv", "GB": "en", "IE": "en", "US": "en"}


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text answer: the question's title, the period it is about, the paragraphs."""

    title: str
    period: str
    paragraphs: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """The texts of a document's reports.

    `unwritten` are the titles of the memo's parts that nobody has written. `early` is a sentence
    about figures that nobody has handed in. `notes` explain the figures.
    """

    application: tuple[TextPart, ...]
    follow_ups: tuple[TextPart, ...]
    final: tuple[TextPart, ...]
    memo: tuple[TextPart, ...]
    unwritten: tuple[str, ...]
    spent_why: str
    early: tuple[str, ...]
    notes: tuple[str, ...]


def word_texts(say: Translator, reports: Reports, figures: ReportFigures) -> ReportTexts:
    """Return the texts of the reports, with figures put in their placeholders."""
    final = [_quoted(say, reports, text) for text in _texts(say, reports, figures, reports.final)]
    memo = tuple(text for text in final if text.key in MEMO)
    early = tuple(_not_handed_in(say, reports))
    return ReportTexts(
        application=tuple(_texts(say, reports, figures, reports.applications)),
        follow_ups=tuple(_follow_ups(say, reports, figures)),
        final=tuple(text for text in final if text.key not in MEMO),
        memo=memo,
        unwritten=tuple(_unwritten(say, reports, {text.key for text in memo})),
        spent_why=_spent_why(say, reports, figures),
        early=early,
        notes=(*_explanations(say, reports), *early, *_of_marks(say, figures)),
    )


def language_written(say: Translator, reports: Reports) -> str:
    """Return the language of decisions and answers, by the programme's country; else the document's."""
    return _WRITTEN.get(reports.work.programme.calendar.country, say.language)


def _follow_ups(say: Translator, reports: Reports, figures: ReportFigures) -> Iterator[TextPart]:
    """Yield the texts of periods, without those that the final report covers: it says what became of them."""
    taken_up = {
        question.gather.answer.text
        for step in reports.final
        for question in reports.questions_of(step)
        if question.gather and question.gather.answer and reports.answers_of(step).get(question.key)
    }
    for step in reports.periodic:
        if step in reports.final:
            continue
        for text in _texts(say, reports, figures, [step]):
            if f"{step.template_key}.{text.key}" not in taken_up:
                yield _quoted(say, reports, text)


def _texts(
    say: Translator, reports: Reports, figures: ReportFigures, steps: Iterable[Step]
) -> Iterator[TextPart]:
    """Yield the texts in these steps' answers, a part per question."""
    for step in steps:
        answers = reports.answers_of(step)
        # The final report covers the whole time, even if it includes the last period's figures.
        named = step.period and step.phase is not Phase.FINAL_REPORT and reports.only is None
        period = say.period(step.period or "") if named else ""
        for question in reports.questions_of(step):
            text = answers.get(question.key)
            if question.kind == "text" and isinstance(text, str) and text.strip():
                lines = [_with_figures(line, figures) for line in text.splitlines() if line.strip()]
                if answers.get(f"{question.key}.{OURS}"):
                    lines[-1] = f"{lines[-1]} {word_document(say, 'provisional')}"
                yield TextPart(_title(say, question), period, tuple(lines), question.key)


def _with_figures(line: str, figures: ReportFigures) -> str:
    """Return a line of a text with its placeholders filled in: "{Anmälningar} gjordes"."""

    def figure(match: re.Match[str]) -> str:
        named = match[1].strip().casefold()
        row = next((row for row in figures.rows if named in (row.key, row.title.casefold())), None)
        return row.total.rstrip(MARK) if row else match[0]

    return _PLACE.sub(figure, line.strip())


def _unwritten(say: Translator, reports: Reports, written: set[str]) -> Iterator[str]:
    """Yield the titles of the memo's required parts that nobody has written."""
    for step in reports.final:
        for question in reports.questions_of(step):
            if question.key in FOR_THE_MEMO and question.key not in written:
                yield _title(say, question)


def _spent_why(say: Translator, reports: Reports, figures: ReportFigures) -> str:
    """Return why the final report's spending is not the sum of the periods; empty if nobody gave a reason."""
    stated = stated_spending(reports) if figures.spent is not None else None
    if stated is None:
        return ""
    why = str(reports.answers_of(stated.step).get(f"{stated.question.key}.{WHY}", ""))
    return _as_written(say, reports, why) if why else ""


def _explanations(say: Translator, reports: Reports) -> Iterator[str]:
    """Yield which checks and sums do not hold, with the reason given with the answers.

    Their numbers are in the tables, which hide small numbers of people.
    """
    for step in reports.told:
        answers = reports.answers_of(step)
        explained = list_explained_outliers(reports.work, step, answers)
        for question in reports.questions_of(step):
            why = answers.get(f"{question.key}.{WHY}")
            if isinstance(why, str) and why.strip():
                title = _title(say, question)
                about = f"{title}, {say.period(step.period)}" if step.period else title
                explained_words = word_explained(say, explained.get(question.key, ()))
                reason = _as_written(say, reports, why.strip())
                yield " ".join(filter(None, (f"{capitalised(about)}:", explained_words, reason)))


def _not_handed_in(say: Translator, reports: Reports) -> Iterator[str]:
    """Yield the periods with figures that nobody has handed in, unless they are handed in with this report."""
    early = [
        say.period(step.period or "")
        for step in reports.periodic
        if step is not reports.only and step.phase is not Phase.FINAL_REPORT and step.id not in reports.typed
        if step.status not in FULFILLED and reports.answers_of(step)
    ]
    if early:
        yield word_document(say, "not_handed_in", periods=say.listed(early))


def _of_marks(say: Translator, figures: ReportFigures) -> Iterator[str]:
    """Yield what the mark on a figure means, if one has it."""
    if any(cell.endswith(MARK) for row in figures.rows for cell in (*row.cells, row.total)):
        yield word_document(say, "of_ours")


def _as_written(say: Translator, reports: Reports, text: str) -> str:
    """Return a text for the paper: in quotation marks if the paper is in another language."""
    return text if language_written(say, reports) == say.language else say.quoted(text)


def _quoted(say: Translator, reports: Reports, part: TextPart) -> TextPart:
    return replace(part, paragraphs=tuple(_as_written(say, reports, line) for line in part.paragraphs))


def _title(say: Translator, question: Question) -> str:
    return question.title.in_language(say.language)
