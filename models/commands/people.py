"""What people do about what somebody holds, and about who is away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandOver:
    """Pass all that a person holds, or what they hold in one grant, to the person with the address.

    The letter that tells of it waits for a day on which the country's offices are open.
    """

    from_id: int
    to_email: str
    country: str
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class SettleAbsence:
    """What an automatic reply says of a person's absence is right, from today on, or it is not."""

    reply_id: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Forget:
    """Take the name, the address and the telephone number of somebody who has left out of their row."""

    email: str
