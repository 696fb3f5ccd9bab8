"""A promised day keeps the ladder quiet once, of a date of our own choice, as long as the programme allows."""

from datetime import date
from typing import Any

import pytest

from models.facts.receipt import our_choice
from models.programme.plan import RungRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.ladder import LadderStep, decide_notice, find_rung_day, next_action_on
from models.rules.notices.quiet_days import find_last_promise, find_quiet_until
from models.vocabulary import StepKind
from tests.rule_builders import a_planned_step

SWEDEN = WorkCalendar("SE")
DUE = date(2010, 4, 30)  # a Friday
OURS = {"source": our_choice("vi valde", "we chose")}
THEIRS = {"source": "the decision letter"}


@pytest.mark.parametrize(
    ("changes", "days", "last"),
    [
        ({}, 5, date(2010, 5, 7)),
        ({"kind": StepKind.APPROVAL}, 10, date(2010, 5, 17)),
        # The programme lets nobody promise; the funder's date or step; money; a second time; no date.
        ({}, 0, None),
        *(
            (refused, 5, None)
            for refused in (
                {"receipt": THEIRS},
                {"with_funder": True},
                {"kind": StepKind.CLAIM},
                {"kind": StepKind.REPAYMENT},
                {"promised_on": DUE},
                {"due_on": None},
            )
        ),
    ],
)
def test_last_day_that_can_be_promised(changes: dict[str, Any], days: int, last: date | None) -> None:
    step = a_planned_step(**{"due_on": DUE, "receipt": OURS, **changes})
    assert find_last_promise(step, days, SWEDEN) == last


@pytest.mark.parametrize(
    ("expected", "last", "quiet"),
    [
        (date(2010, 5, 4), date(2010, 5, 7), date(2010, 5, 4)),
        (date(2010, 6, 1), date(2010, 5, 7), date(2010, 5, 7)),
        (date(2010, 5, 4), None, None),
        (None, date(2010, 5, 7), None),
    ],
    ids=["the day that was promised", "no longer than the limit", "a date of others", "none was promised"],
)
def test_day_up_to_which_it_is_quiet(expected: date | None, last: date | None, quiet: date | None) -> None:
    assert find_quiet_until(expected, last) == quiet


LADDER = (
    RungRule(days=-7, to=("owner",), position=1),
    RungRule(days=0, to=("owner",), position=2),
    RungRule(working_days=1, to=("owner", "unit_manager"), position=3),
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
    step = LadderStep(DUE, promised_on=date(2010, 5, 4))
    told = decide_notice(step, LADDER, (), date.fromisoformat(today), SWEDEN).rung
    assert (told and told.key) == rung
    assert next_action_on(step, LADDER, (), SWEDEN) == date(2010, 5, 5)


def test_promise_of_an_earlier_day_moves_nothing_after_it() -> None:
    step = LadderStep(DUE, promised_on=date(2010, 4, 23))
    assert [find_rung_day(one, step, SWEDEN) for one in LADDER] == [date(2010, 4, 26), DUE, date(2010, 5, 3)]
