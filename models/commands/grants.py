"""Acts about grants: open, upgrade, confirm; decisions about them; and meetings of bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.commands.steps import StoredFile
from models.intake.file import OrganisationEntry
from models.programme.plan import Programme
from models.vocabulary import DecisionKind, MeetingKind


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


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A funder's decision as a person reports it; `dates` are named dates that it sets."""

    kind: DecisionKind
    decided_on: date
    amount_minor: int | None = None
    total_minor: int | None = None
    purpose: str = ""
    conditions: str = ""
    dates: Mapping[str, date] = field(default_factory=dict)
    source: str = ""
    instalments: Mapping[int, int | str] = field(default_factory=dict)  # a sum in minor units, or "60 %"


@dataclass(frozen=True, slots=True)
class Decide:
    """The funder decided: sums and dates are set, and what waited for it is settled; `files` are its letter."""

    grant: str
    decision: DecisionInput
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Correct:
    """What is otherwise in the decision that is recorded as of a day; of which kind, where that day has several.

    `said` are fields of a DecisionInput by name, as they should be; what it does not mention stays. A date or an
    instalment that is None there is one of which the decision says nothing. One that is `annulled` was never made:
    its `source` is the paper that says so, or somebody of the funder's did by telephone. `files` are that paper.
    """

    grant: str
    recorded_on: date
    kind: DecisionKind | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    annulled: bool = False
    told_by: str = ""
    told_on: date | None = None
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class GiveDates:
    """A letter of the funder's says dates that its decision left out."""

    grant: str
    letter: DecisionInput


@dataclass(frozen=True, slots=True)
class AddMeeting:
    """The body meets on a day; `agenda_on` and `documents_on` are the last days to be on the agenda, and for papers."""

    body: str
    held_on: date
    kind: MeetingKind = MeetingKind.ORDINARY
    agenda_on: date | None = None
    documents_on: date | None = None
    adjustment_days: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MoveMeeting:
    """The body's meeting is on another day; its agenda and documents move as far, unless their days are said."""

    body: str
    held_on: date
    to_on: date
    reason: str
    agenda_on: date | None = None
    documents_on: date | None = None


@dataclass(frozen=True, slots=True)
class CancelMeeting:
    """The body does not meet on that day."""

    body: str
    held_on: date
    reason: str
