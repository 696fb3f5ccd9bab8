"""Hold that the phases come in order: what comes after the award is told to nobody before it, and is never late."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from models.commands.steps import Extend
from models.rules.dates.calendar import WorkCalendar
from models.rules.steps.order import has_come
from models.rules.watch.findings import FindingKind
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.overview.explanation import explain_step
from tasks.overview.grants import portfolio
from tasks.overview.portfolio import portfolio_figures
from tasks.store.database import reading, transaction
from tasks.store.queries import time_has_come
from tasks.watch.audit import AuditMoment, audit
from tasks.words.translator import translator
from tests.builders import a_grant, a_step
from tests.database_kinds import on_both
from tests.grant_scenes import (
    DEPUTY,
    GRANT,
    OWNER,
    PERSON,
    STEP,
    ZONE,
    act,
    answer,
    at,
    decide,
    do_round,
    open_grants,
    person_id,
    steps,
    told,
)

Q1 = "follow-up-2010-q1"
SWEDEN = WorkCalendar("SE")


def do_rounds(engine: Engine, first: date, last: date) -> None:
    """Run the round of each working day."""
    day = first
    while day <= last:
        if SWEDEN.is_working(day):
            do_round(engine, day)
        day += timedelta(days=1)


@pytest.fixture
def undecided(engine: Engine) -> Engine:
    """A grant that was applied for in September 2009 and has no decision, though its quarters come and go."""
    open_grants(engine)
    answer(engine, "application", date(2009, 9, 15), data={"applied_for": 900_000})
    return engine


def test_quarter_is_told_to_nobody_before_the_award_and_to_its_owner_after_it(undecided: Engine) -> None:
    do_rounds(undecided, date(2010, 3, 29), date(2010, 6, 4))
    assert {step for step, _, _ in told(undecided)} == {"funder-decision"}
    assert (steps(undecided)[Q1].due_on, steps(undecided)[Q1].status) == (
        date(2010, 4, 30),
        StepStatus.WAITING,
    )

    decide(undecided, on=date(2010, 6, 4))
    assert steps(undecided)[Q1].status == StepStatus.OPEN
    do_round(undecided, date(2010, 6, 7))
    assert (Q1, "1-working-day-after", OWNER) in told(undecided)


def test_grant_whose_application_is_not_due_is_not_late(engine: Engine) -> None:
    open_grants(engine)
    command = Extend("REF-1", "application", date(2010, 9, 15), "The funder moved the day.", "Dnr 1")
    act(engine, command, date(2009, 9, 2))
    on = date(2010, 6, 4)
    (standing,) = portfolio(engine, on)
    assert (standing.next_step, standing.slack_days) == ("application", 103)
    assert portfolio_figures(engine, on, translator("en")).figures.late == 0


def test_watch_finds_nothing_untold_before_the_award(undecided: Engine) -> None:
    on = date(2010, 6, 4)
    do_rounds(undecided, date(2010, 5, 3), on)
    found = {finding.kind for finding in audit(undecided, AuditMoment(on, at(on), ZONE))}
    assert FindingKind.LATE_UNTOLD not in found


def test_explanation_says_that_the_award_is_waited_for(undecided: Engine) -> None:
    said = explain_step(undecided, "REF-1", Q1, date(2010, 5, 3))
    assert (said.data["reason"], said.data["rung"]) == ("no_award", None)


def test_who_takes_over_from_one_who_left_is_told_of_those_whose_time_has_come(undecided: Engine) -> None:
    with transaction(undecided) as connection:
        connection.execute(
            PERSON.update().where(PERSON.c.email == OWNER).values(departed_on=date(2010, 6, 1))
        )
    do_round(undecided, date(2010, 6, 4))
    assert steps(undecided)[Q1].owner_id == person_id(undecided, DEPUTY)
    assert {step for step, _, _ in told(undecided, "handed_over")} == {"funder-decision"}


@on_both
@pytest.mark.parametrize("awarded_on", [None, date(2009, 11, 5)])
def test_database_is_asked_by_the_same_rule(engine: Engine, awarded_on: date | None) -> None:
    with transaction(engine) as connection:
        grant_id = a_grant(connection, awarded_on=awarded_on)
        for phase in Phase:
            for kind in StepKind:
                a_step(connection, grant_id, key=f"{phase} {kind}", phase=phase, kind=kind)
    query = select(STEP.c.key).join(GRANT, GRANT.c.id == STEP.c.grant_id).where(time_has_come())
    with reading(engine) as connection:
        found = set(connection.execute(query).scalars())
    expected = {f"{p} {k}" for p in Phase for k in StepKind if has_come(p, k, awarded_on)}
    assert found == expected
