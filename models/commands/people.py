"""What people do about what somebody holds, and about who is away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.vocabulary import SaidBy


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
class PutPerson:
    """Somebody is new here, or what is said of them is so: `said` are fields of an import file's person by name.

    `person_id` is who it is, where it is somebody who is here and may have another address; `said_by` whose word it is.
    """

    email: str
    said: Mapping[str, object] = field(default_factory=dict)
    person_id: int | None = None
    said_by: SaidBy = SaidBy.PAGE


@dataclass(frozen=True, slots=True)
class Depart:
    """Somebody leaves on a day: what they hold, and whom they lead or stand in for, goes to another at once."""

    person_id: int
    on: date
    to_id: int | None
    country: str


@dataclass(frozen=True, slots=True)
class SettleAbsence:
    """What an automatic reply says of a person's absence is right, from today on, or it is not."""

    reply_id: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Forget:
    """Take the name, the address and the telephone number of somebody who has left out of their row."""

    email: str
