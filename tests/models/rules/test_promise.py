"""A promised day keeps the ladder quiet once, of a date of our own choice, as long as the programme allows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.facts.receipt import our_choice
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.ladder import RungFacts, StepFacts, decide_notice, next_action_on, rung_day
from models.rules.notices.quiet import last_promise, quiet_until
from models.vocabulary import StepKind
from tests.rule_builders import a_planned_step

SWEDEN = WorkCalendar("SE")
DUE = date(2010, 4, 30)  # a Friday
OURS = {"source": our_choice("vi valde", "we chose")}
THEIRS = {"source": "the decision letter"}


@pytest.mark.parametrize(
    ("changes", "days", "last"),
    [
        pytest.param({}, 5, date(2010, 5, 7), id="our own choice"),
        pytest.param({"kind": StepKind.APPROVAL}, 10, date(2010, 5, 17), id="as the programme says"),
        pytest.param({}, 0, None, id="the programme lets nobody promise"),
        pytest.param({"receipt": THEIRS}, 5, None, id="the funder's date"),
        pytest.param({"with_funder": True}, 5, None, id="the funder's own step"),
        pytest.param({"kind": StepKind.CLAIM}, 5, None, id="money"),
        pytest.param({"kind": StepKind.REPAYMENT}, 5, None, id="money that goes back"),
        pytest.param({"promised_on": DUE}, 5, None, id="a second time"),
        pytest.param({"due_on": None}, 5, None, id="no date"),
    ],
)
def test_last_day_that_can_be_promised(changes: dict[str, Any], days: int, last: date | None) -> None:
    step = a_planned_step(**{"due_on": DUE, "receipt": OURS, **changes})
    assert last_promise(step, days, SWEDEN) == last


@pytest.mark.parametrize(
    ("expected", "last", "quiet"),
    [
        pytest.param("2010-05-04", "2010-05-07", "2010-05-04", id="the day that was promised"),
        pytest.param("2010-06-01", "2010-05-07", "2010-05-07", id="no longer than the limit"),
        pytest.param("2010-05-04", None, None, id="not of a date of others"),
        pytest.param(None, "2010-05-07", None, id="no day was promised"),
    ],
)
def test_day_up_to_which_it_is_quiet(expected: str | None, last: str | None, quiet: str | None) -> None:
    days = [date.fromisoformat(one) if one else None for one in (expected, last, quiet)]
    assert quiet_until(days[0], days[1]) == days[2]


LADDER = (
    RungFacts(1, "7-days-before", -7, "days", ("owner",)),
    RungFacts(2, "on-the-day", 0, "days", ("owner",)),
    RungFacts(3, "1-working-day-after", 1, "working_days", ("owner", "unit_manager")),
)


@pytest.mark.parametrize(
    ("today", "rung"),
    [
        pytest.param("2010-04-30", None, id="not on the due date"),
        pytest.param("2010-05-04", None, id="not on the promised day"),
        pytest.param("2010-05-05", "1-working-day-after", id="the day after, the manager too"),
    ],
)
def test_ladder_waits_for_a_promised_day(today: str, rung: str | None) -> None:
    step = StepFacts(DUE, promised_on=date(2010, 5, 4))
    told = decide_notice(step, LADDER, (), date.fromisoformat(today), SWEDEN).rung
    assert (told and told.key) == rung
    assert next_action_on(step, LADDER, (), SWEDEN) == date(2010, 5, 5)


def test_promise_of_an_earlier_day_moves_nothing_after_it() -> None:
    step = StepFacts(DUE, promised_on=date(2010, 4, 23))
    assert [rung_day(one, step, SWEDEN) for one in LADDER] == [date(2010, 4, 26), DUE, date(2010, 5, 3)]
