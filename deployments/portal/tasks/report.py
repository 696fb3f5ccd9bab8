"""Show what was answered to a step as it was handed in: to those who judge it, and afterwards to all of its grant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import LARGEST_ID, portal_of
from models.programme.question import WHY, Question
from models.rules.answers.conflicts import find_two_answers
from models.rules.answers.figure_checks import FailedCheck
from models.rules.answers.validation import list_fields
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import UNSETTLED, AnswerKind
from tasks.commands.answers.outliers import list_explained_outliers
from tasks.commands.at_work.load import load_grant
from tasks.grant.records import GrantRecord, find_record_of
from tasks.people.visibility import may_see_grant
from tasks.store.database import reading
from tasks.words.answers import word_explained, word_source, word_value
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_step_title

_GIVEN = (AnswerKind.DONE, AnswerKind.NOTHING, AnswerKind.APPROVED)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """An answer: what was asked, what was answered, from which source, and what that said if it is something else.

    A `part` belongs to the line above; `why` says why the parts do not add up. Of an explanation the label is which
    figures do not agree. `plain` is the answer as another form takes it: a number without spaces or currency.
    """

    label: str
    value: str | None
    kind: str
    source: str = ""
    said: str = ""
    part: bool = False
    why: bool = False
    plain: str = ""


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

    @property
    def is_open_again(self) -> bool:
        """Whether it was sent back or taken back, and is to be done again."""
        return self.step.status in UNSETTLED


def report_rows(record: GrantRecord, step: Step, today: date) -> ReportRows | None:
    """Return what a report is made from; None for one that was not handed in."""
    answer = find_given(record, step)
    if answer is None:
        return None
    return ReportRows(
        step=step,
        answer=answer,
        by=record.person(answer.by_id),
        documents=tuple(one for one in record.documents_of(step) if one.answer_id is not None),
        figures={figure.question: figure for figure in record.figures_of(step)},
        explained=_explained(record, step, answer, today),
    )


def find_given(record: GrantRecord, step: Step) -> Answer | None:
    """Return the last answer by which a step was done or approved; None where nobody gave one."""
    given = [answer for answer in record.answers_of(step) if answer.kind in _GIVEN]
    return given[-1] if given else None


def show_answer(request: Request) -> Response:
    """Return the page of what was answered to a step, to read again; 404 for one that has no answer."""
    return _show(request, "answered.html")


def show_copies(request: Request) -> Response:
    """Return the page from which an answered report is copied, field by field, into a funder's own form."""
    return _show(request, "copies.html")


def find_to_copy(record: GrantRecord, step: Step) -> Step | None:
    """Return the report from which a funder's form is filled when the step hands it in; None without answers.

    That is the step's own, or the last one before it of the same phase and, if the step has one, period.
    """
    told = [
        one
        for one in record.steps
        if one.phase == step.phase and step.period in (None, one.period) and one.position <= step.position
        if find_given(record, one) is not None and _has_questions(record, one)
    ]
    return max(told, key=lambda one: one.position, default=None)


def _has_questions(record: GrantRecord, step: Step) -> bool:
    rule = record.rule_of(step)
    return rule is not None and bool(rule.questions)


def _show(request: Request, template: str) -> Response:
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    step_id = request.path_params["step_id"]
    with reading(portal.engine) as connection:
        record = find_record_of(connection, step_id) if step_id <= LARGEST_ID else None
        if record is None or not may_see_grant(connection, visit.visitor, record.grant.reference):
            raise HTTPException(404)
        rows = report_rows(record, record.batch.steps_by_id[step_id], portal.today)
        if rows is None:
            raise HTTPException(404)
        report = report_view(say, record, rows)
    return portal.pages.show(
        template, say, visit=visit, today=portal.today, grant=record.grant, report=report
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
        outliers = rows.explained.get(question.key, ()) if key.endswith(f".{WHY}") else ()
        yield ReportLine(
            capitalised(word_explained(say, outliers) or one.title.in_language(say.language)),
            None if value is None else word_value(say, one, value, currency),
            one.kind,
            source,
            said,
            part=key != question.key,
            why=bool(question.parts) and key.endswith(f".{WHY}") and not outliers,
            plain="" if value is None else _plain(say, one, value, currency),
        )


def _plain(say: Translator, question: Question, value: object, currency: str) -> str:
    """Return an answer as another form takes it: digits alone for numbers, and 2010-12-31 for a day."""
    if question.kind in ("number", "money"):
        return str(value).replace(".", "," if say.language == "sv" else ".")
    return str(value) if question.kind == "date" else word_value(say, question, value, currency)


def _differs(
    question: Question, key: str, figure: Figure, given: Mapping[str, object], currency: str
) -> bool:
    """Return whether a question, or a part of it, was answered otherwise than its source says, or not at all."""
    gathered = {key: (figure.value, figure.source)}
    return given.get(key) is None or any(find_two_answers([question], gathered, given, currency, 0))
