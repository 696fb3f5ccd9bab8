"""Look up what a form leaves unsaid: who holds a role, which step is the approval."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from models.errors import BadInput
from models.reading.messages import Reading
from models.rules.notices.recipients import person_in_role
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Organisation, Person
from models.tables.step import Step
from models.vocabulary import Phase, Role, StepKind
from tasks.store.database import reading
from tasks.store.messages import Stored
from tasks.store.people import load_people
from tasks.store.references import find_grant

_ROLE, _PERSON, _STEP = table_of(GrantRole), table_of(Person), table_of(Step)
_GRANT, _BODY = table_of(Grant), table_of(Organisation)


def email_in_role(engine: Engine, reference: str, role: str, today: date) -> str:
    """Return the address of who holds the role in the grant, or has that place above its coordinator.

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
            there = ", ".join(sorted(roles)) or Reading.NONE()
            raise BadInput(Stored.NOBODY_IS(role=role, grant=reference, there=there))
        return str(connection.execute(select(_PERSON.c.email).where(_PERSON.c.id == person_id)).scalar_one())


def deciding_body(engine: Engine, grant_id: int) -> str:
    """Return the key of the body that takes the grant's approvals, as its meetings are entered under."""
    body = (
        select(_BODY.c.key).join(_GRANT, _GRANT.c.recipient_id == _BODY.c.id).where(_GRANT.c.id == grant_id)
    )
    with reading(engine) as connection:
        return str(connection.execute(body).scalar_one())


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
        message = Stored.ONE_APPROVAL_OF_FUNDER if by_funder else Stored.ONE_APPROVAL_OF_OURS
        raise BadInput(message(grant=reference, there=", ".join(keys) or Reading.NONE()))
    return str(keys[0])
