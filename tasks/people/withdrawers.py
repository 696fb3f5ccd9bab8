"""Find which approvals of a grant a person may withdraw."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection

from models.rules.answers.answer import find_withdrawers
from models.vocabulary import StepKind, StepStatus
from tasks.store.shared import load_people, load_roles


def to_take_back(
    connection: Connection, grant_id: int, steps: Iterable[Any], person_id: int | None, today: date
) -> set[int]:
    """Return the ids of those of a grant's steps that are approvals which the person may take back."""
    roles = load_roles(connection, [grant_id])[grant_id]
    given = [one for one in steps if one.kind == StepKind.APPROVAL and one.status == StepStatus.APPROVED]
    givers = (one.done_by_id for one in given if one.done_by_id is not None)
    people = load_people(connection, {*roles.values(), *givers}, today)
    return {
        one.id
        for one in given
        if person_id in find_withdrawers(one.done_by_id, one.owner_role, roles, people, today)
    }
