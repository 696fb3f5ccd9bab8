"""A sample award that dates a programme's steps, to show its author the resulting calendar."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from models.intake.file import GrantEntry, MeetingEntry
from models.message import Remark
from models.programme.language.each import read_each
from models.programme.language.rule import Day
from models.programme.plan import Programme
from models.reading.number import minor_units
from models.rules.dates.anchors import KnownDate
from models.rules.dates.committee import MeetingFacts
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.dates.thresholds import add_up_so_far, find_threshold
from models.rules.money.shares import add_up_award
from models.tables.grant import Decision
from models.vocabulary import DecisionKind, Phase, StepKind
from tasks.programmes.note_faults import Noted
from tasks.store.queries import shape_rows


@dataclass(frozen=True, slots=True)
class SampleAward:
    """An award under a programme: its facts, and the dated steps."""

    facts: PlanFacts
    planned: tuple[PlannedStep, ...]


def sample_calendar(
    programme: Programme, award: GrantEntry | None, meetings: Sequence[MeetingEntry] = ()
) -> SampleAward:
    """Return the programme's steps, dated for a grant of an import file with meetings, or an invented one.

    The invented one begins in January 2026, or in the year of the programme's first fixed day. It
    is long enough to show every step. Steps that count from the completion of another are dated as
    if each were done on its last day.
    """
    if award:
        facts = _facts_of(award, programme)
        return _dated(programme, replace(facts, meetings=_held(programme, meetings)))
    start = date(min(_fixed_years(programme), default=2026), 1, 1)
    repeated = {rule.key for rule in programme.steps if rule.each}
    for years in _YEARS:
        end = start + relativedelta(years=years, days=-1)
        sample = _dated(programme, _invented(programme, start, end))
        if repeated <= {step.rule.key for step in sample.planned}:
            break
    return sample


_YEARS = (1, 3, 5)


def _fixed_years(programme: Programme) -> Iterator[int]:
    """Yield the years of the due days that the programme states itself."""
    for rule in programme.steps:
        if isinstance(rule.due.what, Day):
            yield rule.due.what.day.year


def sample_awards(programme: Programme, every: int = 1) -> Iterator[SampleAward]:
    """Yield all or regularly chosen sample awards: many lengths, large and small, begun in every month.

    None begins after the year of the programme's first fixed day: it would not be under that
    programme.
    """
    latest = min(_fixed_years(programme), default=date.max.year)
    for number in range(0, _AWARDS, every):
        month = date(min(2023 + number % 12 // 4, latest), number * 5 % 12 + 1, 1)
        start = month + timedelta(days=(0, 14, 6, 27)[number % 4])
        end = start + relativedelta(months=_LENGTHS[number % len(_LENGTHS)]) - timedelta(days=1)
        yield _dated(programme, _invented(programme, start, end, large=number % 2 == 0))


class EdgeAward(NamedTuple):
    """An unusual award that a programme allows: its description, and the award."""

    said: Remark
    award: SampleAward


def edge_awards(programme: Programme) -> Iterator[EdgeAward]:
    """Yield awards of one period, extended after each of its reports, and with late approvals.

    What is done by then is not planned again.
    """
    usual = sample_calendar(programme, None)
    start = usual.facts.period_start_on or date.min
    end = usual.facts.period_end_on or date.max
    for months in sorted({read_each(rule.each).months for rule in programme.steps if rule.each} - {0}):
        cut = start + relativedelta(months=months, days=-1)
        yield EdgeAward(Noted.ONE_PERIOD(), _dated(programme, _invented(programme, start, cut)))
    dated = {step.key: step.due_on for step in usual.planned if step.due_on is not None}
    # A report that includes another's last period must be sent back before the grant is extended.
    takers = {rule.fold_last_into for rule in programme.steps}
    report_days = [dated[step.key] for step in usual.planned if step.key in dated and step.rule.key in takers]
    for step in usual.planned:
        today = dated.get(step.key, date.max)
        if step.rule.kind is StepKind.REPORT and today < min(report_days, default=date.max):
            done = {key: due_on for key, due_on in dated.items() if due_on <= today}
            days = _days_given_again(programme, usual.facts, today)
            facts = replace(usual.facts, dates=days, period_end_on=end + _EXTENDED, done=done)
            yield EdgeAward(Noted.EXTENDED(step=step.key), _undone(programme, facts))
    late = {
        step.key: dated[step.key] + _LATE
        for step in usual.planned
        if step.rule.approves and step.key in dated
    }
    if late:
        yield EdgeAward(Noted.LATE_APPROVALS(), _undone(programme, replace(usual.facts, done=late)))


# How much an award is extended, and how late an approval is given.
_EXTENDED = relativedelta(months=6)
_LATE = timedelta(days=60)


def _days_given_again(programme: Programme, facts: PlanFacts, today: date) -> Mapping[str, KnownDate]:
    """Return the grant's days after an extension: those of the decision that are still to come move."""
    return {
        name: day._replace(on=day.on + _EXTENDED)
        if name in programme.dates and programme.dates[name].given_by == "decision" and day.on > today
        else day
        for name, day in facts.dates.items()
    }


def _undone(programme: Programme, facts: PlanFacts) -> SampleAward:
    award = _dated(programme, facts)
    return replace(award, planned=tuple(step for step in award.planned if step.key not in facts.done))


_AWARDS = 60
_LENGTHS = (3, 6, 9, 12, 18, 24, 36)


def _held(programme: Programme, meetings: Sequence[MeetingEntry]) -> Mapping[str, tuple[MeetingFacts, ...]]:
    """Return the meetings of each of the programme's bodies; a body of the recipient's has all of them."""
    return {
        name: tuple(
            shape_rows(
                MeetingFacts, [meeting for meeting in meetings if body.organisation in (None, meeting.body)]
            )
        )
        for name, body in programme.bodies.items()
    }


def _dated(programme: Programme, facts: PlanFacts) -> SampleAward:
    return SampleAward(facts, plan_steps(programme, replace(facts, as_if_done=True)))


def _facts_of(entry: GrantEntry, programme: Programme) -> PlanFacts:
    dates = {name: KnownDate(day.on, day.source, day.choice) for name, day in entry.dates.items()}
    for decision in entry.decisions:
        if decision.kind is DecisionKind.AWARD:
            dates["decided_on"] = KnownDate(decision.decided_on, decision.source)
        dates |= {name: KnownDate(on, decision.source) for name, on in decision.dates.items()}
    decisions = [
        Decision(
            grant_id=0,
            kind=decision.kind,
            decided_on=decision.decided_on,
            amount_minor=minor_units(decision.amount, programme.currency),
            total_minor=minor_units(decision.total, programme.currency),
            recorded_at=datetime.min.replace(tzinfo=UTC),
        )
        for decision in entry.decisions
    ]
    ends = dates.get("grant_end_on")
    return PlanFacts(
        dates,
        entry.period_start_on,
        ends.on if ends is not None else entry.period_end_on,
        stated=add_up_so_far(decisions),
        award_minor=add_up_award(decisions),
    )


def _invented(programme: Programme, start: date, end: date, *, large: bool = True) -> PlanFacts:
    """Return an award of that period, above every threshold or below, with every date that must be given.

    A large one has optional facts too, to show the steps that depend on them.
    """
    dates: dict[str, KnownDate] = {}
    decided = 0
    given_to_some = {rule.given for rule in programme.steps} if large else set[str | None]()
    given_to_some |= {key for rule in programme.steps if rule.each for key in read_each(rule.each).keys}
    for name, rule in programme.dates.items():
        if not rule.required and name not in given_to_some:
            continue
        given = start - timedelta(days=120)
        if rule.given_by == "decision":
            given = _given(programme, name, start, end) + timedelta(weeks=2 * decided)
            decided += 1
        dates[name] = KnownDate(given, "sample award")
    decided_on = _decided_on(programme, PlanFacts(dates, start, end)) or start - timedelta(days=60)
    dates["decided_on"] = KnownDate(decided_on, "sample award")
    bounds = [
        bound
        for rule in programme.steps
        if rule.when
        for found in [find_threshold(programme, rule, decided_on.year)]
        for bound in (found.from_minor, found.below_minor)
        if bound
    ]
    award = (
        max([*(2 * bound for bound in bounds), 10**8])
        if large
        else min([*(bound - 1 for bound in bounds), 10**8])
    )
    return PlanFacts(dates, start, end, award_minor=award)


def _decided_on(programme: Programme, facts: PlanFacts) -> date | None:
    """Return when the funder is expected to decide: the last day of what the decision settles."""
    planned = plan_steps(programme, replace(facts, as_if_done=True))
    return max(
        (step.due_on for step in planned if step.rule.settled_by_decision and step.due_on), default=None
    )


def _given(programme: Programme, name: str, start: date, end: date) -> date:
    """Return a day that a decision might give: early, midway or late, like the first step counted from it."""
    users = (
        rule
        for rule in programme.steps
        if name in (*rule.day_names, *(rule.opens.names if rule.opens else ()))
    )
    rule = next(users, None)
    if rule is not None and (rule.phase in (Phase.APPLICATION, Phase.DECISION) or rule.instalment == 1):
        return start - timedelta(days=30)
    if rule is not None and rule.phase is Phase.FOLLOW_UP:
        return start + (end - start) // 2
    return end + timedelta(days=20)
