"""Hold that an alarm which is foreseen is the one that the rounds then tell."""

from datetime import date, timedelta
from itertools import groupby

import pytest

from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.alarms import AlarmDay, find_alarms, foresee_tellings
from models.rules.notices.ladder import LadderStep, StepPeople, ToldNotice, decide_telling
from models.rules.notices.quiet_days import Start
from models.rules.notices.recipients import PersonFacts
from tests.rule_builders import the_default_ladder

SWEDEN = WorkCalendar("SE")
LADDER = the_default_ladder()
OWNER, MANAGER, HEAD, CHIEF = 1, 2, 3, 4
DUE = date(2010, 4, 30)
LINE = StepPeople(
    OWNER,
    {"unit_manager": MANAGER, "head_of_department": HEAD, "head_of_administration": CHIEF},
    {
        OWNER: PersonFacts(OWNER, MANAGER),
        MANAGER: PersonFacts(MANAGER, HEAD, absences=((date(2010, 5, 3), date(2010, 5, 4)),)),
        HEAD: PersonFacts(HEAD, CHIEF),
        CHIEF: PersonFacts(CHIEF),
    },
)


def all_rounds(step: LadderStep) -> list[ToldNotice]:
    """Return what the rounds tell when nothing is done for four months."""
    told: list[ToldNotice] = []
    for number in range(-60, 60):
        on = DUE + timedelta(days=number)
        telling = decide_telling(step, LADDER, told=told, line=LINE, today=on, calendar=SWEDEN)
        position = telling.rung.position if telling.rung is not None else 0
        told += [ToldNotice(position, one.person_id, on, one.instead_of_id) for one in telling.reached]
    return told


@pytest.mark.parametrize("days", range(-10, 16))
@pytest.mark.parametrize("promised_on", [None, date(2010, 5, 12)], ids=["plain", "promised"])
def test_foreseen_alarms_are_those_that_the_rounds_tell(days: int, promised_on: date | None) -> None:
    step = LadderStep(DUE, promised_on=promised_on)
    today = DUE + timedelta(days=days)
    told = all_rounds(step)
    before = [notice for notice in told if notice.told_on <= today]
    after = groupby((one for one in told if one.told_on > today), key=lambda one: one.told_on)
    others = [(on, tuple(one.person_id for one in group if one.person_id != OWNER)) for on, group in after]
    expected = [AlarmDay(on, people) for on, people in others if people]
    ahead = foresee_tellings(step, LADDER, before, LINE, today, SWEDEN)
    assert list(find_alarms(ahead, OWNER)) == expected


@pytest.mark.parametrize(
    "step",
    [LadderStep(None), LadderStep(DUE, has_come=False), LadderStep(DUE, start=Start(quiet=True))],
    ids=["undated", "not yet awarded", "quiet"],
)
def test_no_alarm_is_foreseen_where_nobody_is_told(step: LadderStep) -> None:
    assert list(foresee_tellings(step, LADDER, [], LINE, DUE, SWEDEN)) == []
