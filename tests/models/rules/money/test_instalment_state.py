"""Hold in which state the rules alone bring an instalment, and what becomes of unspent money."""

from datetime import date

import pytest

from models.rules.money.instalment_state import decide_state
from models.rules.money.repayment import Repaid, decide_repaid
from models.rules.notices.recipients import PersonFacts
from models.rules.notices.release_request import find_correctors, find_first_asked, find_second_asked
from models.vocabulary import InstalmentStatus, Role
from tests.rule_builders import a_withheld_instalment

PLANNED, WITHHELD, RELEASABLE, RELEASED = (
    InstalmentStatus.PLANNED,
    InstalmentStatus.WITHHELD,
    InstalmentStatus.RELEASABLE,
    InstalmentStatus.RELEASED,
)
TODAY = date(2011, 3, 1)


@pytest.mark.parametrize(
    ("amount", "conditional", "status", "leaves", "is_met", "state"),
    [
        pytest.param(None, True, PLANNED, True, True, PLANNED, id="its sum is not known"),
        pytest.param(0, True, RELEASABLE, True, True, PLANNED, id="of no sum"),
        pytest.param(1, True, PLANNED, True, False, WITHHELD, id="a condition is missing"),
        pytest.param(1, True, RELEASABLE, True, False, WITHHELD, id="a condition fell"),
        pytest.param(
            1, True, WITHHELD, False, True, RELEASABLE, id="all conditions are met: two people release it"
        ),
        pytest.param(1, False, PLANNED, True, False, RELEASED, id="no condition, and it may leave"),
        pytest.param(1, False, PLANNED, False, False, PLANNED, id="no condition, and it waits"),
        pytest.param(1, True, RELEASED, False, False, RELEASED, id="what is out stays out"),
        pytest.param(0, False, InstalmentStatus.PAID, False, False, InstalmentStatus.PAID, id="paid"),
    ],
)
def test_instalment_is_never_released_past_a_condition(
    amount: int | None,
    conditional: bool,
    status: InstalmentStatus,
    leaves: bool,
    is_met: bool,
    state: InstalmentStatus,
) -> None:
    part = a_withheld_instalment(amount_minor=amount, conditional=conditional, status=status)
    assert decide_state(part, leaves=leaves, is_met=is_met) is state


@pytest.mark.parametrize(
    ("unspent", "least", "found"),
    [
        (None, 0, Repaid.UNKNOWN),
        (0, 0, Repaid.NOTHING),
        (1, 0, Repaid.OWED),
        (99, 100, Repaid.BELOW),
        (100, 100, Repaid.OWED),
    ],
)
def test_unspent_money_is_paid_back_from_the_least_sum_on(
    unspent: int | None, least: int, found: Repaid
) -> None:
    assert decide_repaid(unspent, least) is found


COORDINATOR, CONTROLLER, MANAGER = 1, 2, 3
ROLES: dict[str, int] = {
    Role.COORDINATOR: COORDINATOR,
    Role.CONTROLLER: CONTROLLER,
    Role.UNIT_MANAGER: MANAGER,
}
ON_LEAVE = ((date(2011, 2, 28), date(2011, 3, 4)),)


def test_first_asked_is_the_claims_owner_who_holds_a_role() -> None:
    assert find_first_asked(MANAGER, ROLES) == MANAGER
    assert find_first_asked(9, ROLES) == COORDINATOR
    assert find_first_asked(None, {}) is None


@pytest.mark.parametrize(
    ("recorders", "by_id", "told"),
    [
        pytest.param({MANAGER}, CONTROLLER, (MANAGER,), id="who recorded the approval"),
        pytest.param({MANAGER, CONTROLLER}, CONTROLLER, (MANAGER,), id="not who says no"),
        pytest.param(set(), CONTROLLER, (COORDINATOR,), id="nobody recorded one"),
        pytest.param({CONTROLLER}, CONTROLLER, (COORDINATOR,), id="only who says no recorded one"),
        pytest.param({COORDINATOR}, COORDINATOR, (), id="nobody but who says no"),
    ],
)
def test_no_of_the_first_is_heard_by_who_recorded_the_approval(
    recorders: set[int], by_id: int, told: tuple[int, ...]
) -> None:
    assert find_correctors(recorders, ROLES, by_id) == told
    assert find_correctors((), {}, by_id) == ()


@pytest.mark.parametrize(
    ("may", "away", "asked"),
    [
        pytest.param(
            {COORDINATOR, CONTROLLER, MANAGER}, (), CONTROLLER, id="the controller before the others"
        ),
        pytest.param({COORDINATOR, MANAGER}, (), MANAGER, id="above the coordinator"),
        pytest.param(
            {COORDINATOR, CONTROLLER, MANAGER}, (CONTROLLER,), MANAGER, id="who is away is passed over"
        ),
        pytest.param(
            {CONTROLLER, MANAGER}, (CONTROLLER, MANAGER), CONTROLLER, id="all are away: the first of them"
        ),
        pytest.param(set(), (), None, id="nobody may"),
    ],
)
def test_second_asked_is_the_first_by_role_who_is_here(
    may: set[int], away: tuple[int, ...], asked: int | None
) -> None:
    people = {
        person: PersonFacts(person, absences=ON_LEAVE if person in away else ()) for person in ROLES.values()
    }
    assert find_second_asked(may, ROLES, people, TODAY) == asked
