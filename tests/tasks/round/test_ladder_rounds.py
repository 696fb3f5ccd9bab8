"""Walk ladders through months of rounds, outages and absences, and hold what must be true of any of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from models.programme.plan import RungRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.ladder import (
    LadderStep,
    Reason,
    StepPeople,
    ToldNotice,
    decide_notice,
    decide_recipients,
    find_rung_day,
    next_action_on,
)
from models.rules.notices.recipients import PersonFacts
from tests.rule_builders import a_ladder, the_default_ladder

SWEDEN = WorkCalendar("SE")
OWNER, PEOPLE = 1, range(1, 7)
DAYS = 60
ROLES = ("unit_manager", "head_of_department", "head_of_administration", "controller")


@dataclass(frozen=True)
class Walk:
    """A step, its ladder and people, and the days from the first on which the round runs and plans again."""

    step: LadderStep
    ladder: tuple[RungRule, ...]
    line: StepPeople
    begins_on: date
    outage: frozenset[int] = frozenset()
    replans: frozenset[int] = frozenset()

    def days(self) -> Iterator[tuple[int, date]]:
        """Yield the days on which the round runs, with their numbers."""
        for number in range(DAYS):
            if number not in self.outage:
                yield number, self.begins_on + timedelta(days=number)


@dataclass(frozen=True)
class Notice:
    """A rung told to people on a day."""

    on: date
    rung: RungRule
    people: tuple[int, ...]
    reason: Reason


@dataclass
class History:
    """What was told so far."""

    notices: list[Notice] = field(default_factory=list)
    told: list[ToldNotice] = field(default_factory=list)

    def run_round(self, walk: Walk, today: date) -> date | None:
        """Do what a morning's round does with the step; return the day of the next look."""
        decision = decide_notice(walk.step, walk.ladder, self.told, today, SWEDEN)
        if decision.rung is None:
            return decision.next_action_on
        reached = decide_recipients(decision.rung, walk.ladder, self.told, walk.line, today)
        if not reached:
            return SWEDEN.add(today, 1)
        people = tuple(one.person_id for one in reached)
        self.notices.append(Notice(today, decision.rung, people, decision.reason))
        self.told += [
            ToldNotice(decision.rung.position, one.person_id, today, one.instead_of_id) for one in reached
        ]
        return decision.next_action_on


def every_day(walk: Walk) -> History:
    """Return what is told when every round looks at the step."""
    history = History()
    for _, today in walk.days():
        history.run_round(walk, today)
    return history


def when_looked_at(walk: Walk) -> History:
    """Return what is told when the round looks only when `next_action_on` says so."""
    history = History()
    look = next_action_on(walk.step, walk.ladder, (), SWEDEN)
    for number, today in walk.days():
        if number in walk.replans:
            look = next_action_on(walk.step, walk.ladder, history.told, SWEDEN)
        if look is not None and look <= today:
            look = history.run_round(walk, today)
    return history


@st.composite
def ladders(draw: st.DrawFn) -> tuple[RungRule, ...]:
    """Return reminders in days or working days, then escalations, rising."""
    if draw(st.booleans()):
        return the_default_ladder()
    unit = st.sampled_from(["days", "working_days"])
    before = draw(st.sets(st.integers(-30, 0), max_size=4))
    after = draw(st.sets(st.integers(1, 20), max_size=4))
    reminders, escalations = draw(unit), draw(unit)
    targets = st.lists(st.sampled_from(("owner", *ROLES)), min_size=1, max_size=3, unique=True)
    return a_ladder(
        *({reminders: shift, "to": ["owner"]} for shift in sorted(before)),
        *({escalations: shift, "to": draw(targets)} for shift in sorted(after)),
    )


@st.composite
def walks(draw: st.DrawFn, reachable: bool = False) -> Walk:
    """Return any walk; with `reachable`, everyone is there and has a different role."""
    due_on = draw(st.dates(date(2009, 1, 1), date(2011, 12, 31)))
    begins_on = due_on + timedelta(days=draw(st.integers(-50, 40)))
    opens = draw(st.none() | st.integers(-40, 5))
    step = LadderStep(due_on, None if opens is None else due_on + timedelta(days=opens))
    numbers = st.integers(0, DAYS - 1)
    outage: set[int] = set()
    for _ in range(draw(st.integers(0, 3))):
        first = draw(numbers)
        outage |= set(range(first, first + draw(st.integers(1, 25))))
    line = StepPeople(
        OWNER, dict(zip(ROLES, (2, 3, 4, 5), strict=True)), {one: PersonFacts(one) for one in PEOPLE}
    )
    if not reachable:
        line = draw(lines(begins_on))
    return Walk(step, draw(ladders()), line, begins_on, frozenset(outage), draw(st.frozensets(numbers)))


@st.composite
def lines(draw: st.DrawFn, begins_on: date) -> StepPeople:
    """Return people with any managers, deputies, leaves and roles; some have left or bounce."""
    someone = st.none() | st.sampled_from(PEOPLE)
    people = {}
    for one in PEOPLE:
        leaves = []
        for _ in range(draw(st.integers(0, 2))):
            first = begins_on + timedelta(days=draw(st.integers(0, DAYS)))
            leaves.append((first, first + timedelta(days=draw(st.integers(0, 30)))))
        leaving = draw(st.none() | st.integers(0, DAYS))
        departed_on = None if leaving is None else begins_on + timedelta(days=leaving)
        bounced = draw(st.integers(0, 5)) == 0
        people[one] = PersonFacts(one, draw(someone), draw(someone), departed_on, bounced, tuple(leaves))
    return StepPeople(OWNER, draw(st.dictionaries(st.sampled_from(ROLES), st.sampled_from(PEOPLE))), people)


def a_year_late() -> Walk:
    """Return a walk that begins a year after the due date."""
    people = {one: PersonFacts(one, one + 1 if one < 4 else None) for one in PEOPLE}
    step = LadderStep(date(2010, 4, 30))
    return Walk(step, the_default_ladder(), StepPeople(OWNER, {}, people), date(2011, 4, 29))


@given(walk=walks())
@example(walk=a_year_late())
def test_rungs_rise_on_working_days_once_a_person_and_not_before_their_day(walk: Walk) -> None:
    notices = every_day(walk).notices
    positions = [notice.rung.position for notice in notices]
    assert positions == sorted(set(positions))
    told = Counter((notice.rung.key, person) for notice in notices for person in notice.people)
    assert set(told.values()) <= {1}
    days = [notice.on for notice in notices]
    assert all(SWEDEN.is_working(day) for day in days)
    assert len(days) == len(set(days))
    for notice in notices:
        day = find_rung_day(notice.rung, walk.step, SWEDEN)
        assert day <= notice.on
        assert (notice.reason is Reason.CAUGHT_UP) == (day < notice.on)
    # Escalations rise one at a time, a working day apart.
    escalations = [notice for notice in notices if notice.rung.escalates]
    for earlier, later in pairwise(escalations):
        assert later.rung.position == earlier.rung.position + 1
        assert SWEDEN.between(earlier.on, later.on) >= 1
    if escalations:
        lowest = min(rung.position for rung in walk.ladder if rung.escalates)
        assert escalations[0].rung.position == lowest
    assert when_looked_at(walk).notices == notices


@given(walk=walks())
def test_same_morning_twice_tells_nothing_more(walk: Walk) -> None:
    once, twice = History(), History()
    for _, today in walk.days():
        once.run_round(walk, today)
        twice.run_round(walk, today)
        twice.run_round(walk, today)
    assert twice.notices == once.notices


@given(walk=walks(reachable=True))
@example(walk=a_year_late())
def test_missed_step_is_told_the_first_working_day_the_round_runs(walk: Walk) -> None:
    history = History()
    for _, today in walk.days():
        before = len(history.told)
        missed = [
            rung for rung in walk.ladder if rung.escalates and find_rung_day(rung, walk.step, SWEDEN) <= today
        ]
        history.run_round(walk, today)
        if SWEDEN.is_working(today) and missed:
            assert any(one.position >= missed[0].position for one in history.told)
            told = max(one.position for one in history.told)
            assert told == missed[-1].position or len(history.told) > before


@given(walk=walks())
def test_escalation_never_goes_up_to_owner_stand_in_or_someone_told_before(walk: Walk) -> None:
    history = History()
    for _, today in walk.days():
        before, notices = list(history.told), len(history.notices)
        history.run_round(walk, today)
        fresh = [one for one in history.told[len(before) :] if history.notices[-1].rung.escalates]
        if len(history.notices) == notices or not fresh:
            continue
        owners = {OWNER} | {one.person_id for one in fresh if one.instead_of_id == OWNER}
        above = [one for one in fresh if one.person_id not in owners]
        known = {one.person_id for one in before} | {one.instead_of_id for one in before}
        assert not known & {
            person for one in above for person in (one.person_id, one.instead_of_id) if person
        }


@given(walk=walks(reachable=True), moved=st.integers(1, 40))
def test_due_date_moved_restarts_the_ladder(walk: Walk, moved: int) -> None:
    later = LadderStep(walk.step.due_on and walk.step.due_on + timedelta(days=moved), walk.step.opens_on)
    for _, today in walk.days():
        afresh = decide_notice(later, walk.ladder, (), today, SWEDEN)
        assert afresh.reason not in (Reason.ALREADY_TOLD, Reason.ONE_A_DAY)
        reached = [rung for rung in walk.ladder if find_rung_day(rung, later, SWEDEN) <= today]
        assert (afresh.rung is not None) == bool(reached and SWEDEN.is_working(today))
