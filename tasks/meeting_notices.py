"""Tell those whose decision no meeting takes in time, once, while there is time for a way out."""

from __future__ import annotations

from models.rules.committee import Fit
from models.vocabulary import UNSETTLED, GrantStatus, NoticeKind
from tasks.grant_at_work import GrantAtWork, add_draft, report_of


def draft_no_meeting(work: GrantAtWork) -> None:
    """Draft a notice to the owners of an approval that no meeting takes in time, and of the report it is about.

    It is told once for each day on which the decision is needed, and again when the meeting that would have done went
    by without one: a notice that was made is not made again.
    """
    if work.grant.status is not GrantStatus.OPEN:
        return
    for step in work.steps.values():
        meeting = step.receipt.get("meeting") or {}
        if (
            step.status not in UNSETTLED
            or meeting.get("fit") not in (Fit.NONE, Fit.LATE)
            or step.due_on is None
        ):
            continue
        if step.due_on < work.today:
            continue
        report = report_of(work, step)
        owners = (report.owner_id if report else None, step.owner_id)
        for owner_id in dict.fromkeys(one for one in owners if one is not None):
            rung = f"no-meeting-{meeting['needed_on']}"
            if meeting["fit"] == Fit.LATE:
                rung = f"{rung}-next-{meeting['held_on']}"
            add_draft(work, step, NoticeKind.NO_MEETING, rung, owner_id)
