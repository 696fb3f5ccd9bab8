"""Return a report to be corrected: reopen it, its ladder and its approvals."""

from datetime import date

from models.commands.steps import Return
from models.events import GrantEvent
from models.facts.receipt import event_source
from models.rules.dates.due_again import plan_report_due_again
from models.tables.step import Step
from models.vocabulary import OUT, MeetingVerdict, NoticeKind, StepStatus
from tasks.commands.answers.withdrawals import note_fallen
from tasks.commands.at_work.grant import GrantAtWork, add_notice, paper_detail
from tasks.commands.at_work.lookup import approvals_of, next_above
from tasks.commands.at_work.step_state import reopen
from tasks.commands.files.approved_version import forget_approved
from tasks.commands.replan.replan import replan
from tasks.commands.sums.recovery import open_recovery


def return_report(work: GrantAtWork, approval: Step, by_id: int, command: Return, returned_on: date) -> None:
    """Reopen the report that the approval is about, with its ladder, and every approval of it.

    From the second time on the owner's manager is told, too. `returned_on` is the day of the paper
    that sends it back; the days to correct it count from the day of the record.
    """
    report = work.report_of(approval) or approval
    note = command.note
    is_refused = command.verdict is MeetingVerdict.REFUSED
    forget_approved(work, approval)
    reopen(approval)
    for other in approvals_of(work, report):
        if other.status is StepStatus.APPROVED:
            _reopen_approval(work, other, by_id, note)
    reopen(report, StepStatus.OPEN)
    report.returned_count += 1
    report.fixed_due_on = plan_report_due_again(report, approval, work.programme, work.today)
    report.fixed_due_source = event_source("return", returned_on)
    noted: dict[str, object] = {"times": report.returned_count, **paper_detail(work, returned_on)}
    if is_refused:
        noted |= {"refused": True, "paper_on": returned_on.isoformat()}
    if command.paragraph.strip():
        noted["paragraph"] = command.paragraph.strip()
    work.add_event(GrantEvent.REPORT_RETURNED, report, by_id, **noted)
    # The letter names the new due date.
    replan(work)
    detail: dict[str, object] = {"by": by_id, "note": note, "by_funder": approval.with_funder}
    if is_refused:
        detail["refused"] = True
    if work.record.body_of(approval) is not None:
        detail["decided_on"] = returned_on.isoformat()
    if report.owner_id is not None:
        rung = f"returned-{report.returned_count}"
        add_notice(work, report, NoticeKind.RETURNED, rung, report.owner_id, **detail)
    manager = next_above(work, report, by_id) if report.returned_count > 1 else None
    if manager is not None:
        rung = f"returned-{report.returned_count}-manager"
        times = report.returned_count
        add_notice(work, report, NoticeKind.RETURNED, rung, manager, times=times, **detail)


def _reopen_approval(work: GrantAtWork, approval: Step, by_id: int, note: str) -> None:
    """Let an approval that was given wait for the report again, as another body sent it back."""
    reopen(approval)
    forget_approved(work, approval)
    work.add_event(GrantEvent.APPROVAL_REOPENED, approval, by_id)
    note_fallen(work, approval)
    for instalment in work.instalments:
        if instalment.status in OUT and approval in work.conditions_of(instalment):
            open_recovery(work, instalment, note)
