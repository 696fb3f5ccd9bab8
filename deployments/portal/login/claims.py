"""Read the claims of the OpenID provider: who signed in, when, and their groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from models.errors import GrantError
from tasks.settings import Settings

Claims = dict[str, object]

_VERIFIED = "email_verified"
# A clock there may be ahead of ours.
_AHEAD = timedelta(minutes=10)


class ClaimFault(StrEnum):
    """Why a claim is not taken."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNVERIFIED = "not true"


class ClaimRefused(GrantError):
    """A claim of the provider's is not taken."""

    def __init__(self, claim: str, fault: ClaimFault) -> None:
        super().__init__(f"{claim} is {fault}")
        self.claim = claim
        self.fault = fault


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Whom the provider names, by their address.

    `signed_in_at` (UTC) is None where it does not say when they signed in there, `groups` where it says nothing of
    them: that is not the same as none.
    """

    address: str
    signed_in_at: datetime | None
    groups: frozenset[str] | None


def missing_claims(claims: Claims, settings: Settings) -> list[str]:
    """Return the claims that count here and are not among these."""
    groups = [settings.oidc_groups_claim] if settings.oidc_groups else []
    return [name for name in (*_of_address(settings), *groups) if claims.get(name) is None]


def with_userinfo(claims: Claims, more: Claims, settings: Settings) -> Claims:
    """Return an ID token's claims, and of those that it leaves out what the userinfo endpoint says.

    ClaimRefused where that is of somebody else (OIDC Core 5.3.2).
    """
    if more.get("sub") != claims.get("sub"):
        raise ClaimRefused("sub", ClaimFault.UNREADABLE)
    missing = missing_claims(claims, settings)
    address = _of_address(settings)
    taken = [name for name in missing if name not in address]
    # An address and what vouches for it come from one answer.
    if len(taken) < len(missing) and more.get(settings.oidc_claim) is not None:
        taken += address
    return claims | {name: more.get(name) for name in taken}


def _of_address(settings: Settings) -> tuple[str, ...]:
    return (settings.oidc_claim,) if settings.oidc_own_addresses else (settings.oidc_claim, _VERIFIED)


def read_claims(claims: Claims, settings: Settings, now: datetime) -> NamedPerson:
    """Return whom the claims name; ClaimRefused for one that is missing, unreadable, or does not vouch."""
    address = claims.get(settings.oidc_claim)
    if address is None:
        raise ClaimRefused(settings.oidc_claim, ClaimFault.MISSING)
    if not isinstance(address, str):
        raise ClaimRefused(settings.oidc_claim, ClaimFault.UNREADABLE)
    if not settings.oidc_own_addresses:
        _check_verified(claims)
    groups = _read_groups(claims, settings.oidc_groups_claim) if settings.oidc_groups else None
    return NamedPerson(address, _read_time(claims, now), groups)


def _check_verified(claims: Mapping[str, object]) -> None:
    """Refuse an address that the provider does not vouch for: a text, or 1, is no word that it was checked."""
    verified = claims.get(_VERIFIED)
    if verified is None:
        raise ClaimRefused(_VERIFIED, ClaimFault.MISSING)
    if verified is not True:
        raise ClaimRefused(_VERIFIED, ClaimFault.UNVERIFIED)


def _read_time(claims: Mapping[str, object], now: datetime) -> datetime | None:
    seconds = claims.get("auth_time")
    if seconds is None:
        return None
    latest = (now + _AHEAD).timestamp()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= latest:
        raise ClaimRefused("auth_time", ClaimFault.UNREADABLE)
    return min(datetime.fromtimestamp(seconds, UTC), now)


def _read_groups(claims: Mapping[str, object], claim: str) -> frozenset[str] | None:
    groups = claims.get(claim)
    if groups is None:
        return None
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise ClaimRefused(claim, ClaimFault.UNREADABLE)
    return frozenset(groups)
