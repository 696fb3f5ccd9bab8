"""Move a due date, and show first what moves with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from models.errors import BadInput, NotAllowed, Refused
from models.reading.personal_number import refuse_personal_numbers
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import next_action_on
from models.tables.step import Step
from models.vocabulary import SETTLED, UNSETTLED, GrantStatus, NoticeKind, Role, StepStatus
from tasks.commands.at_work.grant import (
    GrantAtWork,
    add_draft,
    find_person,
    find_step,
    ladder_facts,
    step_has_come,
)
from tasks.commands.at_work.people import allowed_people
from tasks.commands.replan.changes import grant_at_work
from tasks.commands.replan.steps import replan
from tasks.store.database import dry_run


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
    """Move a step's due date, as `extend_at_work`; return every date that moves. Nothing is kept unless `apply`."""
    with grant_at_work(engine if apply else dry_run(engine), reference, today, now) as work:
        return extend_at_work(work, step_key, to_on, reason, by_email)


def extend_at_work(work: GrantAtWork, step_key: str, to_on: date, reason: str, by_email: str) -> list[Moved]:
    """Move a step's due date in a change to the grant, and draft what is told of it; return every date that moves.

    Raises Refused for a step that is settled or has that date already, NotAllowed, and BadInput for a day that has
    passed or a change without a reason.
    """
    person = find_person(work.session, by_email)
    step = find_step(work, step_key)
    if step.status in SETTLED:
        raise Refused(f"{step.key} is {step.status}; there is nothing to extend")
    if person.id not in allowed_people(work, step, person):
        raise NotAllowed(f"{person.email} has no part in {work.grant.reference}")
    if to_on < work.today:
        raise BadInput(f"the new date, {to_on}, has passed")
    if not reason.strip():
        raise BadInput("say why the date moves (--reason)")
    refuse_personal_numbers(reason=reason)
    if (step.fixed_due_on, step.fixed_due_source) == (to_on, reason):
        raise Refused(f"{step.key} is extended to {to_on} already, for this reason")
    before = due_days(work)
    step.fixed_due_on, step.fixed_due_source = to_on, reason
    work.happened("step_extended", step, person.id, to=to_on.isoformat(), reason=reason)
    replan(work)
    return tell_what_moved(work, before, person.id, reason)


def due_days(work: GrantAtWork) -> dict[str, date | None]:
    """Return the due date of each step, None for one that has none or is cancelled."""
    return {
        key: None if step.status is StepStatus.CANCELLED else step.due_on for key, step in work.steps.items()
    }


def tell_what_moved(
    work: GrantAtWork, before: Mapping[str, date | None], by_id: int | None, reason: str
) -> list[Moved]:
    """Draft a notice to the owner of each step whose due date is another than before; return them.

    Of a date that is gone only those hear who were told of it; what ends the grant its coordinator hears anyway.
    Of a step whose time has not come nobody hears where it is moved to.
    """
    now = due_days(work)
    moved = [Moved(key, before[key], day) for key, day in now.items() if key in before and day != before[key]]
    for one in moved:
        step = work.steps[one.key]
        if step.owner_id is None or one.from_on is None:
            continue
        detail: dict[str, object] = {"by": by_id, "note": reason, "from": one.from_on.isoformat()}
        if one.to_on is not None:
            if not step_has_come(work, step):
                continue
            detail["to"] = one.to_on.isoformat()
        elif _hears_of_end(work, step, one.from_on):
            detail["gone"] = True
        else:
            continue
        add_draft(work, step, NoticeKind.MOVED, f"moved-{step.version}", step.owner_id, **detail)
    return moved


def tell_what_is_new(work: GrantAtWork, known: Collection[str], reason: str) -> None:
    """Draft a notice to the owner of each step that has a date and is none of those known by their keys.

    Where its first reminder comes by the next working day, that tells it; what the funder does, nobody has to do.
    """
    calendar, ladders = calendar_of(work.programme), work.shared.ladders(work.grant.programme_id)
    tomorrow = calendar.add(work.today, 1)
    for key, step in work.steps.items():
        if key in known or step.due_on is None or step.owner_id is None or step.with_funder:
            continue
        first = next_action_on(ladder_facts(work, step), ladders[step.ladder], (), calendar)
        if step.status in UNSETTLED and first is not None and first > tomorrow:
            detail = {"new": True, "note": reason}
            add_draft(work, step, NoticeKind.MOVED, f"new-{step.version}", step.owner_id, **detail)


def _hears_of_end(work: GrantAtWork, step: Step, due_on: date) -> bool:
    ended = work.grant.status is not GrantStatus.OPEN
    if ended and step.owner_id == work.roles.get(Role.COORDINATOR):
        return False
    return bool(work.shared.told.get((step.id or 0, due_on)))
