"""Plan a committee's decision backwards: which meeting takes it, its agenda, documents and minutes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from models.programme.written.source import BodyRule
from models.rules.dates.calendar import WorkCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """A meeting; days and numbers that it leaves out are the body's own.

    `choice` marks a day that the data chose because nobody knows it. `cancelled` marks a meeting
    that is not held.
    """

    held_on: date
    agenda_on: date | None = None
    documents_on: date | None = None
    minutes_days: int | None = None
    choice: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter for a meeting: `needed_on` is the last day on which the decision must be there.

    `due_on` is the due date of what waits for the decision, `ready_on` the first day on which the
    figures exist. `returned_on` is the day on which the body last returned the draft. `fell_on` is
    the day on which its approval was last withdrawn, or fell with another. Meetings up to
    `passed_on` are over, and nobody has recorded a decision of theirs.
    """

    needed_on: date
    due_on: date | None = None
    ready_on: date | None = None
    returned_on: date | None = None
    passed_on: date | None = None
    fell_on: date | None = None

    @property
    def back_on(self) -> date | None:
        """The day on which a matter came back from the body to be corrected; None for a new matter."""
        return max((day for day in (self.returned_on, self.fell_on) if day is not None), default=None)

    @property
    def fell_last(self) -> bool:
        """Whether it came back because its approval fell, not because the draft was sent back."""
        return self.fell_on is not None and self.fell_on == self.back_on


@dataclass(frozen=True, slots=True)
class MeetingTaken:
    """The meeting planned for a matter so far, and the day its decision was needed when it was planned.

    None: a person chose the meeting, and it stays whenever the decision is needed.
    """

    held_on: date
    needed_on: date | None = None

    def holds(self, matter: Matter) -> bool:
        """Return whether the matter keeps that meeting: it is still needed on the same day."""
        return self.needed_on in (None, matter.needed_on)


class Fit(StrEnum):
    """Whether a meeting decides in time."""

    FITS = "fits"
    # The last usable one passed undecided, or its decision was withdrawn: the next one takes it.
    LATE = "late"
    # No known meeting is usable, though they reach past the day it is needed; or one was cancelled.
    NONE = "none"
    # No known meeting is usable, and those up to the day it is needed are not all known.
    NOT_ALL_KNOWN = "not_all_known"
    NO_MEETINGS = "no_meetings"  # nobody has said when the body meets


# A meeting takes the matter, in time or not.
TAKEN = (Fit.FITS, Fit.LATE)
# No known meeting is usable, but one that nobody has entered yet might be.
UNKNOWN = (Fit.NOT_ALL_KNOWN, Fit.NO_MEETINGS)
# Bodies set their meetings half a year or a year ahead, so unknown meetings further ahead are no news.
UNKNOWN_AHEAD = timedelta(days=120)
# A meeting's decision is recorded within this many working days; after that the matter is planned
# for the next meeting.
UNDECIDED_WORKING_DAYS = 5


class ItemFit(StrEnum):
    """Whether a meeting that is held can take an item that is planned for another one."""

    IN_TIME = "in_time"
    AT_ONCE = "at_once"  # in time, if its minutes are confirmed immediately
    TOO_SOON = "too_soon"  # its papers cannot be ready
    TOO_LATE = "too_late"  # its decision is needed before


CAN_TAKE = (ItemFit.IN_TIME, ItemFit.AT_ONCE)


class Miss(StrEnum):
    """Why a meeting will not do."""

    TOO_EARLY = "too_early"  # its draft would be due before the figures exist
    TOO_LATE = "too_late"
    CONFIRMED_TOO_LATE = "confirmed_too_late"  # its minutes are, and the body cannot confirm them at once
    UNDECIDED = "undecided"  # it would have done, but it is over, and no decision is recorded


@dataclass(frozen=True, slots=True)
class MeetingDays:
    """The days on the way to a meeting: draft with the unit manager, memo signed, minutes confirmed.

    A meeting on 18 January 2011 of a body with the usual days: draft on the 3rd, agenda and
    documents on the 11th, minutes confirmed on 1 February (a programme file says `minutes: 14
    days`). `ready_on` is the first day on which a draft can be there; None if the draft waits for
    nothing.
    """

    held_on: date
    agenda_on: date
    documents_on: date
    draft_on: date
    confirmed_on: date
    ready_on: date | None = None
    with_return: bool = True  # there is time for one return of the draft
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """A meeting that will not do, and why; its decision holds from `decided_on`, at once where its body can."""

    held_on: date
    why: Miss
    decided_on: date


@dataclass(frozen=True, slots=True)
class MeetingPlan:
    """Which meeting takes a matter.

    `days` are those of the last usable meeting, or of an `early` one that the matter is on already.
    Where none is usable, they are those of a meeting held on the last day that would do.
    `immediate`: the meeting is in time only if its minutes are confirmed at once. `earlier_on` is
    the usable meeting before it. `before` and `after` are the nearest meetings that are not usable;
    `before` is set if at most one is usable. `cancelled` would have been usable. `known_until` is
    the last known meeting.
    """

    fit: Fit
    matter: Matter
    days: MeetingDays
    immediate: bool = False
    early: bool = False
    earlier_on: date | None = None
    before: Missed | None = None
    after: Missed | None = None
    cancelled: tuple[date, ...] = ()
    known_until: date | None = None

    @property
    def cancelled_on(self) -> date | None:
        """The cancelled meeting that would have taken the matter, if later than the last one that is over."""
        last = self.cancelled[-1] if self.cancelled else None
        return last if last is not None and (self.before is None or last > self.before.held_on) else None


def plan_meeting(
    matter: Matter,
    body: BodyRule,
    meetings: Iterable[MeetingFacts],
    calendar: WorkCalendar,
    chosen_on: date | None = None,
) -> MeetingPlan:
    """Return the meeting that takes the matter, and the days on the way to it.

    The meeting on `chosen_on` takes it while usable, since people prepare for it. A matter that
    a meeting did not decide comes up at the next usable one. Otherwise the last usable one takes it.

    A meeting is usable when its decision can be carried out by `needed_on` and its draft is not due
    before the figures exist. The decision can be carried out when the minutes are confirmed: at
    once where the body can do that. One return of the draft is budgeted, as long as there is time
    for it.
    """
    listed = sorted(meetings, key=lambda meeting: meeting.held_on)
    usable, missed, cancelled = _try_meetings(listed, matter, body, calendar, chosen_on)
    last = usable[-1:]
    usable = _up_to(usable, matter, chosen_on)
    early = [miss for miss in missed if miss.why in (Miss.TOO_EARLY, Miss.UNDECIDED)]
    late = [miss for miss in missed if miss.why not in (Miss.TOO_EARLY, Miss.UNDECIDED)]
    held = [meeting for meeting in listed if not meeting.cancelled]
    fit = _fit(usable, listed, matter, gone=bool(cancelled))
    after = _after(held, early, matter, body, calendar)
    if fit is not Fit.FITS and after is not None:
        fit = Fit.LATE
        chosen = plan_days(after, matter, body, calendar)
    else:
        chosen = usable[-1] if usable else _last_day(matter, body, calendar)
    return MeetingPlan(
        fit,
        matter,
        chosen,
        immediate=fit is not Fit.NONE and _must_confirm_at_once(chosen, matter, body),
        early=usable[-1:] != last,
        earlier_on=usable[-2].held_on if usable[1:] else None,
        before=early[-1] if early else None,
        after=late[0] if late else None,
        cancelled=tuple(cancelled),
        known_until=listed[-1].held_on if listed else None,
    )


def _try_meetings(
    listed: list[MeetingFacts], matter: Matter, body: BodyRule, calendar: WorkCalendar, chosen_on: date | None
) -> tuple[list[MeetingDays], list[Missed], list[date]]:
    """Return the usable meetings, those that will not do, and the cancelled ones that would have been usable.

    They are tried from the last one back to the usable one before the meeting that can take the
    matter. Each list is in order of days.
    """
    first_on = chosen_on if matter.passed_on is None else matter.passed_on
    usable: list[MeetingDays] = []
    missed: list[Missed] = []
    cancelled: list[date] = []
    for meeting in reversed(listed):
        days = plan_days(meeting, matter, body, calendar)
        why = _miss(days, matter, body)
        if why is None and meeting.cancelled:
            cancelled.append(meeting.held_on)
        elif why is None:
            usable.append(days)
        elif not meeting.cancelled:
            decided_on = meeting.held_on if body.minutes_at_once else days.confirmed_on
            missed.append(Missed(meeting.held_on, why, decided_on))
        if len(usable) > 1 and (first_on is None or usable[-2].held_on <= first_on):
            break
    return usable[::-1], missed[::-1], cancelled[::-1]


def _up_to(usable: list[MeetingDays], matter: Matter, chosen_on: date | None) -> list[MeetingDays]:
    """Return the usable meetings up to the one that takes the matter."""
    if chosen_on in {days.held_on for days in usable}:
        return [days for days in usable if days.held_on <= chosen_on]
    return usable[:1] if matter.passed_on is not None else usable


def _after(
    held: list[MeetingFacts], early: list[Missed], matter: Matter, body: BodyRule, calendar: WorkCalendar
) -> MeetingFacts | None:
    """Return the next meeting that can take the matter, once the last usable one is over.

    It passed without a decision, or its decision was taken back.
    """
    undecided = matter.passed_on is not None and bool(early) and early[-1].why is Miss.UNDECIDED
    if not undecided and not matter.fell_last:
        return None
    over = matter.passed_on or date.min
    ahead = (meeting for meeting in held if meeting.held_on > over)
    if matter.fell_last:
        ahead = (
            meeting for meeting in ahead if not _is_too_early(plan_days(meeting, matter, body, calendar))
        )
    return next(ahead, None)


def plan_on(
    day: date, matter: Matter, body: BodyRule, meetings: Iterable[MeetingFacts], calendar: WorkCalendar
) -> MeetingPlan:
    """Return the days on the way to a meeting that a person chose, whether or not it is usable."""
    entered = (meeting for meeting in meetings if meeting.held_on == day and not meeting.cancelled)
    days = plan_days(next(entered, MeetingFacts(day)), matter, body, calendar)
    return MeetingPlan(Fit.FITS, matter, days, immediate=_must_confirm_at_once(days, matter, body))


def is_over_undecided(held_on: date, today: date, calendar: WorkCalendar) -> bool:
    """Return whether a meeting is over for so long that its decision should have been recorded."""
    return calendar.add(held_on, UNDECIDED_WORKING_DAYS) <= today


def decide_fit(
    meeting: MeetingFacts, matter: Matter, body: BodyRule, calendar: WorkCalendar, today: date
) -> ItemFit:
    """Return whether a meeting can take a matter whose papers are not there before today."""
    days = plan_days(meeting, matter, body, calendar)
    miss = _miss(days, matter, body)
    if miss in (Miss.TOO_EARLY, Miss.UNDECIDED) or days.documents_on < today:
        return ItemFit.TOO_SOON
    if miss is not None:
        return ItemFit.TOO_LATE
    return ItemFit.AT_ONCE if _must_confirm_at_once(days, matter, body) else ItemFit.IN_TIME


def find_first_day(
    matter: Matter, body: BodyRule, calendar: WorkCalendar, today: date, *, has_draft: bool
) -> date:
    """Return the first working day on which a meeting can take a matter of which nothing would be late by then.

    It may be too late for the matter. Of one that `has_draft` only the signed papers are to come.
    """
    day = calendar.on_or_after(today)
    while True:
        meeting = MeetingFacts(day)
        days = plan_days(meeting, matter, body, calendar)
        starts_on = days.documents_on if has_draft else days.draft_on
        fit = decide_fit(meeting, matter, body, calendar, today)
        if starts_on >= today and fit is not ItemFit.TOO_SOON:
            return day
        day = calendar.add(day, 1)


def plan_days(meeting: MeetingFacts, matter: Matter, body: BodyRule, calendar: WorkCalendar) -> MeetingDays:
    """Return the days on the way to the meeting; those that the body counts end on working days."""
    held = meeting.held_on
    documents = meeting.documents_on or calendar.on_or_before(held - body.documents_days * _DAY)
    agenda = meeting.agenda_on or calendar.on_or_before(held - body.agenda_days * _DAY)
    wait = body.minutes_days if meeting.minutes_days is None else meeting.minutes_days
    # A returned matter has been read before: only its corrections are left.
    review = 0 if matter.back_on is not None else body.review_working_days
    budget = 0 if matter.back_on is not None else body.return_working_days
    draft = calendar.add(documents, -review - budget)
    ready = _ready_on(matter, calendar)
    with_return = ready is None or draft >= ready
    if not with_return and ready is not None:
        draft = min(ready, calendar.add(documents, -review))
    confirmed = held + wait * _DAY
    return MeetingDays(
        held_on=held,
        agenda_on=agenda,
        documents_on=documents,
        draft_on=draft,
        confirmed_on=confirmed,
        ready_on=ready,
        with_return=with_return,
        choice=meeting.choice,
    )


def _ready_on(matter: Matter, calendar: WorkCalendar) -> date | None:
    """Return the first working day on which a draft, new or corrected, can be handed over."""
    days = [calendar.on_or_after(matter.ready_on)] if matter.ready_on else []
    if matter.back_on is not None:
        days.append(calendar.add(matter.back_on, 1))
    return max(days, default=None)


def _must_confirm_at_once(days: MeetingDays, matter: Matter, body: BodyRule) -> bool:
    """Return whether the meeting is in time only by confirming its minutes at once, as its body can."""
    return days.confirmed_on > matter.needed_on and body.minutes_at_once


def _is_too_early(days: MeetingDays) -> bool:
    return days.ready_on is not None and days.draft_on < days.ready_on


def _miss(days: MeetingDays, matter: Matter, body: BodyRule) -> Miss | None:
    if days.held_on > matter.needed_on:
        return Miss.TOO_LATE
    if _is_too_early(days):
        return Miss.TOO_EARLY
    if days.confirmed_on > matter.needed_on and not body.minutes_at_once:
        return Miss.CONFIRMED_TOO_LATE
    if matter.passed_on is not None and days.held_on <= matter.passed_on:
        return Miss.UNDECIDED
    return None


def _last_day(matter: Matter, body: BodyRule, calendar: WorkCalendar) -> MeetingDays:
    """Return the days on the way to a meeting on the last day that would do, its draft after the figures."""
    wait = 0 if body.minutes_at_once else body.minutes_days
    days = plan_days(MeetingFacts(matter.needed_on - wait * _DAY), matter, body, calendar)
    if days.ready_on is None or not days.draft_on < days.ready_on <= matter.needed_on:
        return days
    return replace(days, draft_on=days.ready_on)


def _fit(usable: list[MeetingDays], listed: list[MeetingFacts], matter: Matter, *, gone: bool) -> Fit:
    if usable:
        return Fit.FITS
    if not listed:
        return Fit.NO_MEETINGS
    return Fit.NONE if gone or listed[-1].held_on >= matter.needed_on else Fit.NOT_ALL_KNOWN
