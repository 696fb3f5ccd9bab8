"""Decide who may do which part of the office's work."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.vocabulary import LADDER_ROLES, Duty, Role


@dataclass(frozen=True, slots=True)
class Doer:
    """The person who wants to do it: their `roles` in its subject, and whether it is about themselves or theirs.

    `is_above` is whether they stand above the person, or above somebody who holds a role in the
    grant.
    """

    is_admin: bool
    roles: frozenset[str] = frozenset()
    is_above: bool = False
    is_self: bool = False


# The roles that record the funder's decisions: not the committee, and not the second person for
# money.
_OF_A_GRANT = {Role.COORDINATOR, *LADDER_ROLES}


def may_do(duty: Duty, doer: Doer) -> bool:
    """Return whether somebody may do a part of the office's work."""
    if doer.is_admin:
        return True
    match duty:
        case Duty.MEETINGS:
            return Role.COMMITTEE in doer.roles
        case Duty.NEW_GRANT:
            return not doer.roles.isdisjoint(_OF_A_GRANT)
        case Duty.GRANT:
            return doer.is_above or not doer.roles.isdisjoint(_OF_A_GRANT)
        case Duty.APPROVAL:  # which of them, says `find_withdrawers`
            return doer.is_self or may_do(Duty.GRANT, doer)
        case Duty.PERSON:
            return doer.is_above
        case Duty.HOLDINGS:
            return doer.is_above or doer.is_self
        case Duty.OFFICE:
            return False


def has_left(departed_on: date | None, today: date) -> bool:
    """Return whether somebody is no longer employed."""
    return departed_on is not None and departed_on <= today


class Proof(StrEnum):
    """How it is known who acts."""

    LINK = "link"  # a letter's link, which may have been passed on, or a sign-in too long ago
    NAMED = "named"  # who can run the command line says who it is
    SIGNED_IN = "signed_in"  # they signed in of late
