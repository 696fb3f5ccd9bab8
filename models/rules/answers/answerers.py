"""Find who may answer a step."""

from collections.abc import Collection, Mapping
from datetime import date

from models.rules.notices.recipients import PersonFacts, decide_reached_in, find_person_in_role
from models.vocabulary import LADDER_ROLES, Role


def find_answerers(
    owner_id: int | None,
    roles: Mapping[str, int],
    people: Mapping[int, PersonFacts],
    today: date,
    admins: Collection[int] = (),
) -> frozenset[int]:
    """Return who may answer a step: its owner and their deputy, the holders of the grant's roles, and the `admins`.

    So may the managers above the coordinator, and those who stand in today for the owner or a holder. `people` are
    all of these but the admins, with everyone up their lines.
    """
    holders = {*roles.values(), *([owner_id] if owner_id is not None else [])}
    allowed = {*holders, *admins}
    stand_ins = (decide_reached_in(roles, holder, people, today) for holder in holders)
    allowed |= {stand_in.person_id for stand_in in stand_ins if stand_in is not None}
    if owner_id is not None and (deputy := people[owner_id].deputy_id) is not None:
        allowed.add(deputy)
    if (coordinator := roles.get(Role.COORDINATOR)) is not None:
        above = (find_person_in_role(role, roles, coordinator, people) for role in LADDER_ROLES)
        allowed |= {person_id for person_id in above if person_id is not None}
    return frozenset(allowed)
