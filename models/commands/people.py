"""What people do about people: add, change, erase, record absences, hand over, leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from models.commands.command import OnMany
from models.forms.field import Kind
from models.forms.spec import Act, Ask, Partly
from models.languages import LANGUAGES
from models.reading.day import Side
from models.vocabulary import Access, Duty, NoticeKind, SaidBy


@Act(
    "hand-over",
    title="Hand over",
    button="Hand over",
    done="It has been handed over.",
    intro="Roles, and tasks that are not done, go over at once.",
    duty=Duty.HOLDINGS,
    tells=(NoticeKind.HANDED_OVER,),
    undone_by="hand-over",
)
@dataclass(frozen=True, slots=True)
class HandOver(OnMany):
    """Pass all that a person holds, or what they hold in one grant, to the person with the address.

    The letter about it waits for a day on which the country's offices are open.
    """

    from_id: int
    to_email: Annotated[str, Ask(kind=Kind.ROW, label="Who takes over", name="to")]
    country: str
    grant: Annotated[
        str | None,
        Ask(kind=Kind.CHOICE, label="What", required=False),
    ] = None


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """A person, as a form gives them, by the names of an import file's person."""

    email: Annotated[str, Ask(kind=Kind.LINE, label="Email address")]
    name: Annotated[str, Ask(kind=Kind.LINE, label="Name")]
    title: Annotated[str, Ask(kind=Kind.LINE, label="Title", required=False)]
    phone: Annotated[str, Ask(kind=Kind.LINE, label="Telephone", required=False)]
    department: Annotated[str, Ask(kind=Kind.LINE, label="Department or unit", required=False)]
    language: Annotated[
        str,
        Ask(
            kind=Kind.CHOICE,
            label="Language of emails and pages",
            options=tuple(LANGUAGES),
            words="language",
            initial="sv",
        ),
    ]
    manager: Annotated[str, Ask(kind=Kind.ROW, label="Manager", nothing="Nobody", required=False)]
    deputy: Annotated[str, Ask(kind=Kind.ROW, label="Deputy", nothing="Nobody", required=False)]
    access: Annotated[
        Access, Ask(kind=Kind.CHOICE, label="May see", options=Access, words="access", initial=Access.OWN)
    ]
    admin: Annotated[
        bool,
        Ask(kind=Kind.YES_NO, label="Administrator", words="yes_no", initial="no"),
    ]


@Act(
    "new-person",
    title="New person",
    button="Add the person",
    done="The person has been added.",
    duty=Duty.OFFICE,
)
@Act(
    "person",
    title="Change a person",
    button="Save",
    done="The change has been saved.",
    duty=Duty.PERSON,
)
@Act(
    "own-settings",
    title="Deputy and language",
    button="Save",
    done="The change has been saved.",
    duty=Duty.HOLDINGS,
)
@dataclass(frozen=True, slots=True)
class PutPerson(OnMany):
    """Add or change a person: `said` are fields of an import file's person by name.

    `person_id` is a person who is already here, perhaps with a new address; `said_by` is who says
    so.
    """

    email: str
    said: Annotated[Mapping[str, object], Partly(PersonSaid)] = field(default_factory=dict)
    person_id: int | None = None
    said_by: SaidBy = SaidBy.PAGE


@Act(
    "departure",
    title="Somebody leaves",
    button="Save and hand over",
    done="The departure has been saved.",
    intro="What they hold, and whom they lead, goes over at once. From the day on they cannot sign in.",
    duty=Duty.PERSON,
    refused_at={"holds": "to"},
    tells=(NoticeKind.HANDED_OVER,),
)
@dataclass(frozen=True, slots=True)
class Depart(OnMany):
    """Record that somebody leaves: their tasks, and the people they lead or stand in for, go to another now."""

    person_id: int
    on: Annotated[date, Ask(kind=Kind.DAY, label="Gone from this day on", side=Side.COMING, bounded=False)]
    country: str
    to_id: Annotated[
        int | None, Ask(kind=Kind.ROW, label="Who takes over", nothing="Nobody", name="to", required=False)
    ] = None


@Act(
    "absence",
    title="Absence",
    button="Save",
    done="The absence has been saved.",
    duty=Duty.HOLDINGS,
    refused_at={"no_day": "first"},
    undone_by="remove-absence",
)
@dataclass(frozen=True, slots=True)
class SetAbsence(OnMany):
    """Record that somebody is away from the `first` day to the `last`.

    An existing `absence` gets these days. A `deputy`, by address, is theirs from now on.
    """

    person_id: int
    absence: Annotated[
        int | None, Ask(kind=Kind.ROW, label="Which absence", nothing="A new one", required=False)
    ] = None
    first: Annotated[
        date | None,
        Ask(kind=Kind.DAY, label="First day away", required=False, before="last", depends=True),
    ] = None
    last: Annotated[
        date | None,
        Ask(kind=Kind.DAY, label="Last day away", required=False, side=Side.COMING, depends=True),
    ] = None
    deputy: Annotated[
        str | None,
        Ask(
            kind=Kind.ROW,
            label="Deputy",
            hint="Gets the emails meanwhile. Without a deputy they go to the manager.",
            nothing="Nobody",
            required=False,
        ),
    ] = None


@Act(
    "remove-absence",
    title="Remove an absence",
    button="Remove it",
    done="The absence has been removed.",
    duty=Duty.HOLDINGS,
)
@dataclass(frozen=True, slots=True)
class RemoveAbsence(OnMany):
    """Remove the absence that begins on a day: the person gets their own letters again."""

    person_id: int
    begins_on: Annotated[date, Ask(kind=Kind.DAY, label="Absence", name="remove")]


@dataclass(frozen=True, slots=True)
class SettleAbsence(OnMany):
    """Confirm, from today on, or reject an absence that an automatic reply tells of."""

    reply_id: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Forget(OnMany):
    """Erase the name, the address and the telephone number of somebody who has left."""

    email: str
