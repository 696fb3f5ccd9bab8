"""Hold who is told in a person's place, whatever rings people stand in."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.notices.recipients import (
    PersonFacts,
    ReachedPerson,
    decide_reached,
    decide_reached_in,
    find_manager_cycle,
    find_person_in_role,
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


HERE, STANDS_IN, ABOVE = OFFICE[OWNER], OFFICE[DEPUTY], OFFICE[MANAGER]


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        # On leave from its first to its last day; letters that come back; gone from today.
        ([], OWNER),
        ([away(HERE)], DEPUTY),
        ([away(HERE, "2010-04-30")], DEPUTY),
        ([away(HERE, last="2010-04-30")], DEPUTY),
        ([away(HERE, last="2010-04-29")], OWNER),
        ([away(HERE, "2010-05-01")], OWNER),
        ([replace(HERE, bounced=True)], DEPUTY),
        ([replace(HERE, departed_on=TODAY)], DEPUTY),
        ([replace(HERE, departed_on=date(2010, 5, 1))], OWNER),
        # Both are away: the deputy's deputy comes before the manager, and the manager's own after.
        ([away(HERE), away(STANDS_IN)], MANAGER),
        ([away(HERE), away(replace(STANDS_IN, deputy_id=SECOND))], SECOND),
        ([away(HERE), away(STANDS_IN), away(ABOVE)], SECOND),
        # Nobody stands in; without a manager, the deputy's; the person's line comes before that.
        ([away(replace(HERE, deputy_id=None))], MANAGER),
        ([away(replace(HERE, manager_id=None)), away(STANDS_IN)], HEAD),
        (
            [away(HERE), away(replace(STANDS_IN, manager_id=SECOND)), away(replace(ABOVE, deputy_id=None))],
            HEAD,
        ),
        # The manager is the deputy; a deputy who is not known.
        ([away(replace(HERE, deputy_id=MANAGER)), away(ABOVE)], SECOND),
        ([away(replace(HERE, deputy_id=77))], MANAGER),
    ],
)
def test_told_is(changed: list[PersonFacts], reached: int) -> None:
    expected = ReachedPerson(reached, None if reached == OWNER else OWNER)
    assert decide_reached(OWNER, OFFICE | people(*changed), TODAY) == expected


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
        ({"unit_manager": HEAD}, OFFICE, ReachedPerson(OWNER)),
        # The grant names nobody above: a committee is not, nor is the person.
        ({}, GONE, None),
        ({"committee": SECOND}, GONE, None),
        ({"unit_manager": OWNER}, GONE, None),
        # Its unit manager, their deputy, or the next above in it.
        ({"unit_manager": MANAGER}, GONE, ReachedPerson(MANAGER, OWNER)),
        (
            {"unit_manager": MANAGER},
            GONE | people(replace(GONE[MANAGER], bounced=True)),
            ReachedPerson(SECOND, OWNER),
        ),
        ({"head_of_department": SECOND, "unit_manager": OWNER}, GONE, ReachedPerson(SECOND, OWNER)),
    ],
)
def test_told_about_a_grant_is(
    roles: dict[str, int], who: dict[int, PersonFacts], reached: ReachedPerson | None
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
    ("role", "roles", "holder"),
    [
        ("unit_manager", {}, MANAGER),
        ("unit_manager", {"unit_manager": SECOND}, SECOND),
        ("head_of_department", {}, HEAD),
        ("head_of_administration", {}, None),
        ("committee", {"committee": SECOND}, SECOND),
        *((nobodys, {"committee": SECOND}, None) for nobodys in ("controller", "owner", "janitor")),
    ],
)
def test_role_is_held_as_the_grant_says_or_by_the_line(
    role: str, roles: dict[str, int], holder: int | None
) -> None:
    assert find_person_in_role(role, roles, OWNER, OFFICE) == holder


def test_role_is_counted_round_a_ring_without_end() -> None:
    ring = people(PersonFacts(OWNER, manager_id=MANAGER), PersonFacts(MANAGER, manager_id=OWNER))
    assert find_person_in_role("head_of_administration", {}, OWNER, ring) == MANAGER


@pytest.mark.parametrize(
    ("managers", "ring"),
    [
        ({}, ()),
        ({1: 2, 2: 3, 3: None}, ()),
        ({1: 2, 2: None, 3: 2, 4: 2}, ()),
        ({1: 99}, ()),
        ({1: 1}, (1,)),
        ({1: 2, 2: 1}, (1, 2)),
        ({1: 2, 2: 3, 3: 4, 4: 2}, (2, 3, 4)),  # named without the way to it
    ],
)
def test_ring_of_managers_is_found(managers: dict[int, int | None], ring: tuple[int, ...]) -> None:
    assert find_manager_cycle(managers) == ring
