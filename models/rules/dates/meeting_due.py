"""Give a committee's approval the day of its meeting, and its draft and documents the days before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from models.facts.receipt import Term, our_choice, term
from models.rules.dates.anchors import KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee import TAKEN, Fit, MeetingPlan, Miss
from models.rules.dates.dependencies import BodyStep
from models.rules.dates.due import Due
from models.rules.dates.planned_meeting import build_plan_json


def plan_meeting_due(plan: MeetingPlan, needed: Due, body: str, calendar: WorkCalendar) -> Due:
    """Return the approval's due date, the day of its meeting, with notes on what must be done.

    `needed` is the last day on which the decision must be there. It stays the due date if no
    meeting is usable.
    """
    receipt = needed.receipt
    is_taken = plan.fit in TAKEN
    if is_taken:
        # The readings of the last day no longer matter: the meeting comes before all of them.
        notes = () if receipt.readings else receipt.notes
        receipt = replace(
            receipt.composed(),
            counted=(*receipt.counted, _counted(plan)),
            made=(*receipt.made, _made(plan, body)),
            readings=(),
            notes=notes,
        )
    noted = receipt.noted(*_notes(plan, needed, body, calendar))
    receipt = replace(noted, meeting=build_plan_json(plan).as_json())
    return Due(plan.days.held_on if is_taken else needed.on, receipt)


def plan_chosen_meeting_due(plan: MeetingPlan, fixed: Due) -> Due:
    """Return the due date of an approval whose day a person set, with notes on what that day means."""
    receipt = fixed.receipt.noted(*_meeting_notes(plan))
    return Due(fixed.on, replace(receipt, meeting=build_plan_json(plan).as_json()))


def find_draft_day(plan: MeetingPlan, step: BodyStep) -> KnownDate:
    """Return the day on which the draft is ready for the meeting."""
    days = plan.days
    before = {"meeting": days.held_on, "documents": days.documents_on, "day": days.draft_on}
    for_return = step.body.return_working_days > 0
    counted = term("to_draft", **before, for_return=for_return, **_draft_from(plan, step))
    return KnownDate(days.draft_on, our_choice("", ""), counted=(counted,))


def find_documents_day(plan: MeetingPlan) -> KnownDate:
    """Return the day on which the signed papers are ready for the meeting."""
    days = plan.days
    counted = term("to_documents", meeting=days.held_on, day=days.documents_on)
    return KnownDate(days.documents_on, our_choice("", ""), counted=(counted,))


def _draft_from(plan: MeetingPlan, step: BodyStep) -> dict[str, object]:
    """Return what the draft's day is counted from."""
    matter = plan.matter
    if matter.fell_last:
        return {"fell": matter.fell_on}
    if matter.returned_on is not None:
        return {"returned": matter.returned_on}
    if not plan.days.with_return and matter.ready_on is not None:
        return {"figures": matter.ready_on}
    return {"working_days": step.body.review_working_days + step.body.return_working_days}


def _made(plan: MeetingPlan, body: str) -> Term:
    if plan.early:
        return term("early_meeting", body=body)
    return term("meeting", fits=plan.fit is Fit.FITS, body=body)


def _counted(plan: MeetingPlan) -> Term:
    days = plan.days
    return term(
        "at_early_meeting" if plan.early else "at_meeting",
        fits=plan.fit is Fit.FITS,
        meeting=days.held_on,
        agenda=days.agenda_on,
        documents=days.documents_on,
        draft=days.draft_on,
        confirmed=days.confirmed_on,
    )


def _notes(plan: MeetingPlan, due: Due, body: str, calendar: WorkCalendar) -> Iterator[Term]:
    needed = plan.matter.needed_on
    if plan.fit is Fit.FITS:
        yield from _meeting_notes(plan)
        return
    if plan.fit is Fit.LATE:
        yield _undecided(plan, body)
    elif plan.fit is Fit.NO_MEETINGS:
        yield term("no_meetings_known", body=body, needed=needed)
    elif plan.fit is Fit.NOT_ALL_KNOWN:
        yield term("meetings_known_until", body=body, until=plan.known_until, needed=needed)
    else:
        yield _no_meeting(plan, body)
    yield _ways_out(plan, due, body, calendar)


def _meeting_notes(plan: MeetingPlan) -> Iterator[Term]:
    days = plan.days
    matter = plan.matter
    if plan.immediate:
        late = matter.due_on is not None and days.confirmed_on > matter.due_on
        needed = None if late else matter.needed_on
        kind = "immediate_early" if plan.early else "immediate"
        yield term(kind, meeting=days.held_on, confirmed=days.confirmed_on, needed=needed)
    if plan.earlier_on is not None:
        yield term("earlier_meeting", earlier=plan.earlier_on, meeting=days.held_on)
    elif plan.before is not None:
        yield _too_early(plan, plan.before.held_on)
    if not days.with_return and matter.back_on is None:
        yield term("no_return", meeting=days.held_on)
    if days.choice:
        yield term("meeting_assumed", meeting=days.held_on)


def _undecided(plan: MeetingPlan, body: str) -> Term:
    """Return that a meeting passed undecided, or its decision fell, and that the next is planned instead."""
    fell_on = plan.matter.fell_on
    passed_on = plan.matter.passed_on
    planned = {"body": body, "meeting": plan.days.held_on, "needed": plan.matter.needed_on}
    if plan.matter.fell_last and fell_on is not None and (passed_on is None or passed_on <= fell_on):
        return term("fell_before", day=fell_on, **planned)
    if plan.cancelled_on is not None:
        return term("cancelled_before", day=plan.cancelled_on, **planned)
    passed = plan.before.held_on if plan.before is not None else plan.matter.needed_on
    return term("passed_undecided", day=passed, **planned)


def _too_early(plan: MeetingPlan, held_on: date) -> Term:
    matter = plan.matter
    undecided = plan.before is not None and plan.before.why is Miss.UNDECIDED
    if undecided and plan.fit is Fit.FITS and plan.cancelled_on is not None:
        return term("cancelled", days=[plan.cancelled_on])
    if undecided:
        return term("undecided", day=held_on)
    if matter.fell_last:
        return term("too_early", day=held_on, fell=matter.fell_on)
    if matter.returned_on is not None:
        return term("too_early", day=held_on, returned=matter.returned_on)
    return term("too_early", day=held_on, figures=matter.ready_on)


def _no_meeting(plan: MeetingPlan, body: str) -> Term:
    why = [_too_early(plan, plan.before.held_on)] if plan.before is not None else []
    if plan.cancelled:
        why.append(term("cancelled", days=plan.cancelled))
    if plan.after is not None:
        kind = "confirmed_too_late" if plan.after.why is Miss.CONFIRMED_TOO_LATE else "too_late"
        why.append(term(kind, day=plan.after.held_on))
    return term("no_meeting", body=body, needed=plan.matter.needed_on, why=why)


def _ways_out(plan: MeetingPlan, needed: Due, body: str, calendar: WorkCalendar) -> Term:
    """Return what can be done if no meeting is in time.

    A delegation, an extra meeting, an extension `to` a day that the next known meeting can meet, or
    sending first and deciding later.
    """
    day = plan.matter.needed_on
    days = plan.days
    late = plan.fit is Fit.LATE
    decided = plan.after.decided_on if plan.after is not None else None
    if late:
        decided = days.held_on if plan.immediate else days.confirmed_on
    # What came back is needed later than its rule says.
    again = needed.receipt.anchor_on if needed.receipt.form == "fixed" else None
    ruled = date.fromisoformat(again) if again else day
    sent = max(plan.matter.due_on or ruled, ruled)
    to = None
    if decided is not None:
        to = max(decided + (sent - ruled), calendar.add(decided, calendar.between(ruled, sent)))
    due = max(plan.matter.due_on or day, day)
    return term("ways_out", body=body, extra=day if late else days.held_on, to=to, due=due)
