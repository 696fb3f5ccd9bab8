"""Queue notices about dates: one is missing, has moved, no meeting is in time, a step is new."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from models.rules.dates.committee import UNKNOWN_AHEAD, Fit
from models.rules.dates.plan import calendar_of
from models.rules.dates.planned_meeting import PlannedMeeting, read_planned_meeting
from models.rules.money.shares import find_award
from models.rules.notices.ladder import next_action_on
from models.rules.steps.order import list_awaited_dates, list_wanted_dates
from models.tables.columns import id_of
from models.tables.grant import Decision
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, NoticeKind, Role, StepStatus
from tasks.commands.at_work.grant import GrantAtWork, add_notice, step_has_come
from tasks.commands.at_work.lookup import approvals_of, claim_step
from tasks.commands.sums.instalment_sums import unstated_instalments
from tasks.people.notices import notice_about


def missing_dates(work: GrantAtWork) -> tuple[str, ...]:
    """Return the dates that the programme wants from a decision, that none has given, and that a step counts from."""
    found = {name for name, _ in _waiting(work)}
    return tuple(name for name in work.programme.dates if name in found)


def add_missing_date_notices(work: GrantAtWork) -> None:
    """Add a notice to the coordinator about the first step that waits for each date that no decision gave.

    A sum that no decision states is told to the person who recorded the award, who can record it
    too. Either is told once after the award: a notice that was made is not made again.
    """
    coordinator = work.roles.get(Role.COORDINATOR)
    award = find_award(work.decisions)
    if coordinator is None or award is None:
        return
    first: dict[str, Step] = {}
    for name, step in _waiting(work):
        first.setdefault(name, step)
    for name, step in first.items():
        _add_notice(work, step, award, f"date-missing-{name}", coordinator, date=name)
    recorder = award.recorded_by_id or work.roles.get(Role.ADMIN) or coordinator
    for number, most in unstated_instalments(work):
        part = next((row for row in work.instalments if row.rule == number), None)
        claim = claim_step(work, part) if part is not None else None
        if claim is not None and claim.status in UNSETTLED:
            detail = {"instalment": number, "at_most": most}
            _add_notice(work, claim, award, f"sum-missing-{number}", recorder, **detail)


def _add_notice(
    work: GrantAtWork, step: Step, award: Decision, rung: str, person_id: int, **detail: object
) -> None:
    kind = NoticeKind.DATE_MISSING
    work.notices.append(
        # The step has no due date: the award's day is what makes the notice one and the same every time.
        notice_about(step, award.decided_on, kind, rung, person_id, detail=detail)
    )


def _waiting(work: GrantAtWork) -> Iterator[tuple[str, Step]]:
    """Yield each date of a decision that a step still waits for, in the order of the steps."""
    if work.grant.status is not GrantStatus.OPEN or not work.decisions:
        return
    wanted = list_wanted_dates(work.programme)
    given = work.given_dates
    for step in work.steps.values():
        if step.status in UNSETTLED:
            yield from ((name, step) for name in list_awaited_dates(step, wanted, given))


def add_no_meeting_notices(work: GrantAtWork) -> None:
    """Add a notice to the owners of an approval that no meeting takes in time, and of the report it is about.

    It is told once for each day on which the decision is needed, and again when a usable meeting went by without a
    decision. A notice is not repeated, unless a meeting was found before its letter left. Where the meetings are not
    known it is told some months before the decision is needed.
    """
    for step, meeting, rung in _without_meeting(work):
        report = work.report_of(step)
        owners = (report.owner_id if report else None, step.owner_id)
        for owner_id in dict.fromkeys(owner for owner in owners if owner is not None):
            unknown = {"unknown": True} if meeting.is_unknown else {}
            add_notice(work, step, NoticeKind.NO_MEETING, rung, owner_id, **unknown)


def _without_meeting(work: GrantAtWork) -> Iterator[tuple[Step, PlannedMeeting, str]]:
    """Yield the approvals whose owners must hear that no meeting takes them, with the plan and the notice's rung."""
    if work.grant.status is not GrantStatus.OPEN:
        return
    for step in work.steps.values():
        meeting = read_planned_meeting(step.receipt)
        due_on = step.due_on
        if meeting is None or step.status not in UNSETTLED or due_on is None or due_on < work.today:
            continue
        if not step_has_come(work, step):
            continue
        if meeting.fit is Fit.NONE:
            yield step, meeting, f"no-meeting-{meeting.needed_on}"
        elif meeting.fit is Fit.LATE:
            yield step, meeting, f"no-meeting-{meeting.needed_on}-next-{meeting.held_on}"
        elif meeting.is_unknown and due_on <= work.today + UNKNOWN_AHEAD:
            yield step, meeting, f"no-meeting-known-{meeting.needed_on}"


def due_days(work: GrantAtWork) -> dict[str, date | None]:
    """Return the due date of each step, None for one that has none or is cancelled."""
    return {
        key: None if step.status is StepStatus.CANCELLED else step.due_on for key, step in work.steps.items()
    }


def tell_what_moved(
    work: GrantAtWork, before: Mapping[str, date | None], by_id: int | None, reason: str
) -> None:
    """Add a notice to the owner of each step whose due date is another than before.

    Only people who were told of a date hear that it is gone; the coordinator always hears what ends
    the grant. Nobody hears of a move before the step's time has come. If an item goes to another
    meeting, those who prepare it hear too, even if none of their own steps moves.
    """
    moved = list[tuple[Step, dict[str, object]]]()
    for key, to_on in due_days(work).items():
        from_on = before.get(key)
        step = work.steps[key]
        if from_on in (None, to_on) or step.owner_id is None:
            continue
        detail: dict[str, object] = {"by": by_id, "note": reason, "from": from_on.isoformat()}
        if to_on is not None:
            if not step_has_come(work, step):
                continue
            detail["to"] = to_on.isoformat()
        elif _hears_of_end(work, step, from_on):
            detail["gone"] = True
        else:
            continue
        moved.append((step, detail))
    told = {step.owner_id for step, _ in moved}
    for step, detail in moved:
        preparing = _who_prepares(work, step) if "to" in detail else ()
        for person_id in dict.fromkeys(
            (step.owner_id, *(preparer_id for preparer_id in preparing if preparer_id not in told))
        ):
            if person_id is not None:
                add_notice(work, step, NoticeKind.MOVED, f"moved-{step.version}", person_id, **detail)


def _who_prepares(work: GrantAtWork, item: Step) -> Iterator[int | None]:
    """Yield who has the report that goes to a meeting, and who reads or signs it before; nobody for another step."""
    report = work.report_of(item) if read_planned_meeting(item.receipt) is not None else None
    if report is not None:
        yield from (
            step.owner_id for step in (report, *approvals_of(work, report)) if step.status in UNSETTLED
        )


def tell_what_is_new(work: GrantAtWork, known: Collection[str], reason: str) -> None:
    """Add a notice to the owner of each dated step that is new: its key is not among the known ones.

    Where its first reminder comes by the next working day, that tells it; what the funder does, nobody has to do.
    """
    calendar = calendar_of(work.programme)
    ladders = work.programme.ladders
    tomorrow = calendar.add(work.today, 1)
    for key, step in work.steps.items():
        if key in known or step.due_on is None or step.owner_id is None or step.with_funder:
            continue
        first = next_action_on(work.record.ladder_facts(step), ladders[step.ladder], (), calendar)
        if step.status in UNSETTLED and first is not None and first > tomorrow:
            detail = {"new": True, "note": reason, "to": step.due_on.isoformat()}
            add_notice(work, step, NoticeKind.MOVED, f"new-{step.version}", step.owner_id, **detail)


def _hears_of_end(work: GrantAtWork, step: Step, due_on: date) -> bool:
    ended = work.grant.status is not GrantStatus.OPEN
    if ended and step.owner_id == work.roles.get(Role.COORDINATOR):
        return False
    return bool(work.record.batch.told.get((id_of(step), due_on)))
