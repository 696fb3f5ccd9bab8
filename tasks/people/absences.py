"""Tell deputies of absences, and pass on the steps of people who left or whose letters bounce."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, bindparam, exists, or_, select, update
from sqlmodel import select as select_model

from models.errors import DatabaseUnready
from models.events import GrantEvent
from models.facts.notice import NewNotice
from models.rules.notices.recipients import PersonFacts, decide_reached, decide_reached_in
from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Notice
from models.tables.person import Absence, Person
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tasks.people.drafts import pass_drafts
from tasks.people.holdings import StepHeld
from tasks.people.letters import find_told
from tasks.people.notices import notice_about, queue_notices, revoke_notices
from tasks.store.database import reading, transaction
from tasks.store.journal import Event, write_journal
from tasks.store.people import load_people, load_roles
from tasks.store.queries import IS_UNSETTLED, columns_of, is_away, load_models, shape_rows

log = logging.getLogger(__name__)

_STEP = table_of(Step)
_GRANT = table_of(Grant)
_PERSON = table_of(Person)
_ABSENCE = table_of(Absence)
_NOTICE = table_of(Notice)
_ON: BindParameter[date] = bindparam("on")
_BEGUN = select_model(Absence).where(is_away(_ON), _ABSENCE.c.told_on.is_(None)).order_by(_ABSENCE.c.id)
_LEFT = (
    select(_PERSON.c.id)
    .where(
        # The first condition matches the index of people who are gone.
        or_(_PERSON.c.departed_on.is_not(None), _PERSON.c.bounced_at.is_not(None)),
        or_(_PERSON.c.departed_on <= _ON, _PERSON.c.bounced_at.is_not(None)),
        exists().where(_STEP.c.owner_id == _PERSON.c.id, IS_UNSETTLED),
    )
    .order_by(_PERSON.c.id)
)


def pass_steps_on(engine: Engine, on: date, now: datetime, *, in_round: bool) -> int:
    """Tell deputies, and give every open step a reachable owner; return for how many people that failed.

    A round sends its letters when it is finished; outside a round they leave by themselves.
    """
    with reading(engine) as connection:
        absences = load_models(connection, _BEGUN, {"on": on})
        leavers = list(connection.execute(_LEFT, {"on": on}).scalars())
    tell_deputy = partial(_tell_deputy, engine, on=on, now=now, in_round=in_round)
    pass_on = partial(_pass_on, engine, on=on, now=now, in_round=in_round)
    done = [_guarded(partial(tell_deputy, absence), absence.person_id) for absence in absences]
    done += [_guarded(partial(pass_on, person_id), person_id) for person_id in leavers]
    return done.count(False)


def _guarded(hand: Callable[[], bool], person_id: int) -> bool:
    """Hand over one person's steps; an error does not stop anybody else's."""
    try:
        return hand()
    except DatabaseUnready:
        raise
    except Exception:
        log.exception("a person's steps were not handed over", extra={"person_id": person_id})
        return False


def _open_steps(connection: Connection, owner_id: int) -> list[StepHeld]:
    query = (
        select(*columns_of(StepHeld, _STEP, _GRANT))
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.owner_id == owner_id, IS_UNSETTLED)
        .order_by(_STEP.c.id)
    )
    locked = shape_rows(StepHeld, connection.execute(query.with_for_update(of=_STEP, key_share=True)))
    return sorted(locked, key=lambda step: (step.due_on is None, step.due_on or date.max, step.id))


def _tell_deputy(engine: Engine, absence: Absence, on: date, now: datetime, *, in_round: bool) -> bool:
    """Tell the deputy what the absent person has been told; return whether someone could be reached."""
    person_id = absence.person_id
    with transaction(engine) as connection:
        pending = _already_told(connection, _open_steps(connection, person_id))
        successors = _successors(connection, person_id, pending, on)
        if len(successors) < len(pending):
            log.error("nobody stands in for an absent person", extra={"person_id": person_id})
            return False
        rung = f"stand-in-{person_id}-{absence.from_on.isoformat()}"
        instead = {"instead_of_id": person_id}
        notices = [
            notice_about(
                step, step.due_on, NoticeKind.STAND_IN, rung, successors[step.id], reason="absent", **instead
            )
            for step in pending
            if step.due_on is not None
        ]
        if find_told(connection, {notice.person_id for notice in notices}, on):
            return True  # the deputy's letter of today has left: the next round tells them
        events = queue_notices(connection, notices, letter_on=on, now=now, leave_at=now, in_round=in_round)
        connection.execute(update(_ABSENCE).where(_ABSENCE.c.id == absence.id).values(told_on=on))
        write_journal(connection, on, now, events)
        return True


def _successors(
    connection: Connection, person_id: int, steps: Sequence[StepHeld], on: date
) -> dict[int, int]:
    """Return who takes over each step, by the step's id; without those that nobody can take."""
    roles = load_roles(connection, {step.grant_id for step in steps})
    above = {person_id for held in roles.values() for person_id in held.values()}
    people = load_people(connection, {person_id, *above}, on)
    reached = ((step.id, decide_reached_in(roles[step.grant_id], person_id, people, on)) for step in steps)
    return {step_id: person.person_id for step_id, person in reached if person is not None}


def _already_told(connection: Connection, steps: Sequence[StepHeld]) -> list[StepHeld]:
    due = {step.id: step.due_on for step in steps if _is_told(step)}
    query = select(_NOTICE.c.step_id, _NOTICE.c.due_on).where(_NOTICE.c.step_id.in_(due))
    told_ids = {row.step_id for row in connection.execute(query) if row.due_on == due[row.step_id]}
    return [step for step in steps if step.id in told_ids]


def _pass_on(engine: Engine, person_id: int, on: date, now: datetime, *, in_round: bool) -> bool:
    """Give the steps of someone gone to the deputy, or the manager; return whether all were passed on."""
    with transaction(engine) as connection:
        people = load_people(connection, [person_id], on)
        if not people[person_id].is_gone(on):
            return True
        open_steps = _open_steps(connection, person_id)
        successors = _successors(connection, person_id, open_steps, on)
        steps = [step for step in open_steps if step.id in successors]
        if len(steps) < len(open_steps):
            log.error("nobody takes over a person's steps", extra={"person_id": person_id})
        notices = [*_handed_over(steps, successors, person_id, on), *_bounced(steps, people, person_id, on)]
        if find_told(connection, {notice.person_id for notice in notices}, on):
            return True  # a letter of today has left: the next round passes the steps on and tells it
        for successor in sorted(set(successors.values())):
            ids = [step.id for step in steps if successors[step.id] == successor]
            taken = {"owner_id": successor, "owner_since_on": on, "version": _STEP.c.version + 1}
            connection.execute(update(_STEP).where(_STEP.c.id.in_(ids)).values(taken))
            pass_drafts(connection, person_id, ids, successor)
        revoke_notices(connection, person_id, [step.id for step in steps], now)
        moved = [
            Event(
                GrantEvent.STEP_HANDED_OVER, step.grant_id, step.id, successors[step.id], {"from": person_id}
            )
            for step in steps
        ]
        events = queue_notices(connection, notices, letter_on=on, now=now, leave_at=now, in_round=in_round)
        write_journal(connection, on, now, [*moved, *events])
        return len(steps) == len(open_steps)


def _handed_over(
    steps: Sequence[StepHeld], successors: Mapping[int, int], from_id: int, on: date
) -> list[NewNotice]:
    rung = f"handed-over-{from_id}-{on.isoformat()}"
    gone: dict[str, Any] = {"reason": "owner_gone", "instead_of_id": from_id, "detail": {"from": from_id}}
    return [
        notice_about(step, step.due_on, NoticeKind.HANDED_OVER, rung, successors[step.id], changes=1, **gone)
        for step in steps
        if step.due_on is not None and _is_told(step)
    ]


def _is_told(step: StepHeld) -> bool:
    """Return whether a new owner needs to know of the step yet."""
    return step.due_on is not None and has_come(step.phase, step.kind, step.awarded_on)


def _bounced(
    steps: Sequence[StepHeld], people: dict[int, PersonFacts], person_id: int, on: date
) -> list[NewNotice]:
    """Return the notice that tells the manager why, once: on the person's next step."""
    facts = people[person_id]
    if not facts.bounced or facts.manager_id is None:
        return []
    manager = decide_reached(facts.manager_id, people, on)
    dated = [(step, step.due_on) for step in steps if step.due_on is not None and _is_told(step)]
    if manager is None or not dated:
        return []
    step, due_on = dated[0]
    rung = f"bounced-{person_id}-{on.isoformat()}"
    why = {"steps": len(steps)}
    about: dict[str, Any] = {"reason": "letters_come_back", "instead_of_id": person_id, "detail": why}
    return [notice_about(step, due_on, NoticeKind.BOUNCED, rung, manager.person_id, changes=1, **about)]
