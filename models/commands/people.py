"""What people do about what somebody holds."""

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
