"""What people do about grants: open, upgrade, change their facts, confirm what an import held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from models.commands.command import OnGrant, OnMany
from models.commands.steps import StoredFile
from models.forms.field import Kind
from models.forms.spec import Act, Ask, Partly
from models.intake.file import OrganisationEntry
from models.programme.plan import Programme
from models.reading.day import Side
from models.vocabulary import Duty, NoticeKind


@dataclass(frozen=True, slots=True)
class Upgrade(OnMany):
    """Bring grants under the programme as its file is now.

    Without references these are all running grants of the programme.
    """

    programme: Programme
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GrantSaid:
    """A new grant, as a form gives it."""

    programme: Annotated[str, Ask(kind=Kind.CHOICE, label="Programme")]
    files: Annotated[
        tuple[StoredFile, ...],
        Ask(kind=Kind.FILE, label="The funder's letter", option="--file", required=False),
    ]
    reference: Annotated[str, Ask(kind=Kind.LINE, label="Our reference")]
    title: Annotated[str, Ask(kind=Kind.LINE, label="Name of the grant")]
    funder: Annotated[str, Ask(kind=Kind.LINE, label="Funder")]
    decided_on: Annotated[date, Ask(kind=Kind.DAY, label="Decided on", side=Side.PAST, required=False)]
    amount: Annotated[str, Ask(kind=Kind.SUM, label="Sum granted", required=False)]
    period_start_on: Annotated[date, Ask(kind=Kind.DAY, label="First day", side=Side.ASKED)]
    period_end_on: Annotated[
        date, Ask(kind=Kind.DAY, label="Last day", side=Side.ASKED, after="period_start_on")
    ]
    dates: Annotated[Mapping[str, date], Ask(kind=Kind.DAY, label="", name="d-", side=Side.ASKED, many=True)]
    decided: Annotated[
        Mapping[str, date],
        Ask(kind=Kind.DAY, label="", name="o-", side=Side.COMING, bounded=False, many=True, required=False),
    ]
    recipient: Annotated[str, Ask(kind=Kind.LINE, label="Recipient")]
    coordinator: Annotated[str, Ask(kind=Kind.ROW, label="Coordinator")]
    committee: Annotated[
        str, Ask(kind=Kind.ROW, label="Committee secretary", nothing="Nobody", required=False)
    ]
    controller: Annotated[str, Ask(kind=Kind.ROW, label="Controller", nothing="Nobody", required=False)]
    done: Annotated[
        Mapping[str, date],
        Ask(kind=Kind.DAY, label="", name="was-done-", side=Side.PAST, many=True, required=False),
    ]
    paid: Annotated[
        Mapping[int, date],
        Ask(kind=Kind.DAY, label="", name="was-paid-", side=Side.PAST, many=True, required=False),
    ]
    paid_sums: Annotated[
        Mapping[int, str],
        Ask(
            kind=Kind.SUM, label="Sum of part %(key)s, if not all", name="was-sum-", many=True, required=False
        ),
    ]


@Act(
    "new-grant",
    title="New grant",
    button="Enter the grant",
    done="The grant has been entered.",
    duty=Duty.NEW_GRANT,
    asked=GrantSaid,
)
@dataclass(frozen=True, slots=True)
class OpenGrant(OnMany):
    """Enter a new grant under a programme; `said` are the fields of an import file's grant by name.

    `organisations` are its funder and recipient where they are new, too. `files` hold the funder's
    letter. A grant that `waits` is told to nobody before a second person confirms it.
    """

    grant: str
    programme: Programme
    said: Mapping[str, object]
    organisations: tuple[OrganisationEntry, ...] = ()
    files: tuple[StoredFile, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class FactsSaid:
    """A grant's own facts in a form, by the names in an import file; `account` is its recipient's."""

    reference: Annotated[str, Ask(kind=Kind.LINE, label="Our reference")]
    title: Annotated[str, Ask(kind=Kind.LINE, label="Name of the grant")]
    matter: Annotated[
        str, Ask(kind=Kind.LINE, label="What it is called to the committee, if another name", required=False)
    ]
    funder_reference: Annotated[str, Ask(kind=Kind.LINE, label="The funder's reference", required=False)]
    coordinator: Annotated[str, Ask(kind=Kind.ROW, label="Coordinator")]
    contact_name: Annotated[
        str,
        Ask(
            kind=Kind.LINE,
            label="The funder's officer",
            hint="Whom to phone about the grant.",
            required=False,
        ),
    ]
    contact_phone: Annotated[str, Ask(kind=Kind.LINE, label="Their telephone", required=False)]
    contact_email: Annotated[str, Ask(kind=Kind.LINE, label="Their email address", required=False)]
    project: Annotated[
        str,
        Ask(
            kind=Kind.LINE,
            label="Project in the ledger",
            hint="Its number; several with commas between.",
            required=False,
        ),
    ]
    account: Annotated[
        str,
        Ask(
            kind=Kind.ACCOUNT,
            label="Account to which its money comes",
            hint="It is the recipient's, for all its grants. Releases that were confirmed are confirmed again.",
            required=False,
        ),
    ]


@Act(
    "grant-facts",
    title="Change the grant's facts",
    button="Save",
    done="The change has been saved.",
    duty=Duty.GRANT,
    tells=(NoticeKind.HANDED_OVER, NoticeKind.NEW_ACCOUNT, NoticeKind.CONFIRM_RELEASE),
    undone_by="grant-facts",
)
@dataclass(frozen=True, slots=True)
class ChangeFacts(OnMany):
    """Change a grant's own facts: `said` are the new ones, by the names of FactsSaid.

    The coordinator is an address. For releases to the old account see `tasks/commands/changed_account.py`.
    """

    grant: str
    said: Annotated[Mapping[str, object], Partly(FactsSaid)]


@Act(
    "confirm-import",
    title="Confirm an import",
    button="Confirm the import",
    done="The import has been confirmed. From the next round on people are told.",
    intro="Nobody is told of anything in the grant until its import is confirmed. What is done already is recorded"
    " first, on the tasks.",
    duty=Duty.GRANT,
    tells=(NoticeKind.CONFIRM_RELEASE,),
)
@dataclass(frozen=True, slots=True)
class ConfirmLate(OnGrant):
    """Confirm what was late when the grant was imported: people are told from now on.

    Its ladders count late steps from `from_on`, or from today.
    """

    from_on: date | None = None
