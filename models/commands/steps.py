"""What people do about a step: answer it, approve or return it, put it off, move its date, undo an act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from models.commands.command import OnGrant
from models.forms.field import Kind
from models.forms.spec import Act, Ask
from models.reading.day import Side
from models.rules.answers.answer import may_answer
from models.rules.dates.extension import FunderWord, decide_word
from models.rules.steps.undo import UNDO_WITHIN, decide_undo
from models.vocabulary import AnswerKind, Duty, MeetingVerdict, NoticeKind

_VERDICTS = ("approve", "return")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the file store: its own name without folders, and what a row keeps of it; `size` in bytes.

    `document` is the programme's document that it is, if any.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    stored_as: str
    document: str | None = None


SentDay = Annotated[
    date | None,
    Ask(
        kind=Kind.DAY,
        label="Sent on",
        variants={"funder": "Came on", "repayment": "Paid back on"},
        side=Side.PAST,
        option="--on",
    ),
]
MeetingDay = Annotated[
    date | None,
    Ask(
        kind=Kind.DAY,
        label="The day of the meeting",
        hint="As the minutes have it.",
        variants={"funder": "The day of the funder's answer"},
        side=Side.PAST,
        option="--on",
    ),
]
Paragraph = Annotated[
    str,
    Ask(
        kind=Kind.LINE,
        label="Item in the minutes",
        hint="Such as § 14.",
        required=False,
    ),
]
LetterOrMinutes = Annotated[
    tuple[StoredFile, ...],
    Ask(
        kind=Kind.FILE,
        label="The letter or the minutes",
        variants={"meeting": "Extract from the minutes"},
        option="--file",
        required=False,
    ),
]


@dataclass(frozen=True, slots=True)
class StepAnswer(OnGrant):
    """A person's answer to a grant's step; `version` is the step's version on their page, None for any."""

    kind: ClassVar[AnswerKind]

    step: str
    note: str = ""
    version: int | None = None
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedAnswer(StepAnswer):
    """An answer with a day: `paper_on` is the day of the minutes or the letter, else it is today."""

    paper_on: date | None = None

    @property
    def decided_on(self) -> date | None:
        """The day that the answer states; None for today."""
        return self.paper_on


@Act(
    "done",
    title="Done",
    button="Record",
    judge=may_answer,
    is_main=True,
    keeps=True,
    keeps_files=True,
    tells=(NoticeKind.UNSPENT, NoticeKind.CONFIRM_RELEASE),
    reversible_for=UNDO_WITHIN,
    undone_by="undo",
)
@dataclass(frozen=True, slots=True)
class Answer(DatedAnswer):
    """Record that the step is done; `data` answers its questions by their keys."""

    kind: ClassVar[AnswerKind] = AnswerKind.DONE

    data: Annotated[
        Mapping[str, object],
        Ask(
            kind=Kind.LINE,
            label="The answer to a question",
            name="q-",
            option="--set",
            many=True,
            as_typed=True,
            required=False,
        ),
    ] = field(default_factory=dict)
    paper_on: SentDay = None
    files: Annotated[
        tuple[StoredFile, ...],
        Ask(
            kind=Kind.FILE,
            label="A document that the step asks for",
            name="file-",
            option="--document",
            many=True,
            required=False,
        ),
        Ask(
            kind=Kind.FILE,
            label="Files",
            hint="Word, Excel, PDF, pictures or CSV, at most 20 MB each.",
            variants={"others": "Other files"},
            option="--file",
            required=False,
        ),
    ] = ()


@Act(
    "nothing",
    title="Nothing to report",
    button="There is nothing to report",
    intro="The period had nothing that should be reported. It counts as done.",
    judge=may_answer,
    reversible_for=UNDO_WITHIN,
    undone_by="undo",
    tells=(NoticeKind.CONFIRM_RELEASE,),
)
@dataclass(frozen=True, slots=True)
class NothingToReport(DatedAnswer):
    """Record that the step is done because its period had nothing to report."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOTHING

    paper_on: SentDay = None
    note: Annotated[str, Ask(kind=Kind.TEXT, label="Note", required=False)] = ""


@Act(
    "not-needed",
    title="Not needed",
    button="It is not needed",
    intro="For when there is nothing that it is about, such as a year without activity.",
    judge=may_answer,
    tells=(NoticeKind.CONFIRM_RELEASE,),
)
@dataclass(frozen=True, slots=True)
class NotNeeded(DatedAnswer):
    """Record that the step is not needed, for the reason in `note`."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOT_NEEDED

    paper_on: Annotated[
        date | None,
        Ask(
            kind=Kind.DAY,
            label="The day on which that was decided",
            hint="If there is a paper of it.",
            side=Side.PAST,
            required=False,
            option="--on",
        ),
    ] = None
    note: Annotated[
        str,
        Ask(
            kind=Kind.TEXT,
            label="Why it is not needed",
            hint="Name the decision or the letter, too, with its number, if there is one.",
        ),
    ] = ""


@Act(
    "not-yet",
    title="Later",
    button="Send the answer",
    intro="The date stands, and the reminders go on.",
    judge=may_answer,
    tells=(NoticeKind.PUT_OFF,),
)
@dataclass(frozen=True, slots=True)
class NotYet(StepAnswer):
    """Record that the step is not done, and the day on which it is expected to be."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOT_YET

    expected_on: Annotated[
        date | None, Ask(kind=Kind.DAY, label="When it will be done", side=Side.COMING, option="--not-yet")
    ] = None
    note: Annotated[str, Ask(kind=Kind.TEXT, label="Why")] = ""


@Act(
    "not-me",
    title="Not my task",
    button="Hand it over",
    intro="If you do not know who, choose “someone else”: the manager then decides.",
    variants={"staff": {"intro": ""}},  # a manager hands it to somebody, and leaves it to no other
    judge=may_answer,
    tells=(NoticeKind.HANDED_OVER,),
)
@dataclass(frozen=True, slots=True)
class NotMe(StepAnswer):
    """Hand the step to somebody else: the colleague with the address or id, or one the manager names."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOT_ME

    colleague: Annotated[
        str | int | None,
        Ask(
            kind=Kind.ROW,
            label="Who should have it",
            nothing="Someone else",
            required=False,
            option="--not-me",
        ),
    ] = None


@Act(
    "approve",
    title="Approved",
    button="Record the approval",
    variants={
        "funder": {"intro": "You record what the funder has answered."},
        "delegated": {"title": "Decided under delegated powers"},
        "sign": {"title": "Signed", "button": "Record the signature"},
    },
    judge=may_answer,
    is_main=True,
    verdicts=_VERDICTS,
    keeps=True,
    evidence=("files",),
    tells=(NoticeKind.APPROVED, NoticeKind.CONFIRM_RELEASE),
    undone_by="withdraw-approval",
)
@dataclass(frozen=True, slots=True)
class Approve(DatedAnswer):
    """Approve the report; `report_version` is the final report's version on the page, 0 for none.

    A body approves at a meeting, by a `paragraph` of its minutes, which may be confirmed `at_once`.
    Somebody with delegated powers can decide in its place, on the day `delegated_on`.
    """

    kind: ClassVar[AnswerKind] = AnswerKind.APPROVED

    report_version: int | None = None
    paper_on: MeetingDay = None
    delegated_on: Annotated[
        date | None,
        Ask(
            kind=Kind.DAY,
            label="Or the day of a decision under delegated powers",
            variants={"alone": "The day of the decision under delegated powers"},
            side=Side.PAST,
            required=False,
        ),
    ] = None
    paragraph: Paragraph = ""
    at_once: Annotated[
        bool,
        Ask(
            kind=Kind.YES_NO,
            label="Were the minutes confirmed immediately?",
            words="yes_no",
            nothing="Not known yet",
            required=False,
        ),
    ] = False
    note: Annotated[str, Ask(kind=Kind.TEXT, label="Note", required=False)] = ""
    files: LetterOrMinutes = ()

    @property
    def decided_on(self) -> date | None:
        """The day that the approval states; None for today."""
        return self.delegated_on or self.paper_on


@Act(
    "return",
    title="Sent back",
    button="Send it back",
    variants={
        "funder": {
            "title": "Sent back to be completed",
            "button": "Record the answer",
            "intro": "You record what the funder has answered.",
        },
        "meeting": {
            "title": "Referred back or refused",
            "button": "Record what the meeting decided",
            "intro": "The report must be corrected and comes back. You record what the meeting decided.",
        },
    },
    judge=may_answer,
    verdicts=_VERDICTS,
    keeps=True,
    evidence=("files",),
    tells=(NoticeKind.RETURNED,),
)
@dataclass(frozen=True, slots=True)
class Return(DatedAnswer):
    """Send the report back to be corrected, for the reason in `note`; `verdict` is a meeting's decision."""

    kind: ClassVar[AnswerKind] = AnswerKind.RETURNED

    verdict: Annotated[
        MeetingVerdict,
        Ask(
            kind=Kind.CHOICE,
            label="What the meeting decided",
            options=MeetingVerdict,
            words="verdict",
            initial=MeetingVerdict.REFERRED_BACK,
        ),
    ] = MeetingVerdict.REFERRED_BACK
    paper_on: MeetingDay = None
    paragraph: Paragraph = ""
    note: Annotated[str, Ask(kind=Kind.TEXT, label="What must be corrected")] = ""
    files: LetterOrMinutes = ()


@Act(
    "withdraw-approval",
    title="Withdraw an approval",
    button="Withdraw the approval",
    done="The approval has been withdrawn.",
    intro="What was built on the approval is open again, and money that waits for it stays.",
    takes_back="Withdraw",
    duty=Duty.APPROVAL,
    judge=may_answer,
    tells=(NoticeKind.WITHDRAWN,),
)
@dataclass(frozen=True, slots=True)
class Withdraw(StepAnswer):
    """Withdraw the approval, for the reason in `note`."""

    kind: ClassVar[AnswerKind] = AnswerKind.WITHDRAWN

    step: Annotated[str, Ask(kind=Kind.CHOICE, label="Which approval")]
    note: Annotated[str, Ask(kind=Kind.LINE, label="Why")] = ""


@Act(
    "extend",
    title="Change a date",
    button="Change the date",
    done="The change has been recorded.",
    intro="Our own dates move freely, but not beyond what waits for them. A day of the funder's moves by the funder's"
    " letter; until that is recorded, lateness counts from the old day.",
    duty=Duty.GRANT,
    judge=decide_word,
    refused_at={FunderWord.NONE: "paper"},
    evidence=("paper", "files"),
    tells=(NoticeKind.MOVED, NoticeKind.EXTENDED),
    undone_by="extend",
)
@dataclass(frozen=True, slots=True)
class Extend(OnGrant):
    """Move the step to another day: a date of the funder's only by the funder's word.

    The word is the `paper`'s number, the paper itself (`files`), or who at the funder said so by
    telephone (`told_by`) and on which day.
    """

    step: Annotated[str, Ask(kind=Kind.CHOICE, label="Which step")]
    to_on: Annotated[date, Ask(kind=Kind.DAY, label="The new last day", side=Side.COMING, option="--to")]
    reason: Annotated[str, Ask(kind=Kind.LINE, label="Why")]
    paper: Annotated[
        str,
        Ask(
            kind=Kind.LINE,
            label="The number of the funder's decision or letter, for a day of the funder's",
            required=False,
            depends=True,
        ),
    ] = ""
    files: Annotated[
        tuple[StoredFile, ...],
        Ask(kind=Kind.FILE, label="Or the letter itself", option="--file", required=False, depends=True),
    ] = ()
    told_by: Annotated[
        str,
        Ask(kind=Kind.LINE, label="Or who at the funder said it by telephone", required=False, depends=True),
    ] = ""
    told_on: Annotated[
        date | None,
        Ask(
            kind=Kind.DAY,
            label="On which day they said it",
            side=Side.PAST,
            required=False,
            depends=True,
        ),
    ] = None


@Act(
    "file-paper",
    title="File a paper",
    button="File the paper",
    done="The paper is filed.",
    intro="For a paper that did not come along when the step was recorded. The history says when it was filed.",
    duty=Duty.GRANT,
)
@dataclass(frozen=True, slots=True)
class FilePaper(OnGrant):
    """File papers with a settled step that came without them."""

    step: Annotated[str, Ask(kind=Kind.CHOICE, label="Which step")]
    files: Annotated[tuple[StoredFile, ...], Ask(kind=Kind.FILE, label="The paper")] = ()


@Act(
    "confirm-reading",
    title="Confirm a date",
    button="Confirm the date",
    done="The date has been confirmed.",
    intro="The rule can be read in several ways. Until one is confirmed, the earliest day holds.",
    duty=Duty.GRANT,
    tells=(NoticeKind.MOVED,),
)
@dataclass(frozen=True, slots=True)
class ConfirmReading(OnGrant):
    """Confirm one of the days that the step's rule can be read to give; `note` says how it is known."""

    step: str
    due_on: Annotated[date, Ask(kind=Kind.DAY, label="Which day holds", name="reading", option="--on")]
    note: Annotated[str, Ask(kind=Kind.LINE, label="How it is known", required=False)] = ""


@Act(
    "undo",
    title="Undo",
    button="Undo",
    intro="Once it is undone it is to be done again; what you wrote is still filled in.",
    judge=decide_undo,
    tells=(NoticeKind.WITHDRAWN,),
)
@dataclass(frozen=True, slots=True)
class Undo(OnGrant):
    """Undo the act that the letter with the link key confirmed."""

    link_key: str
