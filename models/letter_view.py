"""What a letter is made from: facts about steps, dates and money that its words may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.vocabulary import DecisionKind, GrantStatus, LetterKind, NoticeKind, StepKind

# Kinds that only inform: nothing is asked of the reader ...
INFORMING = frozenset(
    {
        NoticeKind.MOVED,
        NoticeKind.NO_MEETING,
        NoticeKind.DATE_MISSING,
        NoticeKind.PUT_OFF,
        NoticeKind.DECIDED,
        NoticeKind.RELEASED,
        NoticeKind.PAID,
        NoticeKind.APPROVED,
        NoticeKind.WITHDRAWN,
        NoticeKind.SOURCE_CHANGED,
    }
)
# ... except that these put the step back into its owner's hands.
_PUT_BACK = frozenset({NoticeKind.RELEASED, NoticeKind.WITHDRAWN})
_NOTHING_GRANTED = {
    DecisionKind.REFUSAL: GrantStatus.REFUSED,
    DecisionKind.WITHDRAWAL: GrantStatus.WITHDRAWN,
}


class AnchorKind(StrEnum):
    """What a due rule counts from."""

    WRITTEN = "written"  # a date in the programme
    NAMED = "named"  # a date that the grant or its decision gives
    DECISION = "decision"
    GRANT_START = "grant_start"
    GRANT_END = "grant_end"
    PERIOD_START = "period_start"
    PERIOD_END = "period_end"
    STEP = "step"
    STEP_DONE = "step_done"
    STEP_GIVEN = "step_given"
    STEP_SENT = "step_sent"
    STEP_CAME = "step_came"


class AwayReason(StrEnum):
    """Why somebody else gets a person's letter."""

    AWAY = "away"
    LEFT = "left"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GrantView:
    """The grant that an item is about; organisations by their names on the letter's date."""

    reference: str
    title: str
    status: GrantStatus
    funder: str
    funder_reference: str
    recipient: str


@dataclass(frozen=True, slots=True)
class StepName:
    """A step as a reader knows it; `period` is its label ("2010-Q1") when it comes once a period."""

    title: str
    kind: StepKind
    period: str = ""


@dataclass(frozen=True, slots=True)
class WhyDue:
    """A step's receipt (rules.due.Receipt) as data to be worded, its anchor named in the reader's language.

    `choice` says that the time is the recipient's own choice, not the funder's; `working_on` is the working
    day by which to be done when the due date itself is none. `rule` is the whole rule in the reader's language;
    `readings` are the days between which someone must choose, `meeting` what is to know about the meeting that takes
    an approval. `beaten` is the source of the day (`anchor_on`) that a set date beats; empty for a rule's day.
    """

    form: str
    anchor: AnchorKind
    anchor_title: str = ""
    anchor_on: date | None = None
    count: int | None = None
    unit: str | None = None
    rolled_on: date | None = None
    source: str = ""
    choice: bool = False
    working_on: date | None = None
    rule: str = ""
    readings: tuple[date, ...] = ()
    meeting: tuple[str, ...] = ()
    beaten: str = ""


class StakeTerm(StrEnum):
    """What a programme says of the money that a step is about, beside that it waits."""

    WAITS = "waits"
    LOST_LATE = "lost_late"  # a part of the award is lost from `last_on` on
    LAPSES = "lapses"  # the right to it lapses after `last_on`
    UNSPENT = "unspent"  # it was paid and not spent, and goes back
    RELEASED = "released"  # it may leave, or is claimed, on an approval that was taken back
    RECOVERED = "recovered"  # it went out on an approval that was taken back
    SAID = "said"  # the programme's own words


@dataclass(frozen=True, slots=True)
class Stake:
    """Money that waits: an instalment held back until a step (`waits_for`), or what a step is about.

    `final_report` says that the instalment is lost unless the final report, not sent yet, is in time and approved;
    `last_on` is the last day for that report, or for the application where that is what is at stake. `term` is what
    the programme says besides: then `share` is the part of the award, `said` its own words. `kept_minor` is what
    `keeper` keeps of an instalment until the last; `whole_minor` is the instalment's sum where a part of it has come.
    """

    amount_minor: int | None
    currency: str
    instalment: int | None = None
    waits_for: StepName | None = None
    final_report: bool = False
    last_on: date | None = None
    term: StakeTerm = StakeTerm.WAITS
    share: str = ""
    said: str = ""
    kept_minor: int = 0
    keeper: str = ""
    whole_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a step's required questions have an answer; of the rest, `collected` come from a source."""

    total: int
    answered: int
    collected: int

    @property
    def left(self) -> int:
        """How many somebody must answer by hand."""
        return self.total - self.answered - self.collected


@dataclass(frozen=True, slots=True)
class AccountSpending:
    """An account's spending in a period and so far, and what was planned for both; sums in minor units.

    `planned_minor` is None where no line of the budget is the period's own, `budget_minor` where the budget does not
    know the account.
    """

    currency: str
    account: str
    title: str
    spent_minor: int
    so_far_minor: int
    planned_minor: int | None
    budget_minor: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that has to happen: who holds it, and by when."""

    step: StepName
    holder: str = ""
    due_on: date | None = None
    yours: bool = False


@dataclass(frozen=True, slots=True)
class MetCondition:
    """A step that an instalment waited for, approved on a day."""

    step: StepName
    approved_on: date | None


@dataclass(frozen=True, slots=True)
class Payee:
    """The account to which a grant's money is to come; empty when it is not known.

    `changed_on` is when it took the place of `was`, unless money has come to the grant since then.
    """

    account: str
    changed_on: date | None = None
    was: str = ""


@dataclass(frozen=True, slots=True)
class Unspent:
    """What is reported as spent, less than came of the grant, in minor units; `of_share`: the funder's part of it."""

    spent_minor: int
    received_minor: int
    currency: str
    of_share: bool = False


@dataclass(frozen=True, slots=True)
class StandIn:
    """For whom the reader stands in, and why; `until_on` is the last day of an absence."""

    name: str
    reason: AwayReason
    until_on: date | None = None
    deputy: bool = False
    email: str = ""


@dataclass(frozen=True, slots=True)
class NotYet:
    """What the owner last answered instead of "done"."""

    by: str
    on: date
    expected_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice: its kind, and what its maker noted (empty where nothing is)."""

    kind: NoticeKind
    stand_in: StandIn | None = None
    by: str = ""
    note: str = ""
    from_name: str = ""
    from_on: date | None = None
    to_on: date | None = None
    amount_minor: int | None = None
    paid_minor: int | None = None
    no_more: bool = False  # that what is missing of a payment does not come
    currency: str = ""
    decision: str = ""
    corrected: bool = False
    annulled: bool = False
    new_account: bool = False  # that the account is another since two people confirmed
    gone: bool = False
    by_funder: bool = False  # that the funder did it, and `by` recorded it
    new: bool = False  # that a decision brought the step, or its date
    unknown: bool = False  # that no meeting is known which takes it, and one may be entered
    purpose: str = ""
    date_title: str = ""  # what the programme calls a date that no decision gave
    instalment: int | None = None
    at_most: str = (
        ""  # the largest part of the award that the instalment can be, where no decision says its sum
    )
    conditional: bool = False
    requested_by: str = ""
    steps: int = 0
    times: int = 0  # how often a report has been sent back, where that is more often than was reckoned with
    reopened: tuple[str, ...] = ()  # titles of steps
    recovered_by: date | None = None  # by when money is to be asked back that went out on what was taken back
    approvals: int = 0  # how many a report needs
    left: tuple[str, ...] = ()  # titles of those that it still needs


@dataclass(frozen=True, slots=True)
class Conflict:
    """A question that was answered otherwise than a source says, in words; `yours` if the reader did.

    The two answers are empty where they are small numbers of people: those stand on the page and in no letter.
    """

    title: str
    given: str
    gathered: str
    source: str
    yours: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """A step in a letter, with the notices about it, the most pressing first.

    `mine` says that the reader owns the step or stands in for its owner; `sent` are earlier letters about it
    that a mail server accepted, by who got them; `also_told` are the others told of the same delay today.
    `unreleased` says that a claim may not leave before two people have confirmed its condition, `payee` to which
    account it asks for money, `unspent` what is left of the money that came before.
    """

    step_id: int
    step_version: int
    name: StepName
    todo: str
    due_on: date | None
    open: bool
    with_funder: bool
    mine: bool
    owner: str
    owner_since_on: date | None
    grant: GrantView
    notices: tuple[NoticeView, ...]
    why: WhyDue | None
    approves: StepName | None = None
    stakes: tuple[Stake, ...] = ()
    progress: Progress | None = None
    conflicts: tuple[Conflict, ...] = ()
    spending: tuple[AccountSpending, ...] = ()
    waits_for: tuple[Waiting, ...] = ()
    not_yet: NotYet | None = None
    sent: tuple[tuple[str, tuple[date, ...]], ...] = ()
    also_told: tuple[str, ...] = ()
    next_step: Waiting | None = None
    met: tuple[MetCondition, ...] = ()
    unreleased: bool = False
    payee: Payee | None = None
    unspent: Unspent | None = None
    adds_minor: int | None = None  # the sum of the part that a claim is about

    @property
    def kind(self) -> NoticeKind:
        """The kind of the most pressing notice."""
        return self.notices[0].kind

    @property
    def asks(self) -> bool:
        """Whether something is asked of the reader, and not only told."""
        kinds = {one.kind for one in self.notices}
        return self.open and (not kinds <= INFORMING or (self.mine and not kinds.isdisjoint(_PUT_BACK)))

    @property
    def dated(self) -> bool:
        """Whether the due date still matters to the reader."""
        moved = any(one.kind in (NoticeKind.MOVED, NoticeKind.NO_MEETING) for one in self.notices)
        return self.due_on is not None and self.open and (self.asks or moved)

    @property
    def decision(self) -> DecisionKind | None:
        """A refusal or withdrawal, as the notice says or the grant's status tells; else None."""
        for kind, status in _NOTHING_GRANTED.items():
            if self.notices[0].decision == kind or self.grant.status is status:
                return kind
        return None


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter to one person: everything that its words, calendar file and headers are made from.

    `today` is the day on which it is printed; `earlier_message_id` the first letter that this one continues.
    """

    letter_id: int
    kind: LetterKind
    language: str
    to_name: str
    to_email: str
    today: date
    queued_at: datetime
    message_id: str
    link_key: str
    items: tuple[ItemView, ...]
    earlier_message_id: str | None = None
