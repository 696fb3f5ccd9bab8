"""Decide who may confirm money: the two people of a release, and who records the approval before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from models.rules.duties import Proof, has_left
from models.tables.step import Step


@dataclass(frozen=True, slots=True)
class Confirmer:
    """The person who wants to confirm, and how we know who they are."""

    id: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class Confirmers:
    """Who may confirm a grant's money (`ids`), and the mailboxes of everybody with a part in it, by id."""

    ids: frozenset[int]
    mailboxes: Mapping[int, str]

    def are_same(self, first: int, other: int | None) -> bool:
        """Return whether two accounts are the same person; accounts that share a mailbox are."""
        if other is None:
            return False
        mailbox = self.mailboxes.get(first)
        return first == other or (mailbox is not None and mailbox == self.mailboxes.get(other))

    def is_one_of(self, person_id: int, others: Iterable[int | None]) -> bool:
        """Return whether an account is the same person as any of the others."""
        return any(self.are_same(person_id, other) for other in others)


def find_confirmers(
    roles: Mapping[str, int], told: Mapping[str, int], departed: Mapping[int, date | None], today: date
) -> frozenset[int]:
    """Return who may confirm a grant's money: people who hold a role in it and are still employed.

    `roles` says who holds each role in the rows, `told` in the journal: a role counts that both
    know. `departed` says when each person left, None if they have not. A deputy, or the owner of a
    step, needs a role of their own.
    """
    held = {person_id for role, person_id in roles.items() if told.get(role) == person_id}
    return frozenset(
        person_id for person_id in held if person_id in departed and not has_left(departed[person_id], today)
    )


def find_recorders(conditions: Iterable[Step]) -> frozenset[int]:
    """Return who recorded the funder's approvals among the conditions."""
    return frozenset(
        step.done_by_id for step in conditions if step.with_funder and step.done_by_id is not None
    )


def find_second_people(
    confirmers: Confirmers, first_id: int | None, conditions: Iterable[Step]
) -> frozenset[int]:
    """Return who may be the second of two: neither the first person nor the recorder of the funder's approval."""
    taken = {first_id, *find_recorders(conditions)}
    return frozenset(person_id for person_id in confirmers.ids if not confirmers.is_one_of(person_id, taken))
