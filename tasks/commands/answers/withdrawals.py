"""Withdraw an approval: reopen what was built on it, shut the gate, or recover released money."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from models.errors import Refused
from models.events import GrantEvent
from models.facts.receipt import event_source
from models.rules.dates.due_again import plan_due_again
from models.rules.dates.plan import calendar_of
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.steps.approvals import find_fallen, is_by_one_of_us
from models.rules.steps.needs import goes_to_funder
from models.tables.step import Step
from models.vocabulary import (
    OUT,
    UNSETTLED,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Role,
    StepKind,
    StepStatus,
)
from tasks.commands.at_work.grant import GrantAtWork, add_notice
from tasks.commands.at_work.lookup import reachable_owner, stands_on
from tasks.commands.at_work.step_state import reopen
from tasks.commands.command_faults import Refusal
from tasks.commands.files.approved_version import forget_approved
from tasks.commands.replan.replan import replan
from tasks.commands.sums.recovery import open_recovery

# How often a day of our own moves after a meeting, which it may move in turn.
_TRIES = 4


def withdraw_approval(work: GrantAtWork, approval: Step, by_id: int, note: str) -> None:
    """Take an approval back: before the release this blocks it, after it a recovery step opens.

    Reports and approvals built on it are open again. Money that waits for a later approval then
    waits for this one too. Raises Refused if the days of the reopened steps do not settle.
    """
    reopened = find_fallen(approval, work.steps.values(), work.all_needs())
    heard = _who_hears(work, approval, reopened)
    reopen(approval, StepStatus.OPEN)
    work.add_event(GrantEvent.APPROVAL_WITHDRAWN, approval, by_id)
    note_fallen(work, approval)
    forget_approved(work, approval)
    if work.grant.status is GrantStatus.CLOSED:
        work.grant.status = GrantStatus.OPEN
        work.grant.closed_on = None
        work.add_event(GrantEvent.GRANT_REOPENED, person_id=by_id)
    _reopen_later(work, approval, reopened, by_id)
    back = _ask_back(work, {approval.key, *(step.key for step in reopened)}, note)
    detail: dict[str, object] = {
        "by": by_id,
        "note": note,
        "reopened": [step.template_key for step in reopened],
        "recovered_by": min(back, default=None),
        **_of_sent_reports(work, reopened),
    }
    coordinator = work.roles.get(Role.COORDINATOR)
    for person_id, theirs in heard.items():
        if person_id == by_id:
            continue
        sends = {} if person_id == coordinator else {"phones": coordinator}
        rung = f"withdrawn-{approval.version}"
        add_notice(work, approval, NoticeKind.WITHDRAWN, rung, person_id, **detail, **sends, **theirs)


def _who_hears(work: GrantAtWork, approval: Step, reopened: Sequence[Step]) -> dict[int, dict[str, object]]:
    """Return who is told that an approval is taken back, each with the details for them alone.

    They are the people of the money, the givers of what falls, and the present holders of their
    roles. The giver is told when they gave it; the next to decide for a body, when it decided.
    """
    roles = (Role.COORDINATOR, Role.CONTROLLER, Role.UNIT_MANAGER)
    heard: dict[int, dict[str, object]] = {
        work.roles[role]: {} for role in roles if work.roles.get(role) is not None
    }
    for step in (approval, *reopened):
        if step.kind is not StepKind.APPROVAL:
            continue
        holder = reachable_owner(work, step.owner_role)
        is_item = work.record.body_of(step) is not None
        for person_id in (step.done_by_id, holder):
            if person_id is not None:
                heard.setdefault(person_id, {})
        if is_item and holder is not None and step.done_on is not None:
            heard[holder] = {"decided_on": step.done_on.isoformat()}
    is_own = is_by_one_of_us(approval, work.record.body_of(approval))
    if approval.done_by_id is not None and approval.done_on is not None and is_own:
        days = {"given_on": approval.done_on.isoformat(), "withdrawn_on": work.today.isoformat()}
        heard[approval.done_by_id] |= days
    return heard


def _ask_back(work: GrantAtWork, fallen: Collection[str], note: str) -> list[str]:
    """Open recoveries for money that left on a fallen approval; return by when each is asked back."""
    back = list[str]()
    for instalment in work.instalments:
        stands = any(other.key in fallen for other in stands_on(work, instalment))
        if instalment.status not in OUT or not stands:
            continue
        if instalment.status is InstalmentStatus.RELEASED and not instalment.conditional:
            # It is neither claimed nor paid: it waits again, and nothing is asked back.
            instalment.status = InstalmentStatus.PLANNED
            instalment.released_on = None
        elif (due_on := open_recovery(work, instalment, note).due_on) is not None:
            back.append(due_on.isoformat())
    return back


def _of_sent_reports(work: GrantAtWork, reopened: Sequence[Step]) -> dict[str, object]:
    """Return the details if the funder has a report that is no longer approved, with our day for it."""
    sent = [
        step
        for step in reopened
        if (rule := work.record.rule_of(step)) and goes_to_funder(rule, work.programme)
    ]
    if not sent:
        return {}
    ours = [step.due_on.isoformat() for step in sent if step.due_on and step.fixed_due_on == step.due_on]
    return {"sent": True, "ours_on": min(ours, default=None)}


def _reopen_later(work: GrantAtWork, approval: Step, reopened: Sequence[Step], by_id: int) -> None:
    """Reopen what was built on the approval.

    A step whose day has passed gets as long as a returned report; an item of a body, its next
    meeting.
    """
    for step in reopened:
        reopen(step)
        work.add_event(GrantEvent.STEP_REOPENED, step, by_id)
        note_fallen(work, step)
    replan(work)
    for step in (approval, *reopened):
        if step.due_on is not None and step.due_on < work.today:
            step.fixed_due_on = plan_due_again(work.programme, work.today)
            step.fixed_due_source = event_source("withdrawal", work.today)
            replan(work)
    _follow_decisions(work, reopened)


def _follow_decisions(work: GrantAtWork, reopened: Sequence[Step]) -> None:
    """Move a sent report with a day of our own after the days on which it is approved.

    A body's day is that of its minutes, if it does not confirm them at once. Each new day may move
    the meeting.
    """
    calendar = calendar_of(work.programme)
    for _ in range(_TRIES):
        early = list(_due_too_early(work, reopened))
        if not early:
            return
        for step, decided_on in early:
            step.fixed_due_on = calendar.add(decided_on, 1)
        replan(work)
    raise Refused(Refusal.DAYS_DO_NOT_SETTLE(step=early[0][0].key))


def _due_too_early(work: GrantAtWork, reopened: Sequence[Step]) -> Iterator[tuple[Step, date]]:
    """Yield the reports that are due no later than the last of their approvals, and that approval's day."""
    for step in reopened:
        if step.kind is not StepKind.REPORT or step.due_on is None or step.fixed_due_on != step.due_on:
            continue
        decided_on = max(map(_decided_on, work.needs_of(step)), default=date.min)
        if decided_on >= step.due_on:
            yield step, decided_on


def _decided_on(need: Step) -> date:
    """Return the day of an awaited approval; the first of all days if nothing says."""
    if need.status not in UNSETTLED or need.due_on is None:
        return date.min
    meeting = read_planned_meeting(need.receipt)
    return need.due_on if meeting is None else meeting.decided_on


def note_fallen(work: GrantAtWork, step: Step) -> None:
    """Note that an approval fell today: its meeting is over, and so is a day that a person set for it."""
    if step.kind is not StepKind.APPROVAL:
        return
    step.fell_on = work.today
    if step.fixed_due_on is not None and step.fixed_due_on <= work.today:
        step.fixed_due_on = step.fixed_due_source = None
