"""Plan a grant's steps again, inside the caller's transaction."""

from collections.abc import Sequence
from datetime import date

from models.events import GrantEvent
from models.rules.dates.agenda import find_meeting
from models.rules.dates.committee import is_over_undecided
from models.rules.dates.plan import calendar_of, decide_step_status
from models.rules.money.shares import find_award
from models.rules.notices.ladder import next_action_on
from models.rules.steps.order import may_close, opens_later
from models.tables.columns import id_of
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, StepStatus
from tasks.commands.at_work.grant import GrantAtWork, step_has_come
from tasks.commands.replan.plan_facts import FIRST_END, GRANT_END
from tasks.commands.replan.plan_rows import follow_plan
from tasks.commands.sums.instalment_states import move_instalments
from tasks.commands.sums.instalment_sums import size_instalments
from tasks.commands.sums.repayments import size_repayments, skip_empty
from tasks.store.journal import journal_value


def replan(work: GrantAtWork) -> None:
    """Plan the grant again, and write the changes to the database."""
    plan_again(work)
    work.flush()


def plan_again(work: GrantAtWork) -> None:
    """Plan the grant again: new steps, due dates, statuses, instalments; close it when all is settled."""
    award = find_award(work.decisions)
    work.grant.awarded_on = award.decided_on if award else None
    _hold_end(work)
    ahead = {key for key, step in work.steps.items() if step.due_on is not None and step.due_on >= work.today}
    follow_plan(work)
    # A meeting that is over cannot take an item that was planned for a coming one.
    while over := [step for step in meetings_gone_by(work) if step.key in ahead]:
        for step in over:
            step.undecided_on = step.due_on
        follow_plan(work)
    if size_instalments(work):
        follow_plan(work)  # claims wait for a sum, and an added instalment has steps of its own
    _settle_statuses(work)
    size_repayments(work)
    while skip_empty(work):
        follow_plan(work)  # later steps count from the day on which these were settled
        _settle_statuses(work)
    move_instalments(work)
    _close_when_settled(work)
    work.planned_after = len(work.events)


def _hold_end(work: GrantAtWork) -> None:
    """Set the grant's end to the latest decision's day, or to its first end if no decision gives one."""
    grant = work.grant
    ends = [decision.dates[GRANT_END]["on"] for decision in work.decisions if GRANT_END in decision.dates]
    if not ends and FIRST_END not in grant.dates:
        return
    before = grant.period_end_on
    first = grant.dates.get(FIRST_END) or {"on": journal_value(grant.period_end_on)}
    grant.dates = {name: value for name, value in grant.dates.items() if name != FIRST_END}
    if ends:
        grant.dates = {**grant.dates, FIRST_END: first}
    grant.period_end_on = date.fromisoformat(ends[-1] if ends else first["on"])
    if grant.period_end_on != before:
        moved = [journal_value(before), journal_value(grant.period_end_on)]
        work.add_event(GrantEvent.GRANT_CHANGED, changes={"period_end_on": moved}, roles={})


def meetings_gone_by(work: GrantAtWork) -> list[Step]:
    """Return the approvals whose meeting is over for so long that its decision would be recorded.

    An approval whose day a person set is not among them.
    """
    calendar = calendar_of(work.programme)
    undecided = []
    for step in work.steps.values():
        is_item = work.record.body_of(step) is not None
        if not is_item or step.due_on is None or step.fixed_due_on is not None:
            continue
        if find_meeting(step) is not None and is_over_undecided(step.due_on, work.today, calendar):
            undecided.append(step)
    return undecided


def pass_over(steps: Sequence[Step], work: GrantAtWork) -> bool:
    """Note that the meetings of the approvals passed without a decision; return whether there are any."""
    for step in steps:
        step.undecided_on = step.due_on
        work.add_event(GrantEvent.MEETING_UNDECIDED, step, held_on=str(step.due_on))
    return bool(steps)


def _settle_statuses(work: GrantAtWork) -> None:
    needs = work.all_needs()
    for key, step in work.steps.items():
        status = decide_step_status(
            step.status,
            step.due_on,
            [need.status for need in needs[key]],
            has_come=step_has_come(work, step),
        )
        if status is not step.status:
            step.status = status
            if status is StepStatus.OPEN:
                step.owner_since_on = step.owner_since_on or work.today
                is_ready = opens_later(step, work.today)
                work.add_event(GrantEvent.STEP_READY if is_ready else GrantEvent.STEP_OPENED, step)
                if not is_ready and work.today > work.grant.opened_on:
                    work.record.batch.opened[id_of(step)] = work.today


def _close_when_settled(work: GrantAtWork) -> None:
    if may_close(work.grant.status, (step.status for step in work.steps.values())):
        work.grant.status = GrantStatus.CLOSED
        work.grant.closed_on = work.today
        work.add_event(GrantEvent.GRANT_CLOSED)


def plan_looks(work: GrantAtWork) -> None:
    """Set the day on which the round looks at each step again."""
    ladders = work.programme.ladders
    calendar = calendar_of(work.programme)
    for step in work.steps.values():
        if step.status not in UNSETTLED or work.grant.status is not GrantStatus.OPEN:
            look_on = None
        else:
            facts = work.record.ladder_facts(step)
            at_due = work.record.batch.told.get((id_of(step), step.due_on), []) if step.due_on else []
            look_on = next_action_on(facts, ladders[step.ladder], at_due, calendar)
        if step.next_action_on != look_on:
            step.next_action_on = look_on
