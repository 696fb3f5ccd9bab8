"""Table of who may answer a step."""

from datetime import date

import pytest

from models.rules.answers.answerers import find_answerers
from models.rules.notices.recipients import PersonFacts

TODAY = date(2010, 4, 30)
OWNER, DEPUTY, COORDINATOR, MANAGER, HEAD, TOP, OTHER, ADMIN = range(1, 9)
AWAY = ((TODAY, TODAY),)
ROLES = {"coordinator": COORDINATOR, "unit_manager": MANAGER}


def people(**changed: PersonFacts) -> dict[int, PersonFacts]:
    """Return the office: an owner with a deputy, and the coordinator's line up to the top."""
    office = {
        OWNER: PersonFacts(OWNER, manager_id=MANAGER, deputy_id=DEPUTY),
        DEPUTY: PersonFacts(DEPUTY, manager_id=MANAGER),
        COORDINATOR: PersonFacts(COORDINATOR, manager_id=MANAGER),
        MANAGER: PersonFacts(MANAGER, manager_id=HEAD, deputy_id=OTHER),
        HEAD: PersonFacts(HEAD, manager_id=TOP),
        TOP: PersonFacts(TOP),
        OTHER: PersonFacts(OTHER, manager_id=MANAGER),
    }
    return office | {facts.id: facts for facts in changed.values()}


ABOVE = {MANAGER, HEAD, TOP}


@pytest.mark.parametrize(
    ("owner", "roles", "office", "admins", "expected"),
    [
        pytest.param(
            OWNER,
            ROLES,
            people(),
            (),
            {OWNER, DEPUTY, COORDINATOR, *ABOVE},
            id="the owner and their deputy, the roles, and those above the coordinator",
        ),
        pytest.param(
            None,
            ROLES,
            people(),
            (),
            {COORDINATOR, *ABOVE},
            id="a step that nobody has: without an owner's deputy",
        ),
        pytest.param(
            OWNER,
            ROLES,
            people(away=PersonFacts(MANAGER, manager_id=HEAD, deputy_id=OTHER, absences=AWAY)),
            (),
            {OWNER, DEPUTY, COORDINATOR, *ABOVE, OTHER},
            id="who stands in today for a role that is away",
        ),
        pytest.param(
            OWNER,
            {"coordinator": COORDINATOR, "unit_manager": OTHER},
            people(),
            (),
            {OWNER, DEPUTY, COORDINATOR, OTHER, HEAD, TOP},
            id="the manager whom the grant names, and not the one of the line",
        ),
        pytest.param(
            OWNER, {}, people(), (), {OWNER, DEPUTY}, id="nobody is above a grant without a coordinator"
        ),
        pytest.param(
            OWNER, {}, people(), (ADMIN,), {OWNER, DEPUTY, ADMIN}, id="the administrator who is acting"
        ),
    ],
)
def test_answerers(
    owner: int | None,
    roles: dict[str, int],
    office: dict[int, PersonFacts],
    admins: tuple[int, ...],
    expected: set[int],
) -> None:
    assert find_answerers(owner, roles, office, TODAY, admins) == expected
