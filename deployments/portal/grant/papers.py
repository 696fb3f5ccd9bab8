"""Find what a grant's page shows of documents: versions, files of answers, and answers that sources contradict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam
from sqlmodel import col, select

from deployments.portal.grant.money import step_title
from deployments.portal.grant.rows import GrantRows
from deployments.portal.papers.view import KeptVersions, OfferLine, offer_line
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import AnswerKind
from tasks.documents.available import offers_of
from tasks.documents.bundle.unkept import Unkept
from tasks.store.queries import load_models
from tasks.words.answers import find_conflicts, word_conflict, word_origin
from tasks.words.names import word_name
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file's line: what came, with which step, from whom and when."""

    file: Document
    step: str
    who: str
    on: date


def handed_in(say: Translator, rows: GrantRows) -> Iterator[HandedIn]:
    """Yield the files that came with answers, the newest first."""
    steps = {row.id: row for row in rows.steps}
    for row in rows.documents:
        step = steps.get(row.step_id)
        title = capitalised(step_title(say, rows, step)) if step is not None else ""
        on = row.added_at.astimezone(rows.zone).date()
        yield HandedIn(row, title, rows.people.get(row.added_by_id, ""), on)


def made_papers(say: Translator, rows: GrantRows, kept: KeptVersions, today: date) -> list[OfferLine]:
    """Return the documents of which a version was made, in the order of the grant's life."""
    lines = (offer_line(say, offer, rows.programme.rules, kept) for offer in offers_of(rows.steps, today))
    return [line for line in lines if line.versions]


def name_unkept(say: Translator, rows: GrantRows, unkept: Iterable[Unkept]) -> list[str]:
    """Return what was sent or approved and of which no document is kept."""
    steps = {row.key: row for row in rows.steps}
    return [
        step_title(say, rows, steps[one.step_key])
        if one.kind == "claim"
        else word_name(say, "paper", one.kind)
        for one in unkept
    ]


_FIGURES = select(Figure).join(Step).where(Step.grant_id == bindparam("grant")).order_by(col(Figure.id))
_ANSWERS = (
    select(Answer)
    .where(col(Answer.step_id).in_(bindparam("steps", expanding=True)), Answer.kind == AnswerKind.DONE)
    .order_by(col(Answer.id))
)


@dataclass(frozen=True, slots=True)
class Differing:
    """An answer's line: the step, what was answered and what the source says, and where and when that was read."""

    step: str
    sentence: str
    origin: str


@dataclass(frozen=True, slots=True)
class AnswersGiven:
    """A grant's figures by step, in the order in which they came, and what the steps were last answered with."""

    figures: Mapping[int | None, Sequence[Figure]]
    answers: Mapping[int | None, Mapping[str, object]]


def load_given(connection: Connection, grant_id: int) -> AnswersGiven:
    """Return what sources and people said in the grant."""
    figures: dict[int | None, list[Figure]] = defaultdict(list)
    for row in load_models(connection, _FIGURES, {"grant": grant_id}):
        figures[row.step_id].append(row)
    given = load_models(connection, _ANSWERS, {"steps": list(figures)}) if figures else ()
    return AnswersGiven(figures, {row.step_id: row.data for row in given})


def differing_answers(say: Translator, rows: GrantRows, given: AnswersGiven) -> Iterator[Differing]:
    """Yield the answers that sources say otherwise of, in the order of the steps, whether a step is done or open."""
    rules, programme = rows.programme.rules, rows.programme.programme
    money = (rows.grant.currency, programme.small_numbers)
    for step in rows.steps:
        rule, answer = rules.get(step.template_key), given.answers.get(step.id)
        # What was gathered last from whatever source holds, as in letters and forms.
        last = {row.question: row for row in given.figures.get(step.id, ())}
        for figure in last.values() if rule is not None and answer is not None else ():
            said = {figure.question: (figure.value, figure.source)}
            for one in find_conflicts(say, rule, (said, answer), programme, money):  # type: ignore[arg-type]
                title = capitalised(step_title(say, rows, step))
                origin = word_origin(say, one.source, figure, rows.zone)
                yield Differing(title, word_conflict(say, one), origin)
