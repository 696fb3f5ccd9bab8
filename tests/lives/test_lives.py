"""Live through a thousand grants of every programme by chance: each closes or ends for a stated reason, by the rules.

The lives are pure: the same plan, ladder, gate and sizes as the round's, without a database. A life that fails is
shrunk to a short one and printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.shipped_files import PROGRAMMES
from models.programme.file import Programme
from models.rules.dates.anchors import KnownDate
from models.rules.dates.committee import MeetingFacts
from models.rules.dates.plan import calendar_of, decide_step_status, plan_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.money.gate import GateReason, may_release
from models.rules.money.shares import Part, size_parts
from models.rules.notices.ladder import Line, StepFacts, Told, decide_notice, decide_recipients
from models.rules.notices.recipients import PersonFacts
from models.rules.steps.needs import expand_needs, find_approved
from models.rules.watch.concerns import ladders_of
from models.vocabulary import SETTLED, UNSETTLED, StepKind, StepStatus
from tasks.programmes.files import read_programme
from tests.rule_builders import a_withheld_instalment, an_approval

DAY = timedelta(days=1)
STRANGERS = Path(__file__).parents[1] / "programmes" / "strangers"
PATHS = sorted([*PROGRAMMES.glob("*.yaml"), *STRANGERS.glob("*.yaml")])
# The coordinator, and the line above: unit manager, head of department, head of administration.
PEOPLE = {
    1: PersonFacts(1, 2),
    2: PersonFacts(2, 3),
    3: PersonFacts(3, 4),
    4: PersonFacts(4),
    5: PersonFacts(5),
}
ROLES = {
    "coordinator": 1,
    "unit_manager": 2,
    "head_of_department": 3,
    "head_of_administration": 4,
    "committee": 5,
    "controller": 5,
    "admin": 5,
}


@lru_cache
def programme_at(path: Path) -> Programme:
    return read_programme(path)


@dataclass
class Life:
    """A grant as it is lived: what is known, where each step stands, who was told what."""

    programme: Programme
    facts: PlanFacts
    today: date
    statuses: dict[str, StepStatus] = field(default_factory=dict)
    told: dict[tuple[str, date], list[tuple[str, Told]]] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)

    def plan(self) -> dict[str, PlannedStep]:
        """Plan again, and bring every step's status up to date."""
        planned = {step.key: step for step in plan_steps(self.programme, self.facts)}
        places = self.places(planned)
        for key, step in planned.items():
            label = step.period.label if step.period else None
            needs = expand_needs(step.rule, label, places, self.programme)
            stands = self.statuses.get(key, StepStatus.WAITING)
            met = [self.statuses.get(need, StepStatus.WAITING) for need in needs]
            self.statuses[key] = decide_step_status(stands, step.due_on, met, has_come=True)
        return planned

    def places(self, planned: dict[str, PlannedStep]) -> dict[str, tuple[str, str | None]]:
        """Return each step's place in the programme, as `expand_needs` takes them."""
        return {key: (one.rule.key, one.period.label if one.period else None) for key, one in planned.items()}

    def settle(self, step: PlannedStep, on: date) -> None:
        """Let the step be done, or approved, on the day."""
        approved = step.rule.kind is StepKind.APPROVAL
        self.statuses[step.key] = StepStatus.APPROVED if approved else StepStatus.DONE
        self.facts = replace(self.facts, done={**self.facts.done, step.key: on})
        self.history.append(f"{on} {step.key} {self.statuses[step.key]}")

    def missing(self, step: PlannedStep, planned: dict[str, PlannedStep]) -> list[str]:
        """Return the conditions of the step's instalment that are not approved: its claim may not leave."""
        if step.rule.kind is not StepKind.CLAIM or step.rule.instalment is None:
            return []
        rule = next((one for one in self.programme.instalments if one.number == step.rule.instalment), None)
        needed = set(rule.needs) if rule else set()
        return [
            key
            for key, one in planned.items()
            if one.rule.key in needed and self.statuses[key] is not StepStatus.APPROVED
        ]


Draw = Callable[[st.SearchStrategy[int]], int]


def tell(life: Life, step: PlannedStep, until: date) -> None:
    """Run the ladder on every working day that it looks at, from when the step opens until it is answered."""
    if step.due_on is None:
        return
    calendar, ladder = calendar_of(life.programme), ladders_of(life.programme)[step.rule.ladder]
    facts, line = StepFacts(step.due_on, step.opens_on), Line(1, ROLES, PEOPLE)
    said = life.told.setdefault((step.key, step.due_on), [])
    day: date | None = calendar.on_or_after(life.today)
    while day is not None and day < until:
        decision = decide_notice(facts, ladder, [one for _, one in said], day, calendar)
        if decision.rung is not None:
            # What opens only when it is overdue is told all the same: somebody must ask for more time.
            if step.opens_on is not None and step.opens_on <= step.due_on:
                assert day >= min(step.opens_on, calendar.on_or_before(step.due_on))
            known = [one for _, one in said]
            for person in decide_recipients(decision.rung, ladder, known, line, day):
                said.append((decision.rung.key, Told(decision.rung.position, person.person_id, day)))
        following = decision.next_action_on
        day = calendar.on_or_after(max(following, day + DAY)) if following else None


def hold_told(life: Life) -> None:
    """Nobody is told twice of the same rung; rungs rise, and escalations lie a working day apart."""
    for notices in life.told.values():
        assert len({(rung, one.person_id) for rung, one in notices}) == len(notices)
        days = {one.position: one.told_on for _, one in notices}
        assert list(days) == sorted(days)
        assert all(first < second for first, second in pairwise(days.values()))


def hold_release(life: Life, planned: dict[str, PlannedStep]) -> None:
    """The gate lets nothing out whose condition is not approved, and needs two people."""
    for rule in life.programme.instalments:
        conditions = [
            an_approval(life.statuses[key], key, id=number)
            for number, (key, one) in enumerate(planned.items(), start=1)
            if one.rule.key in rule.needs
        ]
        if not conditions:
            continue
        part = a_withheld_instalment(requested_by_id=1)
        decided = may_release(part, conditions, by_id=2, allowed_ids=[1, 2], today=date.max)
        approved = all(one.status is StepStatus.APPROVED for one in conditions)
        assert (decided.reason is GateReason.CONFIRMED) is approved
        if approved:
            assert (
                may_release(part, conditions, by_id=1, allowed_ids=[1, 2], today=date.max).reason
                is GateReason.SAME_PERSON
            )


def hold_sums(life: Life, planned: dict[str, PlannedStep]) -> None:
    """The instalments add up to the award, and none is negative."""
    award = life.facts.award_minor or 0
    labels = {step.period.label for step in planned.values() if step.period and step.rule.instalment}
    parts = [
        Part(
            rule.number,
            share=rule.share if rule.share != "claimed" else None,
            at_most=rule.at_most,
            sum_minor=None,
            stated_minor=award // 2 if rule.at_most else None,
            claimed_minor=award // 10 if rule.share == "claimed" else None,
            kept=rule.less.share if rule.less else None,
        )
        for rule in life.programme.instalments
        for _ in range(max(1, len(labels)) if rule.each else 1)
    ]
    sized = size_parts(award, parts, life.programme.ceiling)
    amounts = [one.amount_minor for one in sized]
    assert all(amount is None or amount >= 0 for amount in amounts)
    total = sum(amount or 0 for amount in amounts)
    assert total <= award
    if all(amount is not None for amount in amounts) and parts[-1].claimed_minor is None:
        assert total == award


def live(life: Life, draw: Draw) -> str:
    """Live to the end; return "closed", or why it ended before."""
    for _ in range(400):
        planned = life.plan()
        assert planned == {step.key: step for step in plan_steps(life.programme, life.facts)}
        hold_release(life, planned)
        unsettled = [step for step in planned.values() if life.statuses[step.key] in UNSETTLED]
        if not unsettled:
            return "closed"
        ready = [
            step
            for step in unsettled
            if life.statuses[step.key] is StepStatus.OPEN and not life.missing(step, planned)
        ]
        if not ready:
            return dead_end(life, planned, unsettled)
        step = min(ready, key=lambda one: (one.due_on or date.max, one.position))
        act(life, step, planned, draw)
    raise AssertionError("the life goes round in a ring")


def act(life: Life, step: PlannedStep, planned: dict[str, PlannedStep], draw: Draw) -> None:
    """Let the step's owner answer it some days early or late; an approval may send the report back."""
    assert step.due_on is not None
    late = draw(st.integers(-10, 35))
    day = max(life.today, step.opens_on or date.min, step.due_on + late * DAY)
    tell(life, step, day)
    life.today = max(life.today, day)
    times = life.returned.get(step.key, 0)
    if step.rule.approves and times < 2 and draw(st.integers(0, 5)) == 0:
        life.returned[step.key] = times + 1
        label = step.period.label if step.period else None
        report = planned[find_approved(step.rule, label, life.places(planned), life.programme)[-1]]
        life.statuses[report.key] = StepStatus.OPEN
        life.statuses[step.key] = StepStatus.WAITING
        life.facts = replace(
            life.facts,
            done={key: on for key, on in life.facts.done.items() if key not in (report.key, step.key)},
            returned={**life.facts.returned, step.key: day},
            fixed={**life.facts.fixed, report.key: (day + 7 * DAY, f"the return on {day}")},
        )
        life.history.append(f"{day} {report.key} returned")
        return
    life.settle(step, day)


def dead_end(life: Life, planned: dict[str, PlannedStep], unsettled: list[PlannedStep]) -> str:
    """Return the reason that the plan itself states; a life that is stuck without one is a defect."""
    undated = [step for step in unsettled if step.due_on is None]
    assert undated, f"nothing can be done and nothing says why: {[step.key for step in unsettled]}"
    assert {step.receipt.form for step in undated} == {"waits"}
    # What it waits for is not there: a date that no decision gave, or a step of a period that the grant has not.
    assert any(
        anchor not in planned and anchor.removesuffix(".done") not in life.statuses
        for step in undated
        for anchor in step.rule.due.names
    )
    return f"waits {min(str(step.receipt.anchor) for step in undated)}"


@st.composite
def awards(draw: st.DrawFn) -> tuple[Path, PlanFacts]:
    """A programme, and an award under it: its time, the decision's dates, the sum, the committee's meetings."""
    path = draw(st.sampled_from(PATHS))
    programme = programme_at(path)
    start = draw(st.dates(date(2005, 1, 1), date(2035, 12, 31)))
    end = start + draw(st.integers(27, 800)) * DAY
    decided = start + draw(st.integers(-90, 60)) * DAY
    dates = {"decided_on": KnownDate(decided, "the decision letter")}
    for key, rule in programme.dates.items():
        # A decision may say nothing of a date: what counts from it waits, and says so.
        if draw(st.integers(0, 19)) if rule.required else draw(st.booleans()):
            given = start - 120 * DAY if rule.given_by == "grant" else end + draw(st.integers(10, 90)) * DAY
            dates[key] = KnownDate(given, "the decision letter")
    held = [end + days * DAY for days in range(-40, 200, draw(st.sampled_from([14, 28, 60])))]
    meetings = {body: tuple(MeetingFacts(day) for day in held) for body in programme.bodies}
    award = draw(st.integers(0, 90_000_000))
    return path, PlanFacts(dates, start, end, award_minor=award, meetings=meetings)


@settings(max_examples=1_000)
@given(award=awards(), data=st.data())
def test_thousand_lives_close_or_end_for_a_stated_reason(
    award: tuple[Path, PlanFacts], data: st.DataObject
) -> None:
    path, facts = award
    programme = programme_at(path)
    life = Life(programme, facts, min(facts.dates["decided_on"].on, facts.period_start_on or date.max))
    for rule in programme.steps:
        if rule.settled_by_decision:
            life.statuses[rule.key] = StepStatus.DONE
            life.facts = replace(life.facts, done={**life.facts.done, rule.key: facts.dates["decided_on"].on})
    ended = live(life, data.draw)
    planned = life.plan()
    hold_told(life)
    hold_sums(life, planned)
    if ended == "closed":
        assert all(life.statuses[key] in SETTLED for key in planned)
    else:
        assert ended.startswith("waits ")
