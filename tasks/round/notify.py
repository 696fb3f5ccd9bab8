"""Notify and escalate: decide on the steps that are due, and write notices, letters and journal."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Engine, bindparam, update

from models.errors import DatabaseUnready
from models.facts.notice import NewNotice
from models.programme.plan import RungRule
from models.rules.dates.agenda import find_agenda_day
from models.rules.notices.ladder import (
    LadderStep,
    Reason,
    StepPeople,
    Telling,
    decide_telling,
    wait_for_next_letter,
)
from models.rules.notices.quiet_days import Start
from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tasks.people.letters import find_told
from tasks.people.notices import queue_notices
from tasks.round.days import Counts
from tasks.round.due_steps import DueStep, DueSteps, Surroundings, due_chunks, load_steps, load_surroundings
from tasks.store.database import transaction
from tasks.store.journal import write_journal
from tasks.store.round_counts import count

log = logging.getLogger(__name__)

_STEP = table_of(Step)
_LOOK = update(_STEP).where(_STEP.c.id == bindparam("step_id")).values(next_action_on=bindparam("look_on"))


@dataclass(slots=True)
class _Outcome:
    """The result of a chunk: notices to queue, and the day of each step's next look, None for never."""

    notices: list[NewNotice] = field(default_factory=list)
    looks: dict[int, date | None] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)


def tell_due_steps(engine: Engine, due: DueSteps, now: datetime) -> Counts:
    """Tell every step whose `next_action_on` has come; return the counts.

    A chunk that cannot be written is tried again step by step, so that a bad step stops no other.
    The bad step is counted as failed, logged, and looked at again in the next round.
    """
    return sum((_tell(engine, ids, due.on, now) for ids in due_chunks(engine, due)), Counts())


def _tell(engine: Engine, ids: Sequence[int], on: date, now: datetime) -> Counts:
    try:
        return _tell_chunk(engine, ids, on, now)
    except DatabaseUnready:
        raise
    except Exception:
        log.exception("steps were not told; several are tried one by one", extra={"steps": list(ids)})
        if len(ids) == 1:
            with transaction(engine) as connection:
                count(connection, due=1)
            return Counts(due=1, failed=1)
        return sum((_tell(engine, [step_id], on, now) for step_id in ids), Counts())


def _tell_chunk(engine: Engine, ids: Sequence[int], on: date, now: datetime) -> Counts:
    with transaction(engine) as connection:
        steps = load_steps(connection, ids, on)
        around = load_surroundings(connection, steps, on)
        outcome = _Outcome()
        for step in steps:
            _decide(step, around, on, outcome)
        _hold_back(connection, outcome, around, steps, on)
        events = queue_notices(
            connection, outcome.notices, letter_on=on, now=now, leave_at=now, in_round=True
        )
        if outcome.looks:
            looks = [{"step_id": step_id, "look_on": day} for step_id, day in outcome.looks.items()]
            connection.execute(_LOOK, looks)
        write_journal(connection, on, now, events)
        count(connection, due=outcome.counts.due)
        return outcome.counts


def _decide(step: DueStep, around: Surroundings, on: date, outcome: _Outcome) -> None:
    outcome.counts += Counts(due=1)
    facts = LadderStep(
        step.due_on,
        step.opens_on,
        Start(step.quiet, step.late_confirmed_on),
        has_come(step.phase, step.kind, step.awarded_on),
        step.promised_on,
        around.opened.get(step.id),
        find_agenda_day(step),
    )
    line = None
    if step.owner_id is not None:
        line = StepPeople(step.owner_id, around.roles.get(step.grant_id, {}), around.people)
    ladder = around.ladders[step.programme_id][step.ladder]
    told = around.told.get((step.id, step.due_on), [])
    telling = decide_telling(
        facts, ladder, told=told, line=line, today=on, calendar=around.calendars[step.programme_id]
    )
    outcome.looks[step.id] = telling.next_action_on
    if telling.reason is Reason.NOBODY_REACHABLE:
        log.error("nobody can be reached for a step", extra={"step_id": step.id})
        outcome.counts += Counts(failed=1)
    elif telling.rung is not None:
        outcome.notices += _new_notices(step, telling.rung, telling)
        escalates = telling.rung.escalates
        outcome.counts += Counts(reminded=int(not escalates), escalated=int(escalates))


def _new_notices(step: DueStep, rung: RungRule, telling: Telling) -> Iterator[NewNotice]:
    for person in telling.reached:
        yield NewNotice(
            step_id=step.id,
            grant_id=step.grant_id,
            step_version=step.version,
            due_on=step.due_on,
            rung=rung.key,
            kind=NoticeKind.ESCALATION if rung.escalates else NoticeKind.REMINDER,
            person_id=person.person_id,
            reason=telling.reason,
            position=rung.position,
            instead_of_id=person.instead_of_id,
        )


def _hold_back(
    connection: Connection, outcome: _Outcome, around: Surroundings, steps: Sequence[DueStep], on: date
) -> None:
    """Put off to the next working day the steps of people whose letter of today has left."""
    have_letter = find_told(connection, {notice.person_id for notice in outcome.notices}, on)
    held_back = {notice.step_id for notice in outcome.notices if notice.person_id in have_letter}
    if not held_back:
        return
    calendars = {step.id: around.calendars[step.programme_id] for step in steps}
    kept = [notice for notice in outcome.notices if notice.step_id not in held_back]
    dropped = {notice.step_id: notice.kind for notice in outcome.notices if notice.step_id in held_back}
    outcome.notices[:] = kept
    outcome.looks |= {
        step_id: wait_for_next_letter(on, calendars[step_id]).next_action_on for step_id in held_back
    }
    escalated = sum(kind is NoticeKind.ESCALATION for kind in dropped.values())
    outcome.counts += Counts(reminded=escalated - len(dropped), escalated=-escalated)
    log.info(
        "steps wait for the next letter", extra={"steps": len(held_back), "reason": str(Reason.LETTER_GONE)}
    )
