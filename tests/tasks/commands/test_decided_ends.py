"""Hold that a funder's decision moves the end of a grant, and that what counts from it follows and comes back."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.commands.decisions import Correct
from models.errors import BadInput, Refused
from models.vocabulary import AnswerKind, DecisionKind, StepStatus
from tests.database_kinds import on_both
from tests.grant_scenes import (
    act,
    an_entry,
    answer,
    bring_in,
    decide,
    grant,
    open_grants,
    refused,
    steps,
    told,
)

FOLDED = str(Path(__file__).parents[2] / "programmes" / "folded.yaml")
LONGER, ON = date(2011, 3, 31), date(2010, 10, 1)


def open_and_extend(engine: Engine) -> None:
    """Open a grant of 2010, and let the funder decide that it goes on for a quarter."""
    open_grants(engine)
    decide(engine)
    decide(engine, DecisionKind.AMENDMENT, ON, dates={"grant_end_on": LONGER}, source="Dnr 1")


def quarters(engine: Engine) -> list[str]:
    """Return the follow-ups that are asked for."""
    return [
        key
        for key, row in steps(engine).items()
        if row.template_key == "follow-up" and row.status is not StepStatus.CANCELLED
    ]


@on_both
def test_decision_moves_the_end_and_brings_a_period(engine: Engine) -> None:
    open_and_extend(engine)
    assert grant(engine).period_end_on == LONGER
    assert quarters(engine)[-1] == "follow-up-2010-q4"
    bring_in(engine, ON, grants=[an_entry()])  # the file still says when the grant was to end
    assert grant(engine).period_end_on == LONGER


@on_both
def test_end_comes_back_with_a_decision_that_was_never_made(engine: Engine) -> None:
    open_and_extend(engine)
    later = date(2010, 11, 1)
    decide(engine, DecisionKind.AMENDMENT, later, dates={"grant_end_on": date(2011, 6, 30)}, source="Dnr 1")
    for day, ends in ((later, LONGER), (ON, date(2010, 12, 31))):
        act(engine, Correct("REF-1", day, annulled=True, reason="wrong grant"), later)
        assert grant(engine).period_end_on == ends
    assert quarters(engine)[-1] == "follow-up-2010-q3"


def test_owners_hear_of_what_the_new_end_moves(own_engine: Engine) -> None:
    open_grants(own_engine, an_entry(programme="ukri"))
    decide(own_engine, amount_minor=100_000)
    assert steps(own_engine)["final-statement"].due_on == date(2011, 3, 31)
    decide(
        own_engine, DecisionKind.AMENDMENT, date(2011, 1, 10), dates={"grant_end_on": LONGER}, source="Dnr 1"
    )
    assert steps(own_engine)["final-statement"].due_on == date(2011, 6, 30)
    assert [key for key, _, _ in told(own_engine, "moved")] == ["final-statement"]


def test_grant_does_not_end_before_it_begins(own_engine: Engine) -> None:
    open_grants(own_engine)
    with pytest.raises(BadInput, match="before it begins"):
        decide(own_engine, amount_minor=100_000, dates={"grant_end_on": date(2009, 12, 31)})


def test_longer_grant_waits_until_the_report_that_took_in_its_last_period_is_back(sqlite: Engine) -> None:
    open_grants(sqlite, an_entry(programme=FOLDED))
    decide(sqlite, amount_minor=10_000_000)
    answer(sqlite, "report-2010-h1", date(2010, 7, 20), data={"spent": "40000"})
    answer(sqlite, "final-report", date(2011, 2, 10), data={"spent": "50000"})
    longer, on = {"grant_end_on": date(2011, 6, 30)}, date(2011, 2, 20)
    with refused(sqlite, Refused, "final-report was done on 2011-02-10 and reports 2010-H2 too"):
        decide(sqlite, DecisionKind.AMENDMENT, on, dates=longer, source="Dnr 1")
    answer(sqlite, "final-report-approval", on, kind=AnswerKind.RETURNED, note="bidraget förlängs")
    decide(sqlite, DecisionKind.AMENDMENT, on, dates=longer, source="Dnr 1")
    final = steps(sqlite)["final-report"]
    assert (final.status, final.period) == (StepStatus.OPEN, "2011-H1")
