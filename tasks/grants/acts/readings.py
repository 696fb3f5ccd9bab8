"""Confirm which reading of a rule holds, where a due date can be read in more than one way."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Engine

from models.errors import BadInput, NotAllowed, Refused
from models.facts.term import happened
from models.reading.personal_number import refuse_personal_numbers
from models.vocabulary import SETTLED
from tasks.commands.at_work.grant import GrantAtWork, find_person, find_step
from tasks.commands.at_work.people import allowed_people
from tasks.commands.replan.extensions import due_days, tell_what_moved
from tasks.commands.replan.steps import replan
from tasks.commands.replan.what_if import Consequences, what_if


def confirm_reading(
    engine: Engine,
    reference: str,
    step_key: str,
    *,
    due_on: date,
    note: str,
    by_email: str,
    today: date,
    now: datetime,
    apply: bool = True,
) -> Consequences:
    """Let the reading with that day hold for the step; return what moves by it. Nothing is kept unless `apply`.

    Until then the earliest reading holds. What the step's rule gives may change later: a day that is none of the
    new readings confirms nothing, and the question is open again. Raises Refused for a step that is settled or can be
    read in one way only, BadInput for a day that is no reading, NotAllowed.
    """

    def confirm(work: GrantAtWork) -> str:
        person, step = find_person(work.session, by_email), find_step(work, step_key)
        if person.id not in allowed_people(work, step, person):
            raise NotAllowed(f"{person.email} has no part in {work.grant.reference}")
        if step.status in SETTLED:
            raise Refused(f"{step.key} is {step.status}; there is nothing to confirm")
        readings = step.receipt.get("readings") or []
        if not readings:
            raise Refused(f"the date of {step.key} can be read in one way only; 'grants extend' moves it")
        if due_on.isoformat() not in readings:
            raise BadInput(f"{step.key} is due on one of {', '.join(readings)}, not on {due_on}")
        refuse_personal_numbers(note=note)
        before = due_days(work)
        step.confirmed_due_on = due_on
        step.confirmed_due_source = note.strip() or happened("confirmed", today)
        work.happened(
            "reading_confirmed", step, person.id, to=due_on.isoformat(), reason=note, among=readings
        )
        replan(work)
        tell_what_moved(work, before, person.id, note.strip())
        return note.strip()

    return what_if(engine, reference, today, now, confirm, apply=apply)
