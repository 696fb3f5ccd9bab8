"""Confirm to people by letter what they recorded in a form."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select
from sqlmodel import Session, col
from sqlmodel import select as select_models

from models.events import GrantEvent
from models.rules.steps.undo import find_undo_end
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Confirmation, Letter
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import GrantStatus, LetterKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.people.link_letters import queue_asked
from tasks.store.form_keys import keep_form
from tasks.store.journal import Event

_CONFIRMATION = table_of(Confirmation)
_LETTER = table_of(Letter)
_CONFIRM = insert(_CONFIRMATION)
_CONFIRMED = (GrantEvent.STEP_DONE, GrantEvent.STEP_APPROVED)


def conclude_form(work: GrantAtWork, now: datetime) -> list[Event]:
    """Keep the form's key and queue confirmations, if the act came by a form; return the events."""
    if not keep_form(work.session.connection(), now):
        return []
    work.session.flush()
    return [_confirm(work, step, person_id, now) for step, person_id in list_to_confirm(work)]


def list_to_confirm(work: GrantAtWork) -> list[tuple[Step, int]]:
    """Return the steps that are done or approved now, and by whom: a form that did it is confirmed to them."""
    steps = {step.id: step for step in work.steps.values()}
    done = (event for event in work.events if event.event in _CONFIRMED)
    return [
        (steps[act.step_id], act.person_id)
        for act in done
        if act.step_id in steps and act.person_id is not None
    ]


def _confirm(work: GrantAtWork, step: Step, person_id: int, now: datetime) -> Event:
    connection = work.session.connection()
    queued = queue_asked(connection, LetterKind.CONFIRMATION, person_id, today=work.today, now=now)
    grant_open = work.grant.status is GrantStatus.OPEN
    row = {
        "letter_id": queued.letter_id,
        "step_id": step.id,
        "person_id": person_id,
        "step_version": step.version,
        "acted_at": now,
        "undo_until_at": find_undo_end(now, work.reversible_for, step.kind, grant_open=grant_open),
    }
    connection.execute(_CONFIRM, row)
    return Event(
        GrantEvent.CONFIRMATION_QUEUED, work.grant_id, step.id, person_id, {"letter": queued.letter_id}
    )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The subject of a confirmation letter: the act, its step and grant, and its reader."""

    act: Confirmation
    step: Step
    grant: Grant
    person: Person


def load_confirmed_acts(connection: Connection, condition: ColumnElement[bool]) -> list[Confirmed]:
    """Return the subjects of confirmation letters."""
    query = (
        select_models(Confirmation, Step, Grant, Person)
        .select_from(Confirmation)
        .join(Step, col(Step.id) == Confirmation.step_id)
        .join(Grant, col(Grant.id) == Step.grant_id)
        .join(Person, col(Person.id) == Confirmation.person_id)
        .where(condition)
    )
    with Session(connection) as session:
        return [Confirmed(*row) for row in session.exec(query)]


def find_confirmed(connection: Connection, link_key: str) -> Confirmed | None:
    """Return the subject of the letter with that link key; None if there is no such letter."""
    letter = select(_LETTER.c.id).where(_LETTER.c.link_key == link_key).scalar_subquery()
    acts = load_confirmed_acts(connection, _CONFIRMATION.c.letter_id == letter)
    return acts[0] if acts else None
