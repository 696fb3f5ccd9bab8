"""Find which approvals of a grant a person may take back."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection

from models.rules.answers.answer import find_withdrawers
from models.rules.notices.recipients import person_in_role
from models.vocabulary import Role, StepKind, StepStatus
from tasks.store.shared import load_people, load_roles


def to_take_back(
    connection: Connection, grant_id: int, steps: Iterable[Any], person_id: int | None, today: date
) -> set[int]:
    """Return the ids of those of a grant's steps that are approvals which the person may take back."""
    roles = load_roles(connection, [grant_id])[grant_id]
    people = load_people(connection, roles.values(), today)
    coordinator = roles.get(Role.COORDINATOR, 0)
    return {
        step.id
        for step in steps
        if step.kind == StepKind.APPROVAL
        and step.status == StepStatus.APPROVED
        and person_id
        in find_withdrawers(step.done_by_id, person_in_role(step.owner_role, roles, coordinator, people))
    }
