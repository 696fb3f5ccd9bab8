"""Move a due date, and show first what moves with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from models.errors import BadInput, NotAllowed, Refused
from models.vocabulary import SETTLED, NoticeKind
from tasks.changes import grant_at_work
from tasks.database import dry_run
from tasks.grant_at_work import GrantAtWork, add_draft, allowed_people, find_person, find_step
from tasks.replanning import replan


@dataclass(frozen=True, slots=True)
class Moved:
    """A due date that an extension moves."""

    key: str
    from_on: date | None
    to_on: date | None


def extend_step(
    engine: Engine,
    reference: str,
    step_key: str,
    *,
    to_on: date,
    reason: str,
    by_email: str,
    today: date,
    now: datetime,
    apply: bool,
) -> list[Moved]:
    """Move a step's due date; return every date that moves. Nothing is kept unless `apply` is true."""
    with grant_at_work(engine if apply else dry_run(engine), reference, today, now) as work:
        return extend_at_work(work, step_key, to_on, reason, by_email)


def extend_at_work(work: GrantAtWork, step_key: str, to_on: date, reason: str, by_email: str) -> list[Moved]:
    """Move a step's due date in a change to the grant, and draft what is told of it; return every date that moves."""
    person = find_person(work.session, by_email)
    step = find_step(work, step_key)
    if step.status in SETTLED:
        raise Refused(f"{step.key} is {step.status}; there is nothing to extend")
    if person.id not in allowed_people(work, step):
        raise NotAllowed(f"{person.email} has no part in {work.grant.reference}")
    if to_on < work.today:
        raise BadInput(f"the new date, {to_on}, has passed")
    if not reason.strip():
        raise BadInput("say why the date moves (--reason)")
    before = {key: other.due_on for key, other in work.steps.items()}
    step.fixed_due_on, step.fixed_due_source = to_on, reason
    work.happened("step_extended", step, person.id, to=to_on.isoformat(), reason=reason)
    replan(work)
    return tell_what_moved(work, before, person.id, reason)


def tell_what_moved(
    work: GrantAtWork, before: Mapping[str, date | None], by_id: int | None, reason: str
) -> list[Moved]:
    """Draft a notice to the owner of each step whose due date is another than before; return them."""
    moved = [
        Moved(key, before[key], other.due_on)
        for key, other in work.steps.items()
        if key in before and other.due_on != before[key]
    ]
    for one in moved:
        other = work.steps[one.key]
        if (owner_id := other.owner_id) is not None and one.from_on and one.to_on:
            dates = {"from": one.from_on.isoformat(), "to": one.to_on.isoformat()}
            rung = f"moved-{other.version}"
            add_draft(work, other, NoticeKind.MOVED, rung, owner_id, by=by_id, note=reason, **dates)
    return moved
