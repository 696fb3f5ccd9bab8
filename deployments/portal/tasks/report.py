"""Show a report as it was handed in, beside the buttons with which it is approved or sent back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.numbers import format_decimal
from sqlalchemy import Connection, bindparam, select

from models.programme.file import Programme
from models.programme.question import WHY, Question
from models.rules.answers.accept import fields_of
from models.rules.answers.conflicts import find_two_answers
from models.tables.columns import table_of
from models.tables.person import Person
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import AnswerKind
from tasks.store.database import AnyRow
from tasks.wording.given_words import word_source, word_value
from tasks.wording.standing_words import word_step_title
from tasks.words.translator import Speaker, capitalised

_STEP, _ANSWER, _FIGURE = table_of(Step), table_of(Answer), table_of(Figure)
_DOCUMENT, _PERSON = table_of(Document), table_of(Person)
_GIVEN = (AnswerKind.DONE, AnswerKind.NOTHING)

# Made once: making a query takes longer than asking it.
_REPORTS = select(
    *(_STEP.c[name] for name in ("id", "grant_id", "key", "template_key", "kind", "period"))
).where(
    _STEP.c.grant_id.in_(bindparam("grants", expanding=True)),
    _STEP.c.key.in_(bindparam("keys", expanding=True)),
)
_ANSWERS = (
    select(_ANSWER, _PERSON.c.name)
    .join(_PERSON, _PERSON.c.id == _ANSWER.c.by_id)
    .where(_ANSWER.c.step_id.in_(bindparam("steps", expanding=True)), _ANSWER.c.kind.in_(_GIVEN))
    .order_by(_ANSWER.c.id)
)
_DOCUMENTS = (
    select(_DOCUMENT)
    .where(_DOCUMENT.c.step_id.in_(bindparam("steps", expanding=True)), _DOCUMENT.c.answer_id.is_not(None))
    .order_by(_DOCUMENT.c.id)
)
_FIGURES = (
    select(_FIGURE).where(_FIGURE.c.step_id.in_(bindparam("steps", expanding=True))).order_by(_FIGURE.c.id)
)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """An answer: what was asked, what was answered, what a source said, and whether that is something else.

    A `part` belongs to the line above.
    """

    label: str
    value: str
    source: str = ""
    part: bool = False
    differs: bool = False


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A document of the report."""

    id: int
    name: str
    size: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """The report: who handed it in and when, its answers and its documents."""

    title: str
    handed_in: str
    lines: tuple[ReportLine, ...]
    note: str
    files: tuple[ReportFile, ...]


@dataclass(frozen=True, slots=True)
class ReportRows:
    """What a report is made from: its step, its last answer, its documents, and figures by question."""

    step: AnyRow
    answer: AnyRow
    documents: tuple[AnyRow, ...]
    figures: Mapping[str, AnyRow]


def load_reports(
    connection: Connection, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], ReportRows]:
    """Return the reports that were handed in, by grant id and step."""
    if not wanted:
        return {}
    asked = {"grants": list({one for one, _ in wanted}), "keys": list({key for _, key in wanted})}
    found = connection.execute(_REPORTS, asked).all()
    steps = [row for row in found if (row.grant_id, row.key) in wanted]
    given = {"steps": [row.id for row in steps]}
    answers = {row.step_id: row for row in connection.execute(_ANSWERS, given).all()}
    if not answers:
        return {}
    documents = connection.execute(_DOCUMENTS, given).all()
    figures = connection.execute(_FIGURES, given).all()
    return {
        (step.grant_id, step.key): ReportRows(
            step,
            answers[step.id],
            tuple(row for row in documents if row.step_id == step.id),
            {row.question: row for row in figures if row.step_id == step.id},
        )
        for step in steps
        if step.id in answers
    }


def report_view(
    say: Speaker, programme: Programme, rows: ReportRows, currency: str, today: date
) -> ReportView:
    """Return the report in words."""
    rule = next((one for one in programme.steps if one.key == rows.step.template_key), None)
    answer = rows.answer
    title = capitalised(word_step_title(say, rule, rows.step.kind, rows.step.period))
    day = say.short_date(answer.answered_on, today)
    if answer.kind == AnswerKind.NOTHING:
        handed_in = say.gettext("%(name)s had nothing to report, %(day)s.", name=answer.name, day=day)
    else:
        handed_in = say.gettext("Handed in by %(name)s, %(day)s.", name=answer.name, day=day)
    lines = tuple(
        line
        for question in (rule.questions if rule else ())
        for line in _lines(say, question, rows, currency, programme)
    )
    return ReportView(title, handed_in, lines, answer.note, report_files(say, rows.documents))


def _lines(
    say: Speaker, question: Question, rows: ReportRows, currency: str, programme: Programme
) -> Iterable[ReportLine]:
    for key, one in fields_of(question).items():
        value = rows.answer.data.get(key)
        if value is None and (key != question.key or not question.required):
            continue
        label = one.title.en if say.language == "en" else one.title.sv
        figure = rows.figures.get(key)
        source, differs = "", False
        whence = word_source(say, figure.source, programme) if figure is not None else ""
        if figure is not None and one.kind == "text":
            source = say.gettext("begun with what %(source)s says", source=whence)
        elif figure is not None and _differs(question, key, figure, rows.answer.data, currency):
            differs = True
            said = word_value(say, one, figure.value, currency)
            source = say.gettext("%(source)s says %(value)s", source=whence, value=said)
        elif figure is not None:
            source = say.gettext("from %(source)s", source=whence)
        if question.parts and key.endswith(f".{WHY}"):
            label = say.gettext("Why the parts do not add up")
        shown = "–" if value is None else word_value(say, one, value, currency)
        yield ReportLine(capitalised(label), shown, source, part=key != question.key, differs=differs)


def _differs(question: Question, key: str, figure: AnyRow, given: Mapping[str, Any], currency: str) -> bool:
    """Return whether a question, or a part of it, was answered otherwise than its source says, or not at all."""
    gathered = {key: (figure.value, figure.source)}
    return given.get(key) is None or any(find_two_answers([question], gathered, given, currency, 0))


def report_files(say: Speaker, documents: Iterable[AnyRow]) -> tuple[ReportFile, ...]:
    """Return documents as a page lists them."""
    return tuple(ReportFile(row.id, row.name, word_size(say, row.size)) for row in documents)


def word_size(say: Speaker, size: int) -> str:
    """Return a file's size as people say it."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1_000))} kB"
    return f"{format_decimal(round(size / 1_000_000, 1), locale=say.locale)} MB"
