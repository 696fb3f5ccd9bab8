"""Decide whom a letter asks to confirm a release, the first and the second, and who hears that the first says no."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from models.rules.notices.recipients import PersonFacts
from models.vocabulary import LADDER_ROLES, Role

# The order in which people are asked to be the second of two, by their role.
ASKED_SECOND = (Role.CONTROLLER, *LADDER_ROLES, Role.COMMITTEE, Role.COORDINATOR)


def find_first_asked(owner_id: int | None, roles: Mapping[str, int]) -> int | None:
    """Return who is asked first: the claim's owner, or the coordinator if the owner holds no role in the grant."""
    return owner_id if owner_id in roles.values() else roles.get(Role.COORDINATOR)


def find_second_asked(
    may: Collection[int], roles: Mapping[str, int], people: Mapping[int, PersonFacts], today: date
) -> int | None:
    """Return who is asked second: the first by role who may be the second, and is here today.

    `may` is who may be the second (`find_second_people`). A deputy may not: while all of them are
    away, the first of them is asked.
    """
    candidates = [roles[role] for role in ASKED_SECOND if roles.get(role) in may]
    here = (
        person for person in candidates if not people[person].is_away(today) and not people[person].bounced
    )
    return next(here, candidates[0] if candidates else None)


def find_correctors(recorders: Iterable[int], roles: Mapping[str, int], by_id: int | None) -> tuple[int, ...]:
    """Return who hears that the first of two says no: who recorded the funder's approval, else the coordinator.

    `recorders` are those people (`find_recorders`), `by_id` is who says no, and hears nothing.
    """
    others = set(recorders) - {by_id}
    coordinator = {roles[Role.COORDINATOR]} if Role.COORDINATOR in roles else set()
    return tuple(sorted(others or coordinator - {by_id}))
