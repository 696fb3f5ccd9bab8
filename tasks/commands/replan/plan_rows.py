"""Write a new plan into a grant's rows: add, restore and cancel steps, and move due dates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from models.events import GrantEvent
from models.facts.receipt import Receipt, Term, event_source, read_receipt, term
from models.programme.step import StepRule
from models.rules.dates.committee import Fit
from models.rules.dates.due import Due, find_preliminary_day, plan_fixed
from models.rules.dates.plan import calendar_of, plan_steps
from models.rules.dates.planned_meeting import PlannedMeeting, read_planned_meeting
from models.rules.dates.selection import PlannedStep
from models.rules.money.shares import find_award
from models.rules.steps.plan_change import comes_back, keeps_day, outlives_plan
from models.tables.columns import id_of
from models.tables.step import Step
from models.vocabulary import DROPPED, UNSETTLED, GrantStatus, Role, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork, MadePlan
from tasks.commands.at_work.step_state import cancel, reopen
from tasks.commands.replan.plan_facts import plan_facts, taken_meetings
from tasks.commands.sums.instalment_sums import awaited_sum
from tasks.commands.sums.repayments import is_repaid_after_all, sum_left
from tasks.store.queries import decided_before


def follow_plan(work: GrantAtWork) -> None:
    """Give the grant the steps and days of its present plan; `replan` does what follows from them."""
    plan = _made_plan(work)
    there = [key for key in plan.steps if key in work.steps]
    back = [key for key in there if _bring_back(work, work.steps[key])]
    if back:
        plan = _made_plan(work)  # nothing counts any more from the days on which they were settled
    for key in there:
        _update_step(work, plan.steps[key])
    _add_steps(work, [step for step in plan.steps.values() if step.key not in work.steps])
    gone = [step for key, step in work.steps.items() if key not in plan.steps]
    kept = _taken_back(work, gone)
    for step in gone:
        if step.id in kept:
            _keep_taken_back(work, step)
        elif step.status in UNSETTLED:
            _update_unplanned(work, step)
    # With the meetings that it chose itself as facts, the plan comes out the same.
    work.plan = replace(plan, facts=replace(plan.facts, taken=taken_meetings(work)))


def _made_plan(work: GrantAtWork) -> MadePlan:
    """Return the plan from the present facts: the last one, if it was made from the same facts."""
    facts = plan_facts(work)
    if work.plan is None or work.plan.programme is not work.programme or work.plan.facts != facts:
        steps = {step.key: step for step in plan_steps(work.programme, facts)}
        work.plan = MadePlan(work.programme, facts, steps)
    return work.plan


def _bring_back(work: GrantAtWork, step: Step) -> bool:
    """Let a cancelled or skipped step wait again if it is needed; return whether it is."""
    if step.status not in DROPPED:
        return False
    is_needed = comes_back(
        step,
        work.report_of(step),
        runs=work.grant.status is GrantStatus.OPEN,
        has_sum=bool(sum_left(work, step)),
        is_repaid=is_repaid_after_all(work, step),
    )
    if not is_needed:
        return False
    reopen(step)
    work.add_event(GrantEvent.STEP_PLANNED, step)
    return True


def _update_unplanned(work: GrantAtWork, step: Step) -> None:
    """Move a step that no programme gives, or cancel one that is not needed, as of a removed period."""
    part = next((part for part in work.instalments if part.number == step.instalment), None)
    if not outlives_plan(step, part, is_brought_in=work.opening is not None):
        cancel(work, step)
    elif step.due_on is not None and step.fixed_due_on not in (None, step.due_on):
        was = read_receipt(step.receipt)
        before = was.before or {"on": step.due_on.isoformat(), "source": was.source}
        formula = Due(date.fromisoformat(before["on"]), replace(was, form="fixed", source=before["source"]))
        due = plan_fixed(step.fixed_due_on, step.fixed_due_source or "", formula, calendar_of(work.programme))
        _set_due(work, step, due.on, replace(due.receipt, before=before).as_json())


def _taken_back(work: GrantAtWork, steps: Sequence[Step]) -> set[int]:
    """Return the ids of the approvals that were given or returned once, and are not given now."""
    open_again = (*UNSETTLED, StepStatus.CANCELLED)
    given = [step for step in steps if step.kind is StepKind.APPROVAL and step.status in open_again]
    if not given:
        return set()
    # An approval that was imported as given has no answer of its own.
    fell = {id_of(step) for step in given if step.fell_on is not None}
    return fell | decided_before(work.session.connection(), [step.id for step in given])


def _keep_taken_back(work: GrantAtWork, step: Step) -> None:
    """Let a returned or withdrawn approval be decided again though the grant no longer has its period.

    A shorter grant must not free the money that waits for it. Nothing is reported any more, so its
    day, if it has none, is the day on which the grant was cut short.
    """
    _bring_back(work, step)
    if step.status in UNSETTLED and step.due_on is None:
        source = event_source("shortening", work.today)
        step.fixed_due_on = work.today
        step.fixed_due_source = source
        formula = Due(None, read_receipt(step.receipt))
        due = plan_fixed(work.today, source, formula, calendar_of(work.programme))
        _set_due(work, step, due.on, due.receipt.as_json())


def _update_step(work: GrantAtWork, planned: PlannedStep) -> None:
    step = work.steps[planned.key]
    if step.position != planned.position:
        step.position = planned.position
    if keeps_day(step):
        return
    due_on, receipt = _due(work, planned)
    for name, value in _times(planned).items():
        if getattr(step, name) != value:
            setattr(step, name, value)
    _set_due(work, step, due_on, receipt)


def _add_steps(work: GrantAtWork, planned: Sequence[PlannedStep]) -> None:
    """Add the steps that the grant does not have yet, all together."""
    if not planned:
        return
    for step in work.add(Step, [_new_step(work, planned_step) for planned_step in planned]):
        work.steps[step.key] = step
        work.add_event(GrantEvent.STEP_PLANNED, step, due_on=step.due_on.isoformat() if step.due_on else None)
        if step.status is StepStatus.DONE:
            work.add_event(GrantEvent.STEP_SETTLED_BY_DECISION, step, step.done_by_id)
        _note_meeting(work, step, before=None)


def _new_step(work: GrantAtWork, planned: PlannedStep) -> dict[str, object]:
    due_on, receipt = _due(work, planned)
    owner_id = work.roles.get(planned.rule.owner) or work.roles.get(Role.COORDINATOR)
    rule = planned.rule
    # An added instalment's step comes from the programme's, too.
    added = rule.key not in work.record.rules
    template = rule.key.removesuffix(f"-{rule.instalment}") if added else rule.key
    award = find_award(work.decisions) if planned.rule.settled_by_decision else None
    return {
        "grant_id": work.grant_id,
        "key": planned.key,
        "phase": planned.rule.phase,
        "kind": planned.rule.kind,
        "with_funder": planned.rule.with_funder,
        "position": planned.position,
        "template_key": template,
        # The other steps get theirs when the instalments are there.
        "instalment": planned.rule.instalment if template != planned.rule.key else None,
        **_times(planned),
        "due_on": due_on,
        "ladder": planned.rule.ladder,
        "owner_role": planned.rule.owner,
        "owner_id": owner_id,
        "owner_since_on": work.today,
        "status": StepStatus.WAITING if award is None else StepStatus.DONE,
        "done_on": work.known_done.get(planned.key, award.decided_on) if award else None,
        "done_by_id": award.recorded_by_id if award else None,
        "receipt": receipt,
    }


def _times(planned: PlannedStep) -> dict[str, object]:
    period = planned.period
    readings = planned.receipt.readings
    return {
        "opens_on": planned.opens_on,
        "preliminary_on": find_preliminary_day(planned.receipt),
        "two_readings_on": date.fromisoformat(readings[0]) if readings else None,
        "period": period.label if period else None,
        "period_start_on": period.start_on if period else None,
        "period_end_on": period.end_on if period else None,
    }


def _due(work: GrantAtWork, planned: PlannedStep) -> tuple[date | None, dict[str, object]]:
    """Return the planned due date and its receipt; a claim has none before its sum is known."""
    is_dated_claim = planned.rule.kind is StepKind.CLAIM and planned.due_on is not None
    if is_dated_claim and (waits := _sum_awaited(work, planned.rule)):
        made = planned.receipt.made
        last = planned.receipt.last
        return None, Receipt("waits", "award", counted=(waits,), made=made, last=last).as_json()
    return planned.due_on, planned.receipt.as_json()


def _sum_awaited(work: GrantAtWork, claim: StepRule) -> Term | None:
    """Return what a claim waits for before anybody is asked for it; None once its sum can be known."""
    if work.grant.award_minor is None:
        return term("waits_for_award")
    unstated = awaited_sum(work, claim)
    if unstated is None:
        return None
    number, most = unstated
    return term("waits_for_sum", number=number, most=most)


def _set_due(work: GrantAtWork, step: Step, due_on: date | None, receipt: dict[str, object]) -> None:
    if step.receipt != receipt:
        before = read_planned_meeting(step.receipt)
        step.receipt = receipt
        _note_meeting(work, step, before)
    if step.due_on != due_on:
        was_on = step.due_on
        step.due_on = due_on
        step.promised_on = None  # it was about the old date
        step.version += 1
        event = GrantEvent.DUE_DATE_SET if was_on is None else GrantEvent.DUE_DATE_MOVED
        was, now = (day.isoformat() if day else None for day in (was_on, due_on))
        work.add_event(event, step, was=was, now=now)


def _note_meeting(work: GrantAtWork, step: Step, before: PlannedMeeting | None) -> None:
    """Note which meeting takes an approval, or that none does in time, if that has changed."""
    meeting = read_planned_meeting(step.receipt)
    if meeting is None or not (meeting.is_taken or meeting.fit is Fit.NONE):
        return
    is_now = _noted(meeting)
    if before is None or is_now != _noted(before):
        work.add_event(GrantEvent.MEETING_PLANNED, step, **is_now)


def _noted(meeting: PlannedMeeting) -> dict[str, Any]:
    """Return what the journal notes of a planned meeting."""
    return {
        "fit": str(meeting.fit),
        "held_on": meeting.held_on.isoformat(),
        "confirmed_on": meeting.confirmed_on.isoformat(),
        "immediate": meeting.immediate,
    }
