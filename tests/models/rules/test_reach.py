"""Hold who is told in a person's place, whatever rings people stand in."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.notices.recipients import (
    PersonFacts,
    Reached,
    decide_reached,
    decide_reached_in,
    find_manager_cycle,
    person_in_role,
)

TODAY = date(2010, 4, 30)
OWNER, DEPUTY, MANAGER, HEAD, SECOND = 1, 2, 3, 4, 5


def people(*known: PersonFacts) -> dict[int, PersonFacts]:
    """Return people by id."""
    return {one.id: one for one in known}


def away(one: PersonFacts, first: str = "2010-04-26", last: str = "2010-05-07") -> PersonFacts:
    """Return the person with a leave."""
    return replace(one, absences=((date.fromisoformat(first), date.fromisoformat(last)),))


OFFICE = people(
    PersonFacts(OWNER, manager_id=MANAGER, deputy_id=DEPUTY),
    PersonFacts(DEPUTY, manager_id=HEAD),
    PersonFacts(MANAGER, manager_id=HEAD, deputy_id=SECOND),
    PersonFacts(HEAD),
    PersonFacts(SECOND),
)


def office(*changed: PersonFacts) -> dict[int, PersonFacts]:
    """Return the office with some people changed."""
    return {**OFFICE, **people(*changed)}


@pytest.mark.parametrize(
    ("who", "reached"),
    [
        pytest.param(office(), OWNER, id="the person"),
        pytest.param(office(away(OFFICE[OWNER])), DEPUTY, id="on leave: the deputy"),
        pytest.param(office(away(OFFICE[OWNER], "2010-04-30")), DEPUTY, id="on the first day of a leave"),
        pytest.param(office(away(OFFICE[OWNER], last="2010-04-30")), DEPUTY, id="on the last day of a leave"),
        pytest.param(office(away(OFFICE[OWNER], last="2010-04-29")), OWNER, id="back the day after"),
        pytest.param(office(away(OFFICE[OWNER], "2010-05-01")), OWNER, id="on leave from tomorrow"),
        pytest.param(
            office(replace(OFFICE[OWNER], bounced=True)), DEPUTY, id="letters come back: the deputy"
        ),
        pytest.param(office(replace(OFFICE[OWNER], departed_on=TODAY)), DEPUTY, id="left today: the deputy"),
        pytest.param(
            office(replace(OFFICE[OWNER], departed_on=date(2010, 5, 1))), OWNER, id="leaves tomorrow"
        ),
        pytest.param(
            office(away(OFFICE[OWNER]), away(OFFICE[DEPUTY])), MANAGER, id="both are away: the manager"
        ),
        pytest.param(
            office(away(OFFICE[OWNER]), away(replace(OFFICE[DEPUTY], deputy_id=SECOND))),
            SECOND,
            id="the deputy's deputy comes before the manager",
        ),
        pytest.param(
            office(away(OFFICE[OWNER]), away(OFFICE[DEPUTY]), away(OFFICE[MANAGER])),
            SECOND,
            id="the manager is away as well: the manager's deputy",
        ),
        pytest.param(
            office(away(replace(OFFICE[OWNER], deputy_id=None))), MANAGER, id="nobody stands in: the manager"
        ),
        pytest.param(
            office(away(replace(OFFICE[OWNER], manager_id=None)), away(OFFICE[DEPUTY])),
            HEAD,
            id="without a manager, the deputy's manager",
        ),
        pytest.param(
            office(
                away(OFFICE[OWNER]),
                away(replace(OFFICE[DEPUTY], manager_id=SECOND)),
                away(replace(OFFICE[MANAGER], deputy_id=None)),
            ),
            HEAD,
            id="the person's line comes before the deputy's manager",
        ),
        pytest.param(
            office(away(replace(OFFICE[OWNER], deputy_id=MANAGER)), away(OFFICE[MANAGER])),
            SECOND,
            id="the manager is the deputy",
        ),
        pytest.param(
            office(away(replace(OFFICE[OWNER], deputy_id=77))), MANAGER, id="a deputy who is not known"
        ),
    ],
)
def test_told_is(who: dict[int, PersonFacts], reached: int) -> None:
    expected = Reached(reached, None if reached == OWNER else OWNER)
    assert decide_reached(OWNER, who, TODAY) == expected


@pytest.mark.parametrize(
    "who",
    [
        pytest.param({}, id="not known at all"),
        pytest.param(people(away(PersonFacts(OWNER))), id="away, with nobody behind"),
        pytest.param(people(away(PersonFacts(OWNER, OWNER, OWNER))), id="their own manager and deputy"),
        pytest.param(
            people(away(PersonFacts(OWNER, deputy_id=DEPUTY)), away(PersonFacts(DEPUTY, deputy_id=OWNER))),
            id="two who stand in for each other",
        ),
        pytest.param(
            people(
                away(PersonFacts(OWNER, MANAGER, DEPUTY)),
                PersonFacts(DEPUTY, HEAD, MANAGER, bounced=True),
                PersonFacts(MANAGER, HEAD, departed_on=TODAY),
                away(PersonFacts(HEAD, OWNER, DEPUTY)),
            ),
            id="a ring of managers, all gone",
        ),
    ],
)
def test_nobody_is_told_when(who: dict[int, PersonFacts]) -> None:
    assert decide_reached(OWNER, who, TODAY) is None


GONE = people(
    PersonFacts(OWNER, departed_on=TODAY), PersonFacts(MANAGER, deputy_id=SECOND), PersonFacts(SECOND)
)


@pytest.mark.parametrize(
    ("roles", "who", "reached"),
    [
        pytest.param({"unit_manager": HEAD}, OFFICE, Reached(OWNER), id="the person can be reached"),
        pytest.param({}, GONE, None, id="the grant names nobody above"),
        pytest.param({"committee": SECOND}, GONE, None, id="the committee is not above"),
        pytest.param({"unit_manager": OWNER}, GONE, None, id="the person is the unit manager too"),
        pytest.param({"unit_manager": MANAGER}, GONE, Reached(MANAGER, OWNER), id="the grant's unit manager"),
        pytest.param(
            {"unit_manager": MANAGER},
            GONE | people(replace(GONE[MANAGER], bounced=True)),
            Reached(SECOND, OWNER),
            id="the unit manager's deputy",
        ),
        pytest.param(
            {"head_of_department": SECOND, "unit_manager": OWNER},
            GONE,
            Reached(SECOND, OWNER),
            id="the next above in the grant",
        ),
    ],
)
def test_told_about_a_grant_is(
    roles: dict[str, int], who: dict[int, PersonFacts], reached: Reached | None
) -> None:
    assert decide_reached_in(roles, OWNER, who, TODAY) == reached


some_id = st.integers(1, 6)


@st.composite
def any_office(draw: st.DrawFn) -> dict[int, PersonFacts]:
    """Six people in whatever rings, some of them away, gone or bounced."""
    leave = ((date(2010, 4, 1), date(2010, 5, 31)),)
    return people(
        *(
            PersonFacts(
                number,
                draw(st.none() | some_id),
                draw(st.none() | some_id),
                draw(st.sampled_from([None, TODAY])),
                draw(st.booleans()),
                draw(st.sampled_from([(), leave])),
            )
            for number in range(1, 7)
        )
    )


@given(who=any_office(), person_id=some_id)
def test_somebody_is_told_if_anybody_behind_can_be(who: dict[int, PersonFacts], person_id: int) -> None:
    behind, fresh = {person_id}, {person_id}
    while fresh:
        named = {other for one in fresh for other in (who[one].deputy_id, who[one].manager_id)}
        fresh = {one for one in named if one is not None} - behind
        behind |= fresh
    here = {one for one in behind if not who[one].is_away(TODAY) and not who[one].is_gone(TODAY)}
    told = decide_reached(person_id, who, TODAY)
    if told is None:
        assert here == set()
    else:
        assert told.person_id in here
        assert told.instead_of_id == (None if told.person_id == person_id else person_id)
        assert person_id not in here or told.person_id == person_id


@pytest.mark.parametrize(
    ("role", "holder"),
    [
        pytest.param("unit_manager", MANAGER, id="the owner's manager"),
        pytest.param("head_of_department", HEAD, id="the manager's manager"),
        pytest.param("head_of_administration", None, id="nobody above the top"),
        pytest.param("committee", SECOND, id="as the grant says"),
        pytest.param("controller", None, id="a role that nobody holds"),
        pytest.param("owner", None, id="the owner is no role"),
        pytest.param("janitor", None, id="a role that there is not"),
    ],
)
def test_role_is_held_by(role: str, holder: int | None) -> None:
    assert person_in_role(role, {"committee": SECOND}, OWNER, OFFICE) == holder


def test_role_of_the_grant_beats_the_line() -> None:
    assert person_in_role("unit_manager", {"unit_manager": SECOND}, OWNER, OFFICE) == SECOND


def test_role_is_counted_round_a_ring_without_end() -> None:
    ring = people(PersonFacts(OWNER, manager_id=MANAGER), PersonFacts(MANAGER, manager_id=OWNER))
    assert person_in_role("head_of_administration", {}, OWNER, ring) == MANAGER


@pytest.mark.parametrize(
    ("managers", "ring"),
    [
        pytest.param({}, (), id="nobody"),
        pytest.param({1: 2, 2: 3, 3: None}, (), id="a line"),
        pytest.param({1: 2, 2: None, 3: 2, 4: 2}, (), id="a tree"),
        pytest.param({1: 99}, (), id="a manager who is not known"),
        pytest.param({1: 1}, (1,), id="their own manager"),
        pytest.param({1: 2, 2: 1}, (1, 2), id="each other's"),
        pytest.param(
            {1: 2, 2: 3, 3: 4, 4: 2}, (2, 3, 4), id="a ring up the line is named without the way to it"
        ),
    ],
)
def test_ring_of_managers_is_found(managers: dict[int, int | None], ring: tuple[int, ...]) -> None:
    assert find_manager_cycle(managers) == ring
