"""A list that asks a rule's question in SQL gets the rule's answer, for each step that there can be."""

from datetime import date, timedelta
from itertools import chain, combinations_with_replacement, product
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, insert, select
from sqlmodel import Session
from sqlmodel import select as select_models

from models.facts import letter
from models.rules.dates import agenda
from models.rules.dates.agenda import find_meeting
from models.rules.dates.committee import Fit, Matter
from models.rules.dates.planned_meeting import PlannedMeeting, read_planned_meeting
from models.rules.duties import has_left
from models.rules.money.conditions import find_missing_conditions
from models.rules.notices.recipients import PersonFacts, find_last_day_away
from models.rules.steps.lateness import is_late, is_pending
from models.rules.steps.order import can_be_done
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.person import Absence, Person
from models.tables.step import Step
from models.vocabulary import SETTLED, GrantStatus, Phase, StepKind, StepStatus
from tasks.store.lateness import has_passed
from tasks.store.queries import (
    IS_MEETING_UNKNOWN,
    awaits_meeting,
    away_until,
    doable_steps,
    has_meeting,
    is_away,
    is_here,
    late_steps,
    misses_condition,
    pending_steps,
)
from tests.builders import (
    a_database,
    a_grant,
    a_person,
    a_programme_version,
    a_step,
    an_absence,
    an_instalment,
    an_organisation,
)
from tests.rule_builders import a_planned_step

GRANT, STEP, INSTALMENT, PERSON = (table_of(one) for one in (Grant, Step, Instalment, Person))
ABSENCE = table_of(Absence)
TODAY = date(2011, 1, 20)
DAYS = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
PLANS = tuple(
    PlannedMeeting(
        fit,
        Matter(needed_on=TODAY),
        held_on=TODAY,
        agenda_on=TODAY,
        documents_on=TODAY,
        draft_on=TODAY,
        confirmed_on=TODAY,
    )
    for fit in Fit
)
RECEIPTS: tuple[dict[str, Any], ...] = ({}, {"meeting": {}}, *({"meeting": plan.as_json()} for plan in PLANS))


def a_step_of_each_sort(engine: Engine) -> None:
    """Insert a step of every phase, kind, state and day, in grants of every state, awarded and not."""
    with engine.begin() as connection:
        body, person = an_organisation(connection), a_person(connection)
        programme = a_programme_version(connection)
        common = {"programme_id": programme, "funder_id": body, "recipient_id": body}
        for status, awarded_on in product(GrantStatus, (None, date(2009, 11, 5))):
            grant_id = a_grant(connection, status=status, awarded_on=awarded_on, **common)
            sorts = product(Phase, StepKind, StepStatus, DAYS)
            steps: list[dict[str, Any]] = [
                {
                    "grant_id": grant_id,
                    "key": f"step-{number}",
                    "template_key": "step",
                    "position": number,
                    "phase": phase,
                    "kind": kind,
                    "status": state,
                    "done_on": TODAY if state in SETTLED else None,
                    "done_by_id": person if state is StepStatus.APPROVED else None,
                    "due_on": due_on,
                    "opens_on": due_on,
                    "promised_on": TODAY if number % 3 else None,
                    "expected_on": None if number % 5 else TODAY,
                    "ladder": "default",
                    "owner_role": "coordinator",
                    "with_funder": False,
                    "version": 1,
                    "receipt": RECEIPTS[number % len(RECEIPTS)],
                    "returned_count": 0,
                }
                for number, (phase, kind, state, due_on) in enumerate(sorts)
                if (kind, state) != (StepKind.REPORT, StepStatus.APPROVED)
            ]
            connection.execute(insert(STEP), steps)


def test_conditions_on_steps_are_their_rules(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_step_of_each_sort(engine)
    with Session(engine) as session:
        rows = session.exec(select_models(Step, Grant).join(Grant)).all()

        def listed(condition: ColumnElement[bool]) -> set[int]:
            ids = select(STEP.c.id).join(GRANT, GRANT.c.id == STEP.c.grant_id).where(condition)
            return set(session.connection().scalars(ids))

        pending = {step.id for step, grant in rows if is_pending(step, grant)}
        late = {step.id for step, grant in rows if is_late(step, grant, TODAY)}
        assert pending > late > set()
        assert (listed(pending_steps()), listed(late_steps(TODAY))) == (pending, late)
        assert listed(doable_steps(TODAY)) == {step.id for step, _ in rows if can_be_done(step, TODAY)}
        assert (
            listed(has_meeting()) == {step.id for step, _ in rows if find_meeting(step) is not None} != set()
        )
        before = TODAY - timedelta(days=1)
        for day in (before, TODAY):
            ahead = {step.id for step, _ in rows if agenda.awaits_meeting(step, day)}
            assert listed(awaits_meeting(day)) == ahead
            assert bool(ahead) is (day == before)
        plans = {step.id: read_planned_meeting(step.receipt) for step, _ in rows}
        unknown = {step_id for step_id, plan in plans.items() if plan is not None and plan.is_unknown}
        assert listed(IS_MEETING_UNKNOWN) == unknown != set()
    engine.dispose()


def test_condition_on_instalments_is_its_rule(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    missing = {}
    with engine.begin() as connection:
        grant_id, person = a_grant(connection), a_person(connection)
        steps = {
            (state, number): a_step(
                connection,
                grant_id,
                key=f"{state}-{number}",
                kind=StepKind.APPROVAL,
                status=state,
                done_on=TODAY,
                done_by_id=person,
            )
            for state, number in product(StepStatus, range(3))
        }
        several = (combinations_with_replacement(StepStatus, count) for count in range(4))
        for number, states in enumerate(chain.from_iterable(several), start=1):
            needs = [steps[state, place] for place, state in enumerate(states)]
            part = an_instalment(connection, grant_id, *needs, number=number, amount_minor=0)
            missing[part] = bool(find_missing_conditions([a_planned_step(status=state) for state in states]))
        found = set(connection.scalars(select(INSTALMENT.c.id).where(misses_condition())))
    assert found == {part for part, is_missing in missing.items() if is_missing}
    assert 0 < len(found) < len(missing)
    engine.dispose()


def test_condition_on_a_due_day_is_its_rule(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_step_of_each_sort(engine)
    with engine.connect() as connection:
        is_over = has_passed(STEP.c.due_on, TODAY)
        over = set(connection.scalars(select(STEP.c.due_on).where(is_over)))
    assert over == {day for day in DAYS if letter.has_passed(day, TODAY)} != set()
    engine.dispose()


def test_condition_on_people_is_its_rule(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    with engine.begin() as connection:
        departures = {a_person(connection, departed_on=day): day for day in DAYS}
        here = set(connection.scalars(select(PERSON.c.id).where(is_here(TODAY))))
    assert here == {person for person, departed_on in departures.items() if not has_left(departed_on, TODAY)}
    assert 0 < len(here) < len(departures)
    engine.dispose()


def test_condition_on_absences_is_its_rule(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    days = [day for day in DAYS if day is not None]
    with engine.begin() as connection:
        people = {a_person(connection): ends for ends in combinations_with_replacement(days, 2)}
        absences = {an_absence(connection, person, *ends): ends for person, ends in people.items()}
        away = set(connection.scalars(select(ABSENCE.c.id).where(is_away(TODAY))))
        until = connection.execute(select(PERSON.c.id, away_until(PERSON.c.id, TODAY))).all()
    assert away == {one for one, ends in absences.items() if PersonFacts(1, absences=(ends,)).is_away(TODAY)}
    assert dict(map(tuple, until)) == {one: find_last_day_away([ends], TODAY) for one, ends in people.items()}
    assert 0 < len(away) < len(absences)
    engine.dispose()
