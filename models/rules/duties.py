"""Decide who may do which part of the office's work."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.vocabulary import LADDER_ROLES, Access, Duty, Role


@dataclass(frozen=True, slots=True)
class Doer:
    """The person who acts: their `roles` in the subject, and how they stand to it.

    `is_above` is whether they stand above the person, or above somebody who holds a role in the
    grant. `is_self` is whether the act is about themselves, or an approval of theirs.
    """

    is_admin: bool
    roles: frozenset[str] = frozenset()
    is_above: bool = False
    is_self: bool = False


# The roles that record the funder's decisions: neither the committee nor money's second person.
_OF_A_GRANT = {Role.COORDINATOR, *LADDER_ROLES}
# The roles that read a ledger, and hold reports against it: money's second person, and who reports what was spent.
_OF_BOOKS = {Role.CONTROLLER, *_OF_A_GRANT}


def may_do(duty: Duty, doer: Doer) -> bool:
    """Return whether somebody may do a part of the office's work."""
    if doer.is_admin:
        return True
    match duty:
        case Duty.MEETINGS:
            return Role.COMMITTEE in doer.roles
        case Duty.NEW_GRANT:  # somebody who holds nothing yet may enter their first
            return doer.is_self and (not doer.roles or not doer.roles.isdisjoint(_OF_A_GRANT))
        case Duty.BOOKS | Duty.REPORTED:
            return doer.is_above or not doer.roles.isdisjoint(_OF_BOOKS)
        case Duty.GRANT:
            return doer.is_above or not doer.roles.isdisjoint(_OF_A_GRANT)
        case Duty.APPROVAL:  # `find_withdrawers` says which approvals
            return doer.is_self or may_do(Duty.GRANT, doer)
        case Duty.PERSON:
            return doer.is_above
        case Duty.HOLDINGS:
            return doer.is_above or doer.is_self
        case Duty.OFFICE:
            return False


def may_see_all(access: Access, *, is_admin: bool) -> bool:
    """Return whether somebody may look at every grant, also at those in which they have no part."""
    return is_admin or access is not Access.OWN


def has_left(departed_on: date | None, today: date) -> bool:
    """Return whether somebody is no longer employed."""
    return departed_on is not None and departed_on <= today


class Proof(StrEnum):
    """How it is known who acts."""

    LINK = "link"  # a letter's link, which may have been passed on, or an old sign-in
    NAMED = "named"  # a person at the command line says who acts
    SIGNED_IN = "signed_in"  # they signed in recently
