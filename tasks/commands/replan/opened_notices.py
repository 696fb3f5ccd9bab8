"""Queue notices that a step has come: what it waited for was done late, or after its owner was reminded."""

from models.events import GrantEvent
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import comes_late, find_opening_position, is_announced
from models.tables.columns import id_of
from models.vocabulary import NoticeKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.people.notices import notice_about

_DONE = ("step_done", "step_approved", "step_not_needed")


def add_opened_notices(work: GrantAtWork) -> None:
    """Add a notice to the owner of each step that opened because another was done here.

    Who did the other has just seen it. What the funder does, nobody has to do. A reminder of the
    ladder stays to come where the step is not late.
    """
    done = {event.step_id: event.person_id for event in work.events if event.event in _DONE}
    opened = {event.step_id for event in work.events if event.event == GrantEvent.STEP_OPENED}
    if not done or not opened:
        return
    calendar = calendar_of(work.programme)
    for step in work.steps.values():
        if step.id not in opened or step.due_on is None or step.owner_id is None or step.with_funder:
            continue
        by = [done[need.id] for need in work.needs_of(step) if need.id in done]
        if not by or step.owner_id in by:
            continue
        told = work.record.batch.told.get((id_of(step), step.due_on), ())
        reminded = any(
            notice.position and step.owner_id in (notice.person_id, notice.instead_of_id) for notice in told
        )
        if not is_announced(step.due_on, step.next_action_on, work.today, calendar, reminded=reminded):
            continue
        is_late = comes_late(step.due_on, work.today, calendar)
        position = find_opening_position(work.programme.ladders[step.ladder], told) if is_late else 0
        rung = f"opened-{step.version}"
        kind = NoticeKind.REMINDER
        work.notices.append(notice_about(step, step.due_on, kind, rung, step.owner_id, position=position))
