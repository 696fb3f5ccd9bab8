"""Decide who may confirm money: the two people of a release, and who registers the approval that opens it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from models.rules.duties import Proof, has_left
from models.tables.step import Step


@dataclass(frozen=True, slots=True)
class Confirmer:
    """Who wants to confirm; `same_ids` are all the accounts of theirs that have a part in it, by their mailbox."""

    id: int
    same_ids: frozenset[int]
    proof: Proof


def find_confirmers(
    roles: Mapping[str, int], told: Mapping[str, int], departed: Mapping[int, date | None], today: date
) -> frozenset[int]:
    """Return who may confirm a grant's money: who holds a role in it and is still employed.

    `roles` is who holds which in the rows, `told` as the journal has it: a role counts that both know. `departed` says
    when each of them left, None for who has not. Nobody may as somebody's deputy, or as the owner of a step: who
    is to replace a person that is away is given the role.
    """
    held = {person_id for role, person_id in roles.items() if told.get(role) == person_id}
    return frozenset(one for one in held if one in departed and not has_left(departed[one], today))


def recorders(conditions: Iterable[Step]) -> frozenset[int]:
    """Return who recorded the funder's approvals among the conditions."""
    return frozenset(
        step.done_by_id for step in conditions if step.with_funder and step.done_by_id is not None
    )


def second_people(
    confirmers: Iterable[int], first_ids: Collection[int], conditions: Iterable[Step]
) -> frozenset[int]:
    """Return who may be the second of two: neither the first, nor who recorded the funder's approval."""
    recorded = recorders(conditions)
    return frozenset(one for one in confirmers if one not in first_ids and one not in recorded)
