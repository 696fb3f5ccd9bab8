"""Look up what a form leaves unsaid: who holds a role, which step is the approval."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from models.errors import BadInput
from models.rules.notices.recipients import person_in_role
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import Phase, Role, StepKind
from tasks.store.database import reading
from tasks.store.people import load_people
from tasks.store.references import find_grant

_ROLE, _PERSON, _STEP = table_of(GrantRole), table_of(Person), table_of(Step)


def email_in_role(engine: Engine, reference: str, role: str, today: date) -> str:
    """Return the address of whoever holds the role in the grant, or has that place above its coordinator.

    Raises UnknownReference for the grant, BadInput when nobody holds the role.
    """
    grant_id = find_grant(engine, reference).id
    with reading(engine) as connection:
        held = select(_ROLE.c.role, _ROLE.c.person_id).where(_ROLE.c.grant_id == grant_id)
        roles: dict[str, int] = {str(row.role): row.person_id for row in connection.execute(held)}
        people = load_people(connection, roles.values(), today)
        owner = roles.get(Role.COORDINATOR)
        person_id = roles.get(role) if owner is None else person_in_role(role, roles, owner, people)
        if person_id is None:
            listed = ", ".join(sorted(roles)) or "nobody yet"
            raise BadInput(f"nobody is {role} in {reference}; it has: {listed}")
        return str(connection.execute(select(_PERSON.c.email).where(_PERSON.c.id == person_id)).scalar_one())


def final_approval(engine: Engine, reference: str, *, by_funder: bool) -> str:
    """Return the key of the final report's approval, our own or the funder's; BadInput if not one."""
    grant_id = find_grant(engine, reference).id
    approvals = select(_STEP.c.key).where(
        _STEP.c.grant_id == grant_id,
        _STEP.c.phase == Phase.FINAL_REPORT,
        _STEP.c.kind == StepKind.APPROVAL,
        _STEP.c.with_funder == by_funder,
    )
    with reading(engine) as connection:
        keys = connection.execute(approvals.order_by(_STEP.c.position, _STEP.c.id)).scalars().all()
    if len(keys) != 1:
        whose = "by the funder" if by_funder else "of our own"
        listed = f"{len(keys)}: {', '.join(keys)}" if keys else "none"
        raise BadInput(f"{reference} should have one approval {whose} of its final report and has {listed}")
    return str(keys[0])
