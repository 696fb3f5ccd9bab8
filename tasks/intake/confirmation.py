"""Confirm what was late when grants were imported: from that day on people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine, select

from models.errors import Refused
from models.rules.notices.quiet import LateStep, find_late
from models.sentence import Sentence
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork, find_person
from tasks.commands.replan.changes import grant_at_work
from tasks.commands.sums.moves import ask_for_release

_GRANT, _STEP = table_of(Grant), table_of(Step)


def late_steps(work: GrantAtWork) -> tuple[LateStep, ...]:
    """Return the grant's steps that are late today, the oldest first; none of one that is over."""
    if work.grant.status is not GrantStatus.OPEN:
        return ()
    unsettled = (step for step in work.steps.values() if step.status in UNSETTLED)
    return find_late(((step.key, step.due_on) for step in unsettled), work.today)


def list_quiet(connection: Connection, today: date) -> Mapping[str, tuple[LateStep, ...]]:
    """Return the quiet grants by reference, each with its steps that are late today."""
    query = (
        select(_GRANT.c.reference, _STEP.c.key, _STEP.c.due_on)
        .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
        .where(_GRANT.c.quiet, _STEP.c.status.in_(UNSETTLED))
        .order_by(_GRANT.c.reference)
    )
    found: dict[str, list[tuple[str, date | None]]] = {}
    for reference, key, due_on in connection.execute(query):
        found.setdefault(reference, []).append((key, due_on))
    return {reference: find_late(steps, today) for reference, steps in found.items()}


def confirm_late(
    engine: Engine,
    references: Sequence[str],
    *,
    by_email: str,
    today: date,
    now: datetime,
    from_on: date | None = None,
) -> None:
    """Let the quiet grants tell from now on; their ladders count what is late from `from_on`, or today.

    Each grant is a transaction of its own. Raises Refused for one that is not quiet, UnknownReference and
    UnknownPerson.
    """
    for reference in references:
        with grant_at_work(engine, reference, today, now) as work:
            if not work.grant.quiet:
                raise Refused(
                    Sentence(
                        "grant %(reference)s is not quiet: nothing of it waits to be confirmed",
                        reference=reference,
                    )
                )
            person = find_person(work.session, by_email)
            late = {one.key: one.due_on.isoformat() for one in late_steps(work)}
            work.grant.quiet, work.grant.late_confirmed_on = False, from_on or today
            work.happened("import_confirmed", person_id=person.id, late=late)
            for row in work.instalments:
                if row.status is InstalmentStatus.RELEASABLE:
                    ask_for_release(work, row)
