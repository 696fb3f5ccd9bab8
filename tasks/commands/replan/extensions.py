"""Tell people that a due date of theirs moves, or that a step is new."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import next_action_on
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, NoticeKind, Role, StepStatus
from tasks.commands.at_work.grant import GrantAtWork, add_notice, ladder_facts, step_has_come


def due_days(work: GrantAtWork) -> dict[str, date | None]:
    """Return the due date of each step, None for one that has none or is cancelled."""
    return {
        key: None if step.status is StepStatus.CANCELLED else step.due_on for key, step in work.steps.items()
    }


def tell_what_moved(
    work: GrantAtWork, before: Mapping[str, date | None], by_id: int | None, reason: str
) -> None:
    """Add a notice to the owner of each step whose due date is another than before.

    Of a date that is gone only those hear who were told of it; what ends the grant its coordinator hears anyway.
    Of a step whose time has not come nobody hears where it is moved to.
    """
    for key, to_on in due_days(work).items():
        from_on, step = before.get(key), work.steps[key]
        if from_on in (None, to_on) or step.owner_id is None:
            continue
        detail: dict[str, object] = {"by": by_id, "note": reason, "from": from_on.isoformat()}
        if to_on is not None:
            if not step_has_come(work, step):
                continue
            detail["to"] = to_on.isoformat()
        elif _hears_of_end(work, step, from_on):
            detail["gone"] = True
        else:
            continue
        add_notice(work, step, NoticeKind.MOVED, f"moved-{step.version}", step.owner_id, **detail)


def tell_what_is_new(work: GrantAtWork, known: Collection[str], reason: str) -> None:
    """Add a notice to the owner of each step that has a date and is none of those known by their keys.

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
            add_notice(work, step, NoticeKind.MOVED, f"new-{step.version}", step.owner_id, **detail)


def _hears_of_end(work: GrantAtWork, step: Step, due_on: date) -> bool:
    ended = work.grant.status is not GrantStatus.OPEN
    if ended and step.owner_id == work.roles.get(Role.COORDINATOR):
        return False
    return bool(work.shared.told.get((step.id or 0, due_on)))
