"""Find who holds a role in a grant, who may answer a step of it, and who is next above its owner."""

from __future__ import annotations

from models.rules.notices.recipients import LADDER_ROLES, decide_reached_in, person_in_role
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import Role
from tasks.commands.at_work.grant import GrantAtWork


def reachable_owner(work: GrantAtWork, role: str) -> int | None:
    """Return who holds a role in the grant, counted up the coordinator's line if it names no one."""
    coordinator = work.roles.get(Role.COORDINATOR)
    if coordinator is None:
        return None
    return person_in_role(role, work.roles, coordinator, work.people())


def allowed_people(work: GrantAtWork, step: Step, person: Person) -> set[int]:
    """Return who may answer the step; of the admins, who all may, the person who is at it.

    They are the step's owner and the owner's deputy, everyone with a role in the grant or above it, and who stands
    in for one of them today.
    """
    holders = {*work.roles.values(), *([step.owner_id] if step.owner_id is not None else [])}
    people = work.people(*holders)
    allowed = set(holders)
    stand_ins = (decide_reached_in(work.roles, holder, people, work.today) for holder in holders)
    allowed |= {one.person_id for one in stand_ins if one is not None}
    if step.owner_id is not None and (deputy := people[step.owner_id].deputy_id) is not None:
        allowed.add(deputy)
    if (coordinator := work.roles.get(Role.COORDINATOR)) is not None:
        above = (person_in_role(role, work.roles, coordinator, people) for role in LADDER_ROLES)
        allowed |= {one for one in above if one is not None}
    return allowed | ({person.id or 0} if person.is_admin else set())


def next_above(work: GrantAtWork, step: Step, by_id: int) -> int | None:
    """Return the next above the step's owner, who is neither the owner nor the one who acts."""
    above = (reachable_owner(work, role) for role in (Role.UNIT_MANAGER, Role.HEAD_OF_DEPARTMENT))
    return next((one for one in above if one is not None and one not in (by_id, step.owner_id)), None)
