"""Gather figures from a programme's sources for the steps that the round looks at."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from glob import escape

from sqlalchemy import Connection, Engine, delete, insert
from sqlmodel import select

from models.errors import GrantError, Unreadable
from models.events import GrantEvent
from models.programme.language.amounts import Origin
from models.programme.language.rule import Name
from models.programme.plan import Programme
from models.programme.question import Question
from models.programme.written.source import SourceRule
from models.reading.number import bare_sum, in_full, read_number
from models.rules.answers.validation import read_answer
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Figure, Step
from models.vocabulary import UNSETTLED, StepStatus
from tasks.sources.due_steps import STEPS_TO_FILL, DueToGather, StepToFill, ask_no_more, find_due
from tasks.sources.earlier_answers import Earlier, answered_before, as_one
from tasks.sources.silent_sources import SourceName, SourcesAsked
from tasks.sources.source import SourceReader, Taken, open_reader
from tasks.sources.source_faults import Sourced, SourceFailed
from tasks.sources.tables import SourcePeriod
from tasks.store.database import reading, transaction
from tasks.store.journal import Event, write_journal
from tasks.store.programmes import load_programmes
from tasks.store.queries import load_models, shape_rows

log = logging.getLogger(__name__)

_STEP, _GRANT, _FIGURE = (table_of(model) for model in (Step, Grant, Figure))
_BATCH = 200
_OWN_FILE = "figures"  # what a grant's own file is called as a source


@dataclass(frozen=True, slots=True)
class Gathered:
    """The numbers of figures written and of steps with some missing, and the names of failed sources.

    `asked` are the ids of the steps for which outside sources were asked.
    """

    figures: int = 0
    failed: int = 0
    silent: frozenset[str] = frozenset()
    asked: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Work:
    """The steps to gather for, their programmes, and the earlier answers in their grants."""

    steps: list[StepToFill]
    programmes: dict[int, Programme]
    answers: dict[int, list[Earlier]]


def gather_from_sources(engine: Engine, due: DueToGather, now: datetime) -> Gathered:
    """Gather for the due steps; a source that fails is noted for the round to tell, and stops no other."""
    with reading(engine) as connection:
        lacking, over = find_due(connection, due)
        work = _work(connection, lacking)
    if over:
        ask_no_more(engine, over)
    if not work.steps:
        return Gathered()
    taken: dict[int, dict[str, Taken]] = {}
    with open_reader(engine) as (reader, asked):
        broken, silent = _take_all(reader, work, taken, asked)
    figures = 0
    steps = [step for step in work.steps if step.id in taken]
    for start in range(0, len(steps), _BATCH):
        figures += _store(engine, steps[start : start + _BATCH], taken, due.on, now)
    outside = frozenset(
        step.id
        for step in work.steps
        for _, gather in _gathering(work.programmes[step.programme_id], step)
        if gather.source is not None
    )
    return Gathered(figures, len(broken), frozenset(silent), outside)


def gather_answers(engine: Engine, reference: str, on: date, now: datetime) -> int:
    """Fill a grant's open steps from its earlier answers, and return how many figures that were.

    An answer can open the step that takes it over, as the last follow-up opens the final report.
    Its author may go on at once. Outside sources wait for the round, which also tells which figures
    could not be taken.
    """
    with reading(engine) as connection:
        opened = STEPS_TO_FILL.where(_GRANT.c.reference == reference, _STEP.c.status == StepStatus.OPEN)
        work = _work(connection, shape_rows(StepToFill, connection.execute(opened)))
    taken: dict[int, dict[str, Taken]] = {}
    _take_all(None, work, taken, SourcesAsked())
    steps = [step for step in work.steps if step.id in taken]
    return _store(engine, steps, taken, on, now) if steps else 0


def _take_all(
    reader: SourceReader | None, work: _Work, found: dict[int, dict[str, Taken]], asked: SourcesAsked
) -> tuple[set[int], set[str]]:
    """Take every step's figures, without a reader those of earlier answers alone; note failures.

    Return the steps with a figure missing because its source failed, and the names of these
    sources.
    """
    broken = set[int]()
    silent = set[str]()
    for step in work.steps:
        programme = work.programmes[step.programme_id]
        for question, gather in _gathering(programme, step):
            if gather.source is not None and reader is None:
                continue
            named = gather.source.text if gather.source else question.key
            whose = programme.programme if question.gather else step.reference
            name = SourceName(named, whose)
            label = f"{step.reference} {step.key}"
            try:
                taken = _take(reader, programme, work=work, step=step, question=question, gather=gather)
            except Exception as error:
                if not isinstance(error, GrantError):
                    log.exception("a figure was not gathered", extra={"step_id": step.id})
                if step.status not in UNSETTLED:
                    continue  # it is answered, so nobody misses the figure
                # The grant's own file is its step's owner's; nobody but the administrator has an earlier answer.
                contact = step.owner_email if gather.source is not None else None
                if question.gather is not None:
                    source = programme.sources.get(named)
                    contact = source.contact if source is not None else None
                asked.note_failure(name, label, error, contact or "")
                broken.add(step.id)
                silent.add(str(name))
            else:
                if taken is not None:
                    found.setdefault(step.id, {})[question.key] = taken
                    asked.gave.add(name)
    return broken, silent


def _work(connection: Connection, rows: Sequence[StepToFill]) -> _Work:
    programmes = load_programmes(connection, {row.programme_id for row in rows}) if rows else {}
    steps = [row for row in rows if _gathering(programmes[row.programme_id], row)]
    answering = [
        row.grant_id
        for row in steps
        if any(gather.answer for _, gather in _gathering(programmes[row.programme_id], row))
    ]
    return _Work(steps, programmes, answered_before(connection, answering))


def _gathering(programme: Programme, step: StepToFill) -> list[tuple[Question, Origin]]:
    """Return the step's questions that are filled, each with its origin: a rule's, or the grant's own file.

    A step that no programme gives, such as a recovery, has none.
    """
    rule = next((rule for rule in programme.steps if rule.key == step.template_key), None)
    has_file = bool(step.figures_file and step.period)
    filled_questions = []
    for question in rule.questions if rule else ():
        if question.gather is not None:
            filled_questions.append((question, question.gather))
        elif has_file and question.column is not None:
            filled_questions.append((question, _own_origin(question, question.column)))
    return filled_questions


def _own_origin(question: Question, column: str) -> Origin:
    """Return the origin in the grant's own file: what rows about parts of a period say adds up, or may not.

    Money does. One person in three months is one: persons do only where the programme says so.
    """
    adds_up = question.kind == "money" or question.adds_up
    return Origin("column", Name(_OWN_FILE), column, rows="periods" if adds_up else "one")


def _take(
    reader: SourceReader | None,
    programme: Programme,
    work: _Work,
    step: StepToFill,
    question: Question,
    gather: Origin,
) -> Taken | None:
    if gather.source is None or reader is None:
        return _of_own(programme, work, step, question, gather)
    # The grant's own file has a row a period, in CSV unless its name says XLSX.
    own = SourceRule.model_construct(file=escape(step.figures_file or ""), period_column="period")
    source = programme.sources[gather.source.text] if question.gather else own
    about = SourcePeriod(
        reference=step.reference,
        funder_reference=step.funder_reference or "",
        period=step.period or "",
        # A step without a period is about the grant's whole time.
        first=step.period_start_on or step.grant_start_on,
        last=step.period_end_on or step.grant_end_on,
        currency=step.currency,
    )
    taken = reader.take(gather.source.text, source, gather, about)
    return _as_answered(question, step, taken)


def _of_own(
    programme: Programme, work: _Work, step: StepToFill, question: Question, gather: Origin
) -> Taken | None:
    """Return one value for the grant's earlier answers."""
    if gather.answer is None:
        return None
    asked = programme.question(gather.answer.text)
    # Texts cannot be added: several of them are refused unless `rows` says how they become one.
    counts = asked is not None and asked.counts
    how = asked.over_periods if asked is not None and counts else "none"
    # The step that takes over the last period gives its numbers; its texts are about the whole time.
    last = programme.step(gather.answer.step).fold_last_into if counts else None
    taken = as_one(gather, work.answers.get(step.grant_id, []), how, last)
    return _as_answered(question, step, taken)


def _as_answered(question: Question, step: StepToFill, taken: Taken | None) -> Taken | None:
    """Return a figure as a person would have answered it; SourceFailed if it answers nothing."""
    if taken is None:
        return None
    try:
        if question.kind == "money" and taken.sha256 and isinstance(taken.value, str):
            bare = bare_sum(taken.value, step.currency)
            read_number(in_full(bare, step.currency))  # "1.234" is asked about
        if question.kind == "money" and taken.scale > 1:
            taken = _in_full(taken, step.currency)
        return replace(taken, value=str(read_answer(question, _plain(taken.value), step.currency)))
    except Unreadable as error:
        raise SourceFailed(
            Sourced.QUESTION(name=taken.source, question=taken.place or question.key, why=error)
        ) from error


def _plain(value: object) -> object:
    """Return a cell's value as a person would answer it: a day in digits, six decimals at most."""
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value


def _in_full(taken: Taken, currency: str) -> Taken:
    """Return a sum of a column of thousands in full, with its accounts; ValueError if it is no sum."""
    bare = bare_sum(taken.value, currency) if isinstance(taken.value, str) else _plain(taken.value)
    accounts = {
        name: f"{(Decimal(amount) * taken.scale).normalize():f}" for name, amount in taken.accounts.items()
    }
    return replace(taken, value=f"{(read_number(bare, 6) * taken.scale).normalize():f}", accounts=accounts)


def _is_known(row: Figure | None, taken: Taken, *, answered: bool) -> bool:
    """Return whether a figure is there already; for an answered step also if a newer file repeats it."""
    if row is None or (row.value, row.accounts) != (taken.value, dict(taken.accounts)):
        return False
    return answered or bool(row.source == taken.source)


def _gathered_at(row: Figure | None, taken: Taken, now: datetime, *, answered: bool) -> datetime:
    """Return since when a source says this; new accounts do not change the day of an answered figure."""
    return row.gathered_at if answered and row is not None and row.value == taken.value else now


def _store(
    engine: Engine,
    steps: Sequence[StepToFill],
    found: Mapping[int, Mapping[str, Taken]],
    on: date,
    now: datetime,
) -> int:
    """Write the batch's figures that are new or changed, in one transaction; return how many."""
    ids = [step.id for step in steps]
    with transaction(engine) as connection:
        of_these = select(Figure).where(_FIGURE.c.step_id.in_(ids)).order_by(_FIGURE.c.id)
        rows = load_models(connection, of_these)
        known = {(row.step_id, row.question): row for row in rows}
        fresh: list[dict[str, object]] = []
        stale: list[int | None] = []
        events = []
        for step in steps:
            answered = step.status == StepStatus.DONE
            changed = {
                key: taken
                for key, taken in found[step.id].items()
                if not _is_known(known.get((step.id, key)), taken, answered=answered)
            }
            if not changed:
                continue
            stale += [row.id for row in rows if row.step_id == step.id and row.question in changed]
            fresh += [
                {
                    "step_id": step.id,
                    "question": key,
                    "value": taken.value,
                    "source": taken.source,
                    "sha256": taken.sha256 or None,
                    "period": step.period or "",
                    "accounts": dict(taken.accounts),
                    "gathered_at": _gathered_at(known.get((step.id, key)), taken, now, answered=answered),
                }
                for key, taken in changed.items()
            ]
            named = sorted({(taken.source, taken.sha256) for taken in changed.values()})
            detail = {"questions": sorted(changed), "sources": [list(pair) for pair in named]}
            detail |= {"source": ", ".join(source for source, _ in named), "period": step.period or ""}
            events.append(Event(GrantEvent.FIGURES_GATHERED, step.grant_id, step.id, None, detail))
        if fresh:
            connection.execute(delete(_FIGURE).where(_FIGURE.c.id.in_(stale)))
            connection.execute(insert(_FIGURE), fresh)
            write_journal(connection, on, now, events)
        return len(fresh)
