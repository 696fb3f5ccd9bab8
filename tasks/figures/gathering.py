"""Gather figures from a programme's sources for the steps that the round looks at: read first, then write."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from models.columns import table_of
from models.errors import GrantError, Unreadable
from models.grant import Grant
from models.programme import Programme
from models.question_rule import OverPeriods, Question
from models.rules.acceptance import LONGEST_TEXT, read_answer
from models.rules.joined_periods import join_periods
from models.source_rule import GatherRule
from models.step import Answer, Figure, Step
from models.vocabulary import UNSETTLED, AnswerKind, StepStatus
from models.written_numbers import bare_sum, read_number
from tasks.figures.figure_files import Gathered
from tasks.figures.gather_batches import DueToGather, find_due, is_due
from tasks.figures.outside_sources import SourceFailed
from tasks.figures.round_reader import open_reader
from tasks.figures.source_alarms import SourceName, SourcesAsked
from tasks.figures.source_reading import SourceReader, Taken
from tasks.figures.source_tables import Period
from tasks.settings import load_settings
from tasks.store.database import AnyRow, reading, tells_nobody, transaction
from tasks.store.journal_book import Happened, write_journal
from tasks.store.programme_versions import load_programmes
from tasks.wording.words import capitalised, speaker

log = logging.getLogger(__name__)

_STEP, _GRANT, _FIGURE, _ANSWER = (table_of(one) for one in (Step, Grant, Figure, Answer))
# Made once: on a quiet morning making it would take longer than asking it for every phase.
_DUE = (
    select(
        *(_STEP.c[name] for name in ("id", "grant_id", "key", "template_key")),
        *(_STEP.c[name] for name in ("period", "period_start_on", "period_end_on", "status")),
        *(_GRANT.c[name] for name in ("programme_id", "reference", "funder_reference", "currency")),
        _GRANT.c.period_start_on.label("grant_start_on"),
        _GRANT.c.period_end_on.label("grant_end_on"),
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(is_due())
    .order_by(_STEP.c.id)
)
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a step of a grant was answered with: its name in the programme, its place among the steps, its period."""

    template_key: str
    position: int
    period: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class _Work:
    """The steps to gather for, their programmes, and what was answered before in their grants."""

    steps: list[AnyRow]
    programmes: dict[int, Programme]
    answers: dict[int, list[Earlier]]


def gather_from_sources(engine: Engine, due: DueToGather, now: datetime) -> Gathered:
    """Gather for the due steps; a source that fails is noted for the round to tell of, and stops no other."""
    with reading(engine) as connection:
        work = _load(connection, due)
    if not work.steps:
        return Gathered()
    found: dict[int, dict[str, Taken]] = {}
    with open_reader(None if tells_nobody(engine) else now) as (reader, asked):
        broken, silent = _take_all(reader, work, found, asked)
    figures = 0
    steps = [step for step in work.steps if step.id in found]
    for start in range(0, len(steps), _BATCH):
        figures += _store(engine, steps[start : start + _BATCH], found, due.on, now)
    outside = frozenset(step.id for step in work.steps if _asks_outside(work, step))
    return Gathered(figures, len(broken), frozenset(silent), outside)


def _take_all(
    reader: SourceReader, work: _Work, found: dict[int, dict[str, Taken]], asked: SourcesAsked
) -> tuple[set[int], set[str]]:
    """Take every step's figures, and note why some are missing.

    Return the steps that lack one because its source failed, and the names of these sources.
    """
    broken, silent = set[int](), set[str]()
    for step in work.steps:
        programme = work.programmes[step.programme_id]
        for question in _gathering(programme, step):
            assert question.gather is not None  # noqa: S101
            named = question.gather.source or question.key
            name, label = SourceName(named, programme.programme), f"{step.reference} {step.key}"
            try:
                taken = _take(reader, programme, work, step, question)
            except Exception as error:
                if not isinstance(error, GrantError):
                    log.exception("a figure was not gathered", extra={"step_id": step.id})
                if step.status not in UNSETTLED:
                    continue  # it is answered: nobody misses the figure
                source = programme.sources.get(named)
                asked.note_failure(name, label, error, (source.contact or "") if source is not None else "")
                broken.add(step.id)
                silent.add(str(name))
            else:
                if taken is not None:
                    found.setdefault(step.id, {})[question.key] = taken
                    asked.gave.add(name)
    return broken, silent


def _load(connection: Connection, due: DueToGather) -> _Work:
    rows = find_due(connection, _DUE, due)
    programmes = load_programmes(connection, {row.programme_id for row in rows}) if rows else {}
    steps = [row for row in rows if _gathering(programmes[row.programme_id], row)]
    answering = [
        row.grant_id
        for row in steps
        if any(one.gather and one.gather.answer for one in _gathering(programmes[row.programme_id], row))
    ]
    return _Work(steps, programmes, _earlier(connection, answering))


def _earlier(connection: Connection, grants: Sequence[int]) -> dict[int, list[Earlier]]:
    """Return each grant's answers of "done", the last of each step, in the order of the steps."""
    found: dict[int, dict[int, Earlier]] = defaultdict(dict)
    for start in range(0, len(grants), _BATCH):
        query = (
            select(
                *(_STEP.c[name] for name in ("grant_id", "id", "template_key", "position", "period")),
                _ANSWER.c.data,
            )
            .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
            .where(
                _STEP.c.grant_id.in_(grants[start : start + _BATCH]),
                _STEP.c.status.not_in(UNSETTLED),
                _ANSWER.c.kind == AnswerKind.DONE,
            )
            .order_by(_ANSWER.c.id)
        )
        for row in connection.execute(query):
            found[row.grant_id][row.id] = Earlier(row.template_key, row.position, row.period or "", row.data)
    return {one: sorted(rows.values(), key=lambda row: row.position) for one, rows in found.items()}


def _gathering(programme: Programme, step: AnyRow) -> list[Question]:
    """Return the questions of the step that a source fills; none for a step that is no programme's, as a recovery."""
    rules = {rule.key: rule for rule in programme.steps}
    rule = rules.get(step.template_key)
    return [question for question in rule.questions if question.gather is not None] if rule else []


def _asks_outside(work: _Work, step: AnyRow) -> bool:
    asked = _gathering(work.programmes[step.programme_id], step)
    return any(one.gather is not None and one.gather.source is not None for one in asked)


def _take(
    reader: SourceReader, programme: Programme, work: _Work, step: AnyRow, question: Question
) -> Taken | None:
    gather = question.gather
    assert gather is not None  # noqa: S101
    if gather.value is not None:
        taken: Taken | None = Taken(gather.value, programme.programme, "")
    elif gather.answer is not None:
        asked = programme.question(gather.answer)
        # A text has no sum: several of them are refused where `rows` does not say what they come to.
        counts = asked is not None and asked.counts
        how = asked.over_periods if asked is not None and counts else "none"
        # The step that takes in the last period gives that period's numbers; its texts are about all of the time.
        last = programme.step(gather.answer.partition(".")[0]).fold_last_into if counts else None
        taken = _answered(gather, work.answers.get(step.grant_id, []), how, last)
    else:
        about = Period(
            step.reference,
            step.funder_reference or "",
            step.period or "",
            # A step that is of no period is about all of the grant's time.
            step.period_start_on or step.grant_start_on,
            step.period_end_on or step.grant_end_on,
            step.currency,
        )
        name = gather.source or ""
        taken = reader.take(name, programme.sources[name], gather, about)
    if taken is None:
        return None
    try:
        if question.kind == "money" and taken.scale > 1:
            taken = _in_full(taken, step.currency)
        return replace(taken, value=str(read_answer(question, _plain(taken.value), step.currency)))
    except Unreadable as error:
        raise SourceFailed(
            "%(name)s: %(question)s: %(why)s", name=taken.source, question=question.key, why=error
        ) from error


def _plain(value: object) -> object:
    """Return what a cell holds as a person would answer it: a day in digits, decimals that can matter."""
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value


def _in_full(taken: Taken, currency: str) -> Taken:
    """Return a sum of a column of thousands in full, with its accounts; ValueError for what is no sum."""
    bare = bare_sum(taken.value, currency) if isinstance(taken.value, str) else _plain(taken.value)
    accounts = {
        name: f"{(Decimal(amount) * taken.scale).normalize():f}" for name, amount in taken.accounts.items()
    }
    return replace(taken, value=f"{(read_number(bare, 6) * taken.scale).normalize():f}", accounts=accounts)


def _answered(
    gather: GatherRule, earlier: Sequence[Earlier], over_periods: OverPeriods, last: str | None = None
) -> Taken | None:
    """Return the earlier answers of a question as one: as `rows` says, or else as they join over periods.

    `last` is the step that answers for the last period.
    """
    template, _, key = (gather.answer or "").partition(".")
    asked = [one for one in earlier if one.template_key in (template, last)]
    given = [one for one in asked if one.data.get(key) not in (None, "")]
    values = [one.data[key] for one in given]
    if not values:
        return None
    if gather.rows == "all":
        return Taken(_in_turn(given, key), gather.answer or "", "")
    how = gather.rows or over_periods
    if how in ("sum", "highest"):
        try:
            joined = join_periods([Decimal(str(value)) for value in values], how)
        except ArithmeticError as error:
            raise SourceFailed("%(answer)s: an answer in words has no sum", answer=gather.answer) from error
        return Taken(f"{joined:f}", gather.answer or "", "")
    if len(values) > 1 and how != "last":
        raise SourceFailed(
            "%(answer)s: there are several answers: say rows: sum, or rows: last", answer=gather.answer
        )
    return Taken(values[-1], gather.answer or "", "")


def _in_turn(given: Sequence[Earlier], key: str) -> str:
    """Return the answers one after the other, each after its period; what no field holds of a long one is cut off."""
    say = speaker(load_settings().language)
    most = LONGEST_TEXT // len(given) - 100
    return "\n\n".join(
        f"{capitalised(say.period(one.period))}: {str(one.data[key])[:most]}"
        if one.period
        else str(one.data[key])[:most]
        for one in given
    )


def _is_known(row: AnyRow | None, taken: Taken, *, answered: bool) -> bool:
    """Return whether a figure is there already; of an answered step also where a newer file says what it was told."""
    if row is None or (row.value, row.accounts) != (taken.value, dict(taken.accounts)):
        return False
    return answered or bool(row.source == taken.source)


def _gathered_at(row: AnyRow | None, taken: Taken, now: datetime, *, answered: bool) -> datetime:
    """Return since when a source says this; of an answer, accounts that share the sum otherwise say nothing else."""
    return row.gathered_at if answered and row is not None and row.value == taken.value else now


def _store(
    engine: Engine, steps: Sequence[AnyRow], found: Mapping[int, Mapping[str, Taken]], on: date, now: datetime
) -> int:
    """Write the batch's figures that are new or changed, in one transaction; return how many."""
    ids = [step.id for step in steps]
    with transaction(engine) as connection:
        rows = connection.execute(
            select(_FIGURE).where(_FIGURE.c.step_id.in_(ids)).order_by(_FIGURE.c.id)
        ).all()
        known = {(row.step_id, row.question): row for row in rows}
        fresh: list[dict[str, Any]] = []
        stale: list[int] = []
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
            detail = {"questions": sorted(changed), "sources": [list(one) for one in named]}
            detail |= {"source": ", ".join(source for source, _ in named), "period": step.period or ""}
            events.append(Happened("figures_gathered", step.grant_id, step.id, None, detail))
        if fresh:
            connection.execute(delete(_FIGURE).where(_FIGURE.c.id.in_(stale)))
            connection.execute(insert(_FIGURE), fresh)
            write_journal(connection, on, now, events)
        return len(fresh)
