"""Tell those whose decision no meeting takes in time, or none that is known, while there is time for a way out."""

from __future__ import annotations

from collections.abc import Iterator

from models.rules.dates.committee import UNKNOWN, UNKNOWN_AHEAD, Fit
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, NoticeKind
from tasks.commands.at_work.find import report_of
from tasks.commands.at_work.grant import GrantAtWork, add_notice, step_has_come


def add_no_meeting_notices(work: GrantAtWork) -> None:
    """Add a notice to the owners of an approval that no meeting takes in time, and of the report it is about.

    It is told once for each day on which the decision is needed, and again when the meeting that would have done went
    by without one: a notice that was made is not made again, save where a meeting was found before it left. Where the
    meetings are not known it is told some months before the decision is needed.
    """
    for step, rung in _without_meeting(work):
        report = report_of(work, step)
        owners = (report.owner_id if report else None, step.owner_id)
        for owner_id in dict.fromkeys(one for one in owners if one is not None):
            unknown = {"unknown": True} if step.receipt["meeting"]["fit"] in UNKNOWN else {}
            add_notice(work, step, NoticeKind.NO_MEETING, rung, owner_id, **unknown)


def _without_meeting(work: GrantAtWork) -> Iterator[tuple[Step, str]]:
    """Yield the approvals whose owners are to know that no meeting takes them, each with the notice's rung."""
    for step in work.steps.values() if work.grant.status is GrantStatus.OPEN else ():
        meeting = step.receipt.get("meeting") or {}
        fit, due_on = meeting.get("fit"), step.due_on
        if step.status not in UNSETTLED or due_on is None or due_on < work.today:
            continue
        if not step_has_come(work, step):
            continue
        if fit == Fit.NONE:
            yield step, f"no-meeting-{meeting['needed_on']}"
        elif fit == Fit.LATE:
            yield step, f"no-meeting-{meeting['needed_on']}-next-{meeting['held_on']}"
        elif fit in UNKNOWN and due_on <= work.today + UNKNOWN_AHEAD:
            yield step, f"no-meeting-known-{meeting['needed_on']}"
