"""Hold that a funder's decision moves the end of a grant, and that what counts from it follows and comes back."""

from datetime import date

import pytest
from sqlalchemy import Engine

from models.commands.grants import Correct
from models.errors import BadInput
from models.vocabulary import DecisionKind, StepStatus
from tests.database_kinds import on_both
from tests.grant_scenes import act, an_entry, bring_in, decide, grant, open_grants, steps, told

LONGER, ON = date(2011, 3, 31), date(2010, 10, 1)


def open_and_extend(engine: Engine) -> None:
    """Open a grant of 2010, and let the funder decide that it goes on for a quarter."""
    open_grants(engine)
    decide(engine)
    decide(engine, DecisionKind.AMENDMENT, ON, dates={"grant_end_on": LONGER})


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
    decide(engine, DecisionKind.AMENDMENT, later, dates={"grant_end_on": date(2011, 6, 30)})
    for day, ends in ((later, LONGER), (ON, date(2010, 12, 31))):
        act(engine, Correct("REF-1", day, annulled=True, reason="wrong grant"), later)
        assert grant(engine).period_end_on == ends
    assert quarters(engine)[-1] == "follow-up-2010-q3"


def test_owners_hear_of_what_the_new_end_moves(own_engine: Engine) -> None:
    open_grants(own_engine, an_entry(programme="ukri"))
    decide(own_engine, amount_minor=100_000)
    assert steps(own_engine)["final-statement"].due_on == date(2011, 3, 31)
    decide(own_engine, DecisionKind.AMENDMENT, date(2011, 1, 10), dates={"grant_end_on": LONGER})
    assert steps(own_engine)["final-statement"].due_on == date(2011, 6, 30)
    assert [key for key, _, _ in told(own_engine, "moved")] == ["final-statement"]


def test_grant_does_not_end_before_it_begins(own_engine: Engine) -> None:
    open_grants(own_engine)
    with pytest.raises(BadInput, match="before it begins"):
        decide(own_engine, amount_minor=100_000, dates={"grant_end_on": date(2009, 12, 31)})
