"""What a letter is made from: facts about steps, dates and money that its words may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.facts.money import AccountSpending, Payee, Unspent
from models.facts.notice import INFORMING, PUT_BACK, NoticeView
from models.facts.receipt import WhyDue
from models.vocabulary import DecisionKind, GrantStatus, LetterKind, NoticeKind, StepKind

_NOTHING_GRANTED = {
    DecisionKind.REFUSAL: GrantStatus.REFUSED,
    DecisionKind.WITHDRAWAL: GrantStatus.WITHDRAWN,
}


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
class NotYet:
    """What the owner last answered instead of "done"."""

    by: str
    on: date
    expected_on: date | None
    note: str


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
    account it asks for money or pays it back, `unspent` what is left of the money that came before.
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
        return self.open and (not kinds <= INFORMING or (self.mine and not kinds.isdisjoint(PUT_BACK)))

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
