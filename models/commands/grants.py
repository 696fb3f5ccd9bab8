"""What people do about whole grants."""

from __future__ import annotations

from dataclasses import dataclass

from models.programme.file import Programme


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Bring grants under the programme as its file is now; without references every running grant of that name."""

    programme: Programme
    grants: tuple[str, ...] = ()
