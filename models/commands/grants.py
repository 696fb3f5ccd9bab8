"""What people do about whole grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.intake.file import OrganisationEntry
from models.programme.plan import Programme


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Bring grants under the programme as its file is now; without references every running grant of that name."""

    programme: Programme
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """A grant under a programme is new here: `said` are the fields of an import file's grant by name.

    `organisations` are those among its funder and recipient that are new here, too.
    """

    grant: str
    programme: Programme
    said: Mapping[str, object]
    organisations: tuple[OrganisationEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmLate:
    """What was late when the grant was imported is right: people are told from now on.

    Its ladders count what is late from `from_on`, or today.
    """

    grant: str
    from_on: date | None = None
