"""Open a grant for a change, and finish the change: replan, queue notices, write the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from models.errors import UnknownReference
from models.rules.planner import calendar_of
from models.rules.reach import Reached, decide_reached
from tasks.confirming import conclude_form
from tasks.database import unit_of_work
from tasks.grant_at_work import GrantAtWork, load_grant, lock_grant
from tasks.journal_book import write_journal
from tasks.meeting_notices import draft_no_meeting
from tasks.notices import Draft, LetterLeft, gone_letters, queue_drafts
from tasks.people_lookup import load_people
from tasks.replanning import replan


@contextmanager
def grant_at_work(engine: Engine, reference: str, today: date, now: datetime) -> Iterator[GrantAtWork]:
    """Load a grant for a change; at the end of the block replan it and write notices, letters and journal."""
    with unit_of_work(engine) as session:
        grant = lock_grant(session, reference)
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, today)
        yield work
        finish(work, now)


def finish(work: GrantAtWork, now: datetime) -> None:
    """Replan, queue the drafted notices and a form's confirmation, and write the journal, inside the transaction."""
    replan(work)
    draft_no_meeting(work)
    connection = work.session.connection()
    calendar = calendar_of(work.programme)
    events = [*work.events, *conclude_form(work, now)]
    waiting = _reaching(work)
    letter_on = calendar.on_or_after(work.today)
    while waiting:
        # Letters of a day that have left take nothing more: the notice goes with the next working day's.
        gone = gone_letters(connection, {draft.letter_key(letter_on) for draft in waiting})
        ready: list[Draft] = [draft for draft in waiting if draft.letter_key(letter_on) not in gone]
        leave_at = now + timedelta(days=(letter_on - work.today).days)
        try:
            events += queue_drafts(connection, ready, letter_on=letter_on, now=now, leave_at=leave_at)
        except LetterLeft:
            continue  # look again: it is among the gone now
        waiting = [draft for draft in waiting if draft.letter_key(letter_on) in gone]
        letter_on = calendar.add(letter_on, 1)
    write_journal(connection, work.today, now, events)
    work.drafts.clear()
    work.events.clear()


def _reaching(work: GrantAtWork) -> list[Draft]:
    """Return the drafts, those to people who are away or gone readdressed to who stands in for them."""
    if not work.drafts:
        return []
    people = load_people(work.session.connection(), {draft.person_id for draft in work.drafts}, work.today)
    found = []
    for draft in work.drafts:
        reached = decide_reached(draft.person_id, people, work.today) or Reached(draft.person_id)
        stands_in = reached.instead_of_id or draft.instead_of_id
        found.append(replace(draft, person_id=reached.person_id, instead_of_id=stands_in))
    return found
