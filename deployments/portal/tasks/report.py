"""Show a report as it was handed in, for those who approve or return it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from models.programme.question import WHY, Question
from models.rules.answers.conflicts import find_two_answers
from models.rules.answers.figure_checks import FailedCheck
from models.rules.answers.validation import list_fields
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import AnswerKind
from tasks.commands.answers.outliers import list_explained_outliers
from tasks.commands.at_work.load import load_grant
from tasks.grant.records import GrantRecord
from tasks.words.answers import word_explained, word_source, word_value
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_step_title

_GIVEN = (AnswerKind.DONE, AnswerKind.NOTHING)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """An answer: what was asked, what was answered, from which source, and what that said if it is something else.

    A `part` belongs to the line above; `why` says why the parts do not add up. Of an explanation the label is which
    figures do not agree.
    """

    label: str
    value: str | None
    kind: str
    source: str = ""
    said: str = ""
    part: bool = False
    why: bool = False


@dataclass(frozen=True, slots=True)
class ReportView:
    """The report: its title and its answers in words, and the rows that it is made from."""

    title: str
    rows: ReportRows
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class ReportRows:
    """What a report is made from: its step, its last answer, its documents, and figures by question.

    `explained` are the checks that its figures do not hold against, by question, of those that somebody explained.
    """

    step: Step
    answer: Answer
    by: str
    documents: tuple[Document, ...]
    figures: Mapping[str, Figure]
    explained: Mapping[str, tuple[FailedCheck, ...]]


def report_rows(record: GrantRecord, step: Step, today: date) -> ReportRows | None:
    """Return what a report is made from; None for one that was not handed in."""
    given = [answer for answer in record.answers_of(step) if answer.kind in _GIVEN]
    if not given:
        return None
    return ReportRows(
        step=step,
        answer=given[-1],
        by=record.person(given[-1].by_id),
        documents=tuple(one for one in record.documents_of(step) if one.answer_id is not None),
        figures={figure.question: figure for figure in record.figures_of(step)},
        explained=_explained(record, step, given[-1], today),
    )


def _explained(
    record: GrantRecord, step: Step, answer: Answer, today: date
) -> Mapping[str, tuple[FailedCheck, ...]]:
    if not any(key.endswith(f".{WHY}") for key in answer.data):
        return {}
    work = load_grant(record.batch.session, record.grant, today)
    return list_explained_outliers(work, step, answer.data)


def report_view(say: Translator, record: GrantRecord, rows: ReportRows) -> ReportView:
    """Return the report as a page shows it."""
    rule = record.rule_of(rows.step)
    title = capitalised(word_step_title(say, rule, rows.step.kind, rows.step.period))
    lines = tuple(
        line for question in (rule.questions if rule else ()) for line in _lines(say, question, rows, record)
    )
    return ReportView(title, rows, lines)


def _lines(
    say: Translator, question: Question, rows: ReportRows, record: GrantRecord
) -> Iterable[ReportLine]:
    currency = record.grant.currency
    for key, one in list_fields(question).items():
        value = rows.answer.data.get(key)
        figure = rows.figures.get(key)
        if value is None and (key != question.key or not question.is_awaited):
            continue
        source = said = ""
        if figure is not None:
            source = word_source(say, figure.source, record.programme)
            if one.kind != "text" and _differs(question, key, figure, rows.answer.data, currency):
                said = word_value(say, one, figure.value, currency)
        odd = rows.explained.get(question.key, ()) if key.endswith(f".{WHY}") else ()
        yield ReportLine(
            capitalised(word_explained(say, odd) or one.title.in_language(say.language)),
            None if value is None else word_value(say, one, value, currency),
            one.kind,
            source,
            said,
            part=key != question.key,
            why=bool(question.parts) and key.endswith(f".{WHY}") and not odd,
        )


def _differs(
    question: Question, key: str, figure: Figure, given: Mapping[str, object], currency: str
) -> bool:
    """Return whether a question, or a part of it, was answered otherwise than its source says, or not at all."""
    gathered = {key: (figure.value, figure.source)}
    return given.get(key) is None or any(find_two_answers([question], gathered, given, currency, 0))
