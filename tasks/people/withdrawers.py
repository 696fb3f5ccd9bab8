"""Find which approvals of a grant a person may withdraw."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection

from models.rules.answers.answer import find_withdrawers
from models.vocabulary import StepKind, StepStatus
from tasks.store.people import load_people, load_roles


def to_take_back(
    connection: Connection, grant_id: int, steps: Iterable[Any], person_id: int | None, today: date
) -> set[int]:
    """Return the ids of those of a grant's steps that are approvals which the person may withdraw."""
    roles = load_roles(connection, [grant_id])[grant_id]
    given = [step for step in steps if step.kind == StepKind.APPROVAL and step.status == StepStatus.APPROVED]
    givers = (approval.done_by_id for approval in given if approval.done_by_id is not None)
    people = load_people(connection, {*roles.values(), *givers}, today)
    return {
        approval.id
        for approval in given
        if person_id in find_withdrawers(approval.done_by_id, approval.owner_role, roles, people, today)
    }
