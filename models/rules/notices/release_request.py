"""Decide whom a letter asks to confirm a release: the first of two people, and the second."""

from collections.abc import Collection, Mapping
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
