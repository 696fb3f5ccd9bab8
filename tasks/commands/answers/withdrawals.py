"""Take an approval back: reopen what was built on it, shut the gate, or open a recovery once the money is out."""

from collections.abc import Sequence
from datetime import date

from models.facts.receipt import happened, term
from models.programme.names import UNSPENT
from models.rules.dates.plan import calendar_of
from models.rules.steps.needs import goes_to_funder
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import (
    OUT,
    UNSETTLED,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Phase,
    Role,
    StepKind,
    StepStatus,
)
from tasks.commands.at_work.find import reachable_owner, rule_of, stands_on
from tasks.commands.at_work.grant import GrantAtWork, add_notice
from tasks.commands.files.approved import forget_approved
from tasks.commands.replan.steps import replan

# How often a day of our own moves after a meeting, which it may move in turn.
_TRIES = 4


def withdraw_approval(work: GrantAtWork, approval: Step, by_id: int, note: str) -> None:
    """Take an approval back: before the release it blocks it, after it a recovery step opens.

    What was reported or approved on the strength of it is open again, so that money which waits for a later
    approval waits for this one too.
    """
    given_by, given_on = approval.done_by_id, approval.done_on
    holder = reachable_owner(work, approval.owner_role)
    approval.status = StepStatus.OPEN
    approval.done_on = approval.done_by_id = None
    work.happened("approval_withdrawn", approval, by_id)
    note_fallen(work, approval)
    forget_approved(work, approval)
    if work.grant.status is GrantStatus.CLOSED:
        work.grant.status, work.grant.closed_on = GrantStatus.OPEN, None
        work.happened("grant_reopened", person_id=by_id)
    reopened = _find_later(work, approval)
    theirs = _whose(work, reopened)
    _reopen_later(work, approval, reopened, by_id)
    fallen = {approval.key, *(step.key for step in reopened)}
    out = [
        instalment
        for instalment in work.instalments
        if instalment.status in OUT and any(one.key in fallen for one in stands_on(work, instalment))
    ]
    for instalment in [one for one in out if one.status is InstalmentStatus.RELEASED and not one.conditional]:
        # Nobody claims it, and the funder has not paid it: it waits again, and nothing is asked back.
        instalment.status, instalment.released_on = InstalmentStatus.PLANNED, None
        out.remove(instalment)
    back = [day.isoformat() for one in out if (day := open_recovery(work, one, note).due_on) is not None]
    again = [step.template_key for step in reopened]
    phones = work.roles.get(Role.COORDINATOR)
    sent = [
        step for step in reopened if (rule := rule_of(work, step)) and goes_to_funder(rule, work.programme)
    ]
    ours = [step.due_on.isoformat() for step in sent if step.due_on and step.fixed_due_on == step.due_on]
    told = [work.roles.get(role) for role in (Role.COORDINATOR, Role.CONTROLLER, Role.UNIT_MANAGER)]
    for person_id in dict.fromkeys((*told, given_by, holder, *theirs)):
        if person_id is not None and person_id != by_id:
            rung = f"withdrawn-{approval.version}"
            detail = {"by": by_id, "note": note, "reopened": again, "recovered_by": min(back, default=None)}
            if sent:  # the funder has a report that is not approved any more
                others = {"phones": phones} if phones not in (person_id, None) else {}
                detail |= {"sent": True, "ours_on": min(ours, default=None), **others}
            if person_id == given_by and given_on is not None and _is_own(work, approval):
                detail |= {"given_on": given_on.isoformat(), "withdrawn_on": work.today.isoformat()}
            add_notice(work, approval, NoticeKind.WITHDRAWN, rung, person_id, **detail)


def _is_own(work: GrantAtWork, approval: Step) -> bool:
    """Return whether who recorded the approval gave it: not one of a body's or the funder's."""
    rule = rule_of(work, approval)
    return not approval.with_funder and (rule is None or rule.body is None)


def _find_later(work: GrantAtWork, approval: Step) -> list[Step]:
    """Return the settled reports and approvals that needed the approval, near or far, in order.

    Claims and payments stay: what has happened to money is never reversed in silence.
    """
    fallen, found = {approval.key}, list[Step]()
    waiting = [step for step in work.steps.values() if _is_answered(step)]
    while later := [s for s in waiting if not fallen.isdisjoint(need.key for need in work.needs_of(s))]:
        fallen |= {step.key for step in later}
        found += later
        waiting = [step for step in waiting if step.key not in fallen]
    return sorted(found, key=lambda step: step.position)


def _whose(work: GrantAtWork, fallen: Sequence[Step]) -> list[int | None]:
    """Return whose the approvals are that fall: who gave them, and who holds their roles now."""
    approvals = [step for step in fallen if step.kind is StepKind.APPROVAL]
    return [
        person_id
        for step in approvals
        for person_id in (step.done_by_id, reachable_owner(work, step.owner_role))
    ]


def _reopen_later(work: GrantAtWork, approval: Step, reopened: Sequence[Step], by_id: int) -> None:
    """Reopen what was built on the approval.

    What has a day that has passed gets as long as a returned report; what a body decides, its next meeting.
    """
    for step in reopened:
        step.status = StepStatus.WAITING
        step.done_on = step.done_by_id = None
        step.version += 1
        work.happened("step_reopened", step, by_id)
        note_fallen(work, step)
    replan(work)
    for step in (approval, *reopened):
        if step.due_on is not None and step.due_on < work.today:
            step.fixed_due_on = calendar_of(work.programme).add(work.today, work.programme.mend_working_days)
            step.fixed_due_source = happened("withdrawal", work.today)
            replan(work)
    _follow_decisions(work, reopened)


def _follow_decisions(work: GrantAtWork, reopened: Sequence[Step]) -> None:
    """Give a report that was sent, and has a day of our own again, no day before those on which it is approved.

    A body's is that of its minutes, where it does not confirm them at once. Each new day may move the meeting.
    """
    calendar = calendar_of(work.programme)
    for _ in range(_TRIES):
        early = {
            step.key: (step, last)
            for step in reopened
            if step.kind is StepKind.REPORT and step.due_on is not None and step.fixed_due_on == step.due_on
            if (last := max(map(_decided_on, work.needs_of(step)), default=date.min)) >= step.due_on
        }
        if not early:
            return
        for step, last in early.values():
            step.fixed_due_on = calendar.add(last, 1)
        replan(work)


def _decided_on(need: Step) -> date:
    """Return the day on which an approval that is waited for is there; the first of all days where nothing says."""
    if need.status not in UNSETTLED or need.due_on is None:
        return date.min
    meeting = need.receipt.get("meeting") or {}
    confirmed = meeting.get("confirmed_on")
    return date.fromisoformat(confirmed) if confirmed and not meeting.get("immediate") else need.due_on


def note_fallen(work: GrantAtWork, step: Step) -> None:
    """Note that an approval fell today: the meeting that gave it is over, and a day that a person set for it too."""
    if step.kind is not StepKind.APPROVAL:
        return
    step.fell_on = work.today
    if step.fixed_due_on is not None and step.fixed_due_on <= work.today:
        step.fixed_due_on = step.fixed_due_source = None


def _is_answered(step: Step) -> bool:
    answered = step.status in (StepStatus.DONE, StepStatus.APPROVED)
    return answered and step.kind in (StepKind.REPORT, StepKind.APPROVAL)


def open_recovery(work: GrantAtWork, instalment: Instalment, reason: str) -> Step:
    """Return the step that follows an approval withdrawn after its money was released, opened unless it is."""
    earlier = [
        step
        for step in work.steps.values()
        if step.kind is StepKind.RECOVERY and step.instalment == instalment.number
    ]
    seen_to = next((step for step in earlier if step.status in UNSETTLED), None)
    if seen_to is not None:
        return seen_to
    key = f"recovery-{instalment.number}" + (f"-{len(earlier) + 1}" if earlier else "")
    made = term("recovery", number=instalment.number)
    step = _add_own(work, key, StepKind.RECOVERY, instalment.number, made=[made], source=reason)
    work.happened("recovery_opened", step, instalment=instalment.number)
    return step


def open_repayment(work: GrantAtWork, instalment: Instalment, over_minor: int, reason: str) -> None:
    """Open the step that pays back what was claimed beyond what is spent, and has come."""
    number = instalment.number
    made = term("unspent", number=number)
    key = f"{UNSPENT}-{number}"
    if key in work.steps:
        return
    step = _add_own(work, key, StepKind.REPAYMENT, number, made=[made], source=reason)
    step.repays_minor = over_minor
    work.happened("repayment_opened", step, instalment=number, over_minor=over_minor)


def _add_own(work: GrantAtWork, key: str, kind: StepKind, number: int, **said: object) -> Step:
    """Return a step about money that no programme gives, opened today; it has as long as a returned report."""
    on = work.today
    span = work.programme.mend_working_days
    due_on = calendar_of(work.programme).add(on, span)
    counted = term("opened", on=on, count=span, unit="working_days", day=due_on)
    values = {
        "grant_id": work.grant_id,
        "key": key,
        "phase": Phase.RELEASE,
        "kind": kind,
        "position": len(work.steps) + 1,
        "template_key": UNSPENT if kind is StepKind.REPAYMENT else "recovery",
        "instalment": number,
        "opens_on": on,
        "due_on": due_on,
        "ladder": next(iter(work.programme.ladders)),
        "owner_role": Role.COORDINATOR,
        "owner_id": work.roles.get(Role.COORDINATOR),
        "owner_since_on": on,
        "status": StepStatus.OPEN,
        "receipt": {"form": "recovery", "counted": [counted], **said},
        "next_action_on": on,
    }
    (step,) = work.add(Step, [values])
    work.steps[key] = step
    return step
