"""Decide when a step that is open again is due: a returned report, a step that fell, money asked back."""

from datetime import date

from models.programme.plan import Programme
from models.rules.dates.plan import calendar_of
from models.rules.dates.planned_meeting import read_planned_meeting
from models.tables.step import Step


def plan_due_again(programme: Programme, today: date) -> date:
    """Return when a step that opens again today is due: after the programme's days for correcting a report."""
    return calendar_of(programme).add(today, programme.mend_working_days)


def plan_report_due_again(report: Step, approval: Step, programme: Programme, today: date) -> date:
    """Return when a returned report is due again: in some working days, but in time for its approval.

    In time is the documents' day of the meeting that takes the approval, or of one held on the last
    day that would do; without a body it is a day before the approval is due.
    The report never comes earlier than it was, nor before the next working day.
    """
    calendar = calendar_of(programme)
    again = plan_due_again(programme, today)
    meeting = read_planned_meeting(approval.receipt)
    if approval.due_on is not None and meeting is not None:
        again = min(again, meeting.documents_on)
    elif approval.due_on is not None:
        again = min(again, calendar.add(approval.due_on, -1))
    return max(again, calendar.add(today, 1), report.due_on or today)
