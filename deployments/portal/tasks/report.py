"""Show a report as it was handed in, next to the buttons with which it is approved or sent back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, Connection, bindparam
from sqlmodel import Session, col, select

from models.programme.plan import Programme
from models.programme.question import WHY, Question
from models.rules.answers.accept import fields_of
from models.rules.answers.conflicts import find_two_answers
from models.rules.answers.figure_checks import Finding
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import AnswerKind
from tasks.commands.answers.odd_figures import explained_figures
from tasks.commands.at_work.load import load_grant
from tasks.store.queries import load_models
from tasks.words.answers import word_explained, word_source, word_value
from tasks.words.names import word_step_title
from tasks.words.translator import Translator, capitalised

_GIVEN = (AnswerKind.DONE, AnswerKind.NOTHING)

_STEPS: BindParameter[int] = bindparam("steps", expanding=True)
_ANSWERS = (
    select(Answer, Person.name)
    .join(Person, col(Person.id) == Answer.by_id)
    .where(col(Answer.step_id).in_(_STEPS), col(Answer.kind).in_(_GIVEN))
    .order_by(col(Answer.id))
)
_DOCUMENTS = (
    select(Document)
    .where(col(Document.step_id).in_(_STEPS), col(Document.answer_id).is_not(None))
    .order_by(col(Document.id))
)
_FIGURES = select(Figure).where(col(Figure.step_id).in_(_STEPS)).order_by(col(Figure.id))


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
    explained: Mapping[str, tuple[Finding, ...]]


def load_reports(connection: Connection, steps: Collection[Step], today: date) -> dict[int, ReportRows]:
    """Return those of the reports that were handed in, by step id."""
    given = {"steps": [step.id for step in steps]}
    with Session(connection) as session:
        answers = {answer.step_id: (answer, name) for answer, name in session.exec(_ANSWERS, params=given)}
    if not answers:
        return {}
    documents = load_models(connection, _DOCUMENTS, given)
    figures = load_models(connection, _FIGURES, given)
    return {
        step.id or 0: ReportRows(
            step,
            *answers[step.id],
            tuple(row for row in documents if row.step_id == step.id),
            {row.question: row for row in figures if row.step_id == step.id},
            _explained(connection, step, answers[step.id][0], today),
        )
        for step in steps
        if step.id in answers
    }


def _explained(
    connection: Connection, step: Step, answer: Answer, today: date
) -> Mapping[str, tuple[Finding, ...]]:
    if not any(key.endswith(f".{WHY}") for key in answer.data):
        return {}
    with Session(connection) as session:
        work = load_grant(session, session.get_one(Grant, step.grant_id), today)
        return explained_figures(work, work.steps[step.key], answer.data)


def report_view(say: Translator, programme: Programme, rows: ReportRows, currency: str) -> ReportView:
    """Return the report as a page shows it."""
    rule = next((one for one in programme.steps if one.key == rows.step.template_key), None)
    title = capitalised(word_step_title(say, rule, rows.step.kind, rows.step.period))
    lines = tuple(
        line
        for question in (rule.questions if rule else ())
        for line in _lines(say, question, rows, currency, programme)
    )
    return ReportView(title, rows, lines)


def _lines(
    say: Translator, question: Question, rows: ReportRows, currency: str, programme: Programme
) -> Iterable[ReportLine]:
    for key, one in fields_of(question).items():
        value, figure = rows.answer.data.get(key), rows.figures.get(key)
        if value is None and (key != question.key or not question.is_awaited):
            continue
        source = said = ""
        if figure is not None:
            source = word_source(say, figure.source, programme)
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
