"""What letters need to know of the installation that sends them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PressSettings:
    """Addresses and keys that go into letters; `secret_keys` are newest first, `timezone` an IANA name."""

    portal_url: str
    mail_from: str
    secret_keys: tuple[str, ...]
    timezone: str
