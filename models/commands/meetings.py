"""What people do about the meetings of a body: add one, move it, cancel it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from models.commands.command import OnGrant, OnMany
from models.forms.field import Kind
from models.forms.spec import Act, Ask
from models.intake.file import OrganisationEntry
from models.reading.day import Side
from models.vocabulary import Duty, MeetingKind, NoticeKind

AgendaDay = Annotated[
    date | None,
    Ask(
        kind=Kind.DAY,
        label="Last day to be on the agenda",
        side=Side.COMING,
        bounded=False,
        required=False,
        option="--agenda",
    ),
]
PapersDay = Annotated[
    date | None,
    Ask(
        kind=Kind.DAY,
        label="Last day for the papers",
        side=Side.COMING,
        bounded=False,
        required=False,
        option="--documents",
    ),
]


@Act(
    "add-meeting",
    title="New meeting",
    button="Add the meeting",
    done="The meeting has been added.",
    duty=Duty.MEETINGS,
    tells=(NoticeKind.MOVED,),
    undone_by="cancel-meeting",
)
@dataclass(frozen=True, slots=True)
class AddMeeting(OnMany):
    """Add a meeting; `agenda_on` and `documents_on` are the last days for the agenda and the papers.

    Only the items that it `takes` move to it, each a grant's reference and the key of its approval.
    """

    body: str
    held_on: Annotated[date, Ask(kind=Kind.DAY, label="Meeting date", side=Side.COMING, bounded=False)]
    kind: Annotated[
        MeetingKind,
        Ask(
            kind=Kind.CHOICE,
            label="Kind of meeting",
            options=MeetingKind,
            words="meeting_kind",
            initial=MeetingKind.ORDINARY,
        ),
    ] = MeetingKind.ORDINARY
    agenda_on: AgendaDay = None
    documents_on: PapersDay = None
    minutes_days: Annotated[
        int | None,
        Ask(kind=Kind.NUMBER, label="Days until the minutes are confirmed", required=False, decimals=0),
    ] = None
    reason: str = ""
    takes: tuple[tuple[str, str], ...] = ()


MeetingDays = Annotated[
    tuple[date, ...],
    Ask(
        kind=Kind.DAYS,
        label="The meeting days",
        hint="Paste them from the year's plan, one a line, such as 14 January 2027.",
    ),
]


@Act(
    "add-meetings",
    title="A year's meetings",
    button="Add the meetings",
    done="The meetings have been added.",
    intro="Days that are known already are left as they are, and every item stays at its meeting.",
    duty=Duty.MEETINGS,
    tells=(NoticeKind.MOVED,),
)
@dataclass(frozen=True, slots=True)
class AddMeetings(OnMany):
    """Add meetings of the body on these days, and cancel those of the days that it `cancels`."""

    body: str
    days: MeetingDays
    cancels: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class BodySaid:
    """A new body, as a form gives it."""

    name: Annotated[
        str, Ask(kind=Kind.LINE, label="Name", hint="As in its decisions, such as Socialnämnden.")
    ]
    days: MeetingDays


@Act(
    "new-body",
    title="New committee",
    button="Add the committee",
    done="The committee has been added.",
    duty=Duty.OFFICE,
    asked=BodySaid,
    tells=(NoticeKind.MOVED,),
)
@dataclass(frozen=True, slots=True)
class AddBody(OnMany):
    """Add a committee or another body, with its meetings on these days."""

    organisation: OrganisationEntry
    days: tuple[date, ...] = ()


@Act(
    "move-meeting",
    title="Move a meeting",
    button="Move the meeting",
    done="The meeting has been moved.",
    intro="The deadlines for the agenda and the papers move as many days, unless you fill them in.",
    duty=Duty.MEETINGS,
    tells=(NoticeKind.MOVED,),
    undone_by="move-meeting",
)
@dataclass(frozen=True, slots=True)
class MoveMeeting(OnMany):
    """Move the body's meeting to another day; its other days move as far, unless they are given."""

    body: str
    held_on: Annotated[date, Ask(kind=Kind.DAY, label="Which meeting")]
    to_on: Annotated[date, Ask(kind=Kind.DAY, label="New date", side=Side.COMING, option="--to")]
    reason: Annotated[str, Ask(kind=Kind.LINE, label="Why")]
    agenda_on: AgendaDay = None
    documents_on: PapersDay = None


@Act(
    "cancel-meeting",
    title="Cancel a meeting",
    button="Cancel the meeting",
    done="The meeting has been cancelled.",
    duty=Duty.MEETINGS,
    tells=(NoticeKind.MOVED,),
    undone_by="add-meeting",
)
@dataclass(frozen=True, slots=True)
class CancelMeeting(OnMany):
    """Cancel the body's meeting on that day."""

    body: str
    held_on: Annotated[date, Ask(kind=Kind.DAY, label="Which meeting")]
    reason: Annotated[str, Ask(kind=Kind.LINE, label="Why")]


@Act(
    "choose-meeting",
    title="Move an item to another meeting",
    button="Move the item",
    done="The item has been moved.",
    intro="An item stays at its meeting until you move it.",
    duty=Duty.MEETINGS,
    tells=(NoticeKind.MOVED,),
    undone_by="choose-meeting",
)
@dataclass(frozen=True, slots=True)
class ChooseMeeting(OnGrant):
    """Give the item, the approval `step` of a grant, to another meeting of the body."""

    step: Annotated[str, Ask(kind=Kind.CHOICE, label="Which item", name="item")]
    held_on: Annotated[date, Ask(kind=Kind.DAY, label="Which meeting")]
    reason: Annotated[str, Ask(kind=Kind.LINE, label="Why", required=False)] = ""
