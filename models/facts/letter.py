"""The facts that a letter is made from: steps, dates and money, without words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from models.facts.money import AccountSpending, Payee, Unspent, has_budget
from models.facts.notice import NoticeView
from models.facts.receipt import WhyDue
from models.notice_kinds import asks_to_act
from models.vocabulary import LetterKind, NoticeKind, StepKind


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached: the funder's officer, or a colleague; each part is empty where it is not known."""

    name: str = ""
    phone: str = ""
    email: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """What is known, as a letter lists it."""
        return tuple(part for part in (self.name, self.phone, self.email) if part)

    @property
    def dials(self) -> str:
        """The telephone number as a link has it: its digits, and a plus sign before them."""
        return "".join(sign for sign in self.phone if sign in "+0123456789")


@dataclass(frozen=True, slots=True)
class GrantView:
    """The grant that an item is about; organisations by their names on the letter's date."""

    reference: str
    title: str
    funder: str
    recipient: str
    currency: str = "SEK"
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True)
class StepName:
    """A step as a reader knows it; `period` is its label ("2010-Q1") when it comes once a period.

    `definite` is the title within a sentence, "slutrapporten", if the programme gives one. `about`
    is the report that an approval approves.
    """

    title: str
    kind: StepKind
    period: str = ""
    definite: str = ""
    about: StepName | None = None


class Task(StrEnum):
    """The kind of task that a step is to its reader; each has its own words."""

    APPLICATION = "application"
    FOLLOW_UP = "follow_up"
    DRAFT = "draft"
    READ = "read"  # a manager's approval
    SIGN = "sign"  # the last before a committee's
    AGENDA_ITEM = "agenda_item"  # a committee's
    SEND = "send"
    CLAIM = "claim"
    REPAY = "repay"
    AWAITED = "awaited"  # the funder's move
    CLOSE = "close"
    RECOVER = "recover"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a day of ours leaves time for: the task on a later day, and who does it (a body for its meeting)."""

    task: Task
    step: StepName
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class MoneyPart:
    """A part of the grant's money; `last` marks the last of several."""

    number: int
    last: bool
    amount_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Route:
    """A report's way through a committee; the days of a meeting are None while none is planned.

    `needed_on` is the day by which the committee must decide, `decided` says that it has. `due_on`
    is when the report must be with the funder, `holder` has it, and `reader` reads its draft first.
    `again` says that the funder has the report, and its approval was withdrawn since: then the day
    is our own.
    """

    committee: str
    report: StepName
    agenda_on: date | None = None
    papers_on: date | None = None
    meeting_on: date | None = None
    confirmed_on: date | None = None
    needed_on: date | None = None
    immediate: bool = False
    due_on: date | None = None
    decided: bool = False
    holder: str = ""
    reader: str = ""
    again: bool = False


class StakeTerm(StrEnum):
    """What a programme says of the money that a step is about, beyond what the money waits for."""

    WAITS = "waits"
    LOST_LATE = "lost_late"  # a part of the award is lost from `last_on` on
    LAPSES = "lapses"  # the right to it lapses after `last_on`
    UNSPENT = "unspent"  # it was paid and not spent, and must be returned
    RELEASED = "released"  # it may leave, or is claimed, on an approval that was withdrawn
    RECOVERED = "recovered"  # it left on an approval that was withdrawn
    SAID = "said"  # the programme's own words


@dataclass(frozen=True, slots=True)
class Stake:
    """Money at stake: an instalment held back until a step (`waits_for`), or money that a step is about.

    `last_on` is the last day for the report that decides, or for the application if that is at
    stake. `term` is what else the programme says: then `share` is the part of the award, and `said`
    is in its own words.

    `kept_minor` is what `keeper` keeps of an instalment until the last. `whole_minor` is the
    instalment's sum when a part of it has come. Sums are in minor units.
    """

    amount_minor: int | None
    currency: str
    instalment: int | None = None
    waits_for: StepName | None = None
    last_on: date | None = None
    term: StakeTerm = StakeTerm.WAITS
    share: str = ""
    said: str = ""
    kept_minor: int = 0
    keeper: str = ""
    whole_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a step's questions are answered; `collected` of the others come from a source.

    `to_write` are the titles of questions that somebody must answer by hand, `unanswered` their
    keys. `figures_in` says that a source is asked for figures, and has given all of them.
    """

    total: int
    answered: int
    collected: int
    to_write: tuple[str, ...] = ()
    figures_in: bool = False
    unanswered: tuple[str, ...] = ()


class LateWith(StrEnum):
    """Whether a step is late, and with whom, as its reader sees it."""

    NOBODY = ""  # it is not late
    FUNDER = "funder"
    READER = "reader"  # theirs, or of somebody they stand in for
    OTHERS = "others"  # a colleague's, or nobody's


def has_passed(late_after: date | None, today: date) -> bool:
    """Return whether the day after which something is late is over; False for None."""
    return late_after is not None and late_after < today


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that has to happen: who holds it, and by when."""

    step: StepName
    holder: str = ""
    holder_id: int | None = None
    due_on: date | None = None
    yours: bool = False
    late_after: date | None = None  # by models.rules.steps.lateness
    lacks_meeting: bool = False  # by models.rules.dates.agenda

    def is_late(self, today: date) -> bool:
        """Return whether it should have happened before today."""
        return has_passed(self.late_after, today)


@dataclass(frozen=True, slots=True)
class MetCondition:
    """A step that an instalment waited for, and the day of its approval."""

    step: StepName
    approved_on: date | None
    report: StepName | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody said about a step: that it is not done yet, or why it was sent back."""

    by: str
    on: date
    expected_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A question whose answer differs from a source's figure, in words; `yours` if the reader gave it.

    Both answers are empty if they are small numbers of people: a page may show those, a letter may
    not.
    """

    title: str
    given: str
    gathered: str
    source: str
    yours: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """A step in a letter, with the notices about it, the most pressing first.

    `mine` says that the reader owns the step or stands in for its owner. `sent` are earlier letters
    about it that a mail server accepted, by reader. `also_told` are others who hear of the same
    delay today. `unwritten` are the titles of the empty parts of the memo that an approval is
    about. `payee` is the account that a claim or a repayment names, `unspent` what is left of the
    money that came before.

    `task` is the kind of task. `to_funder` says that its result goes to the funder. `claim_by` and
    `sends_by` are the days for the claim, or the report, that an approval releases. `reminders`
    counts the owner's reminders, the last on `reminded_on`. `told_before` is who below the reader
    was last told that the step is late, and when. `over_minor` is how much more a claim asks for
    than is spent.
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
    late_after: date | None = None  # by models.rules.steps.lateness
    owner_phone: str = ""
    approves: StepName | None = None
    stakes: tuple[Stake, ...] = ()
    progress: Progress | None = None
    unwritten: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    spending: tuple[AccountSpending, ...] = ()
    waits_for: tuple[Waiting, ...] = ()
    not_yet: Statement | None = None
    returned: Statement | None = None
    sent: tuple[tuple[str, tuple[date, ...]], ...] = ()
    also_told: tuple[str, ...] = ()
    next_step: Waiting | None = None
    met: tuple[MetCondition, ...] = ()
    payee: Payee | None = None
    unspent: Unspent | None = None
    task: Task = Task.OTHER
    to_funder: bool = False
    part: MoneyPart | None = None
    route: Route | None = None
    gap: Mapping[str, date] = field(default_factory=dict)
    ahead: tuple[Waiting, ...] = ()
    done_on: date | None = None
    claim_by: date | None = None
    sends_by: date | None = None
    confirmations_left: int = 0
    over_minor: int = 0
    repays_minor: int | None = None
    came_minor: int | None = None
    reminders: int = 0
    reminded_on: date | None = None
    told_before: tuple[str, date] | None = None

    @property
    def is_funders_day(self) -> bool:
        """Whether it goes to the funder by a day that is no choice of ours."""
        return self.to_funder and self.due_on is not None and not (self.why and self.why.choice)

    @property
    def told_stakes(self) -> tuple[Stake, ...]:
        """The money that depends on this very step, and on a day that is not our own choice."""
        if self.task not in (Task.FOLLOW_UP, Task.CLAIM, Task.OTHER, Task.CLOSE):
            return self.stakes
        if self.why is not None and self.why.choice:
            return tuple(stake for stake in self.stakes if stake.term is StakeTerm.SAID)
        if self.task is not Task.FOLLOW_UP:
            return self.stakes
        # A period's report puts at stake what the programme says, and the claim of that period.
        return tuple(
            stake
            for stake in self.stakes
            if stake.term is not StakeTerm.WAITS
            or (stake.waits_for and stake.waits_for.kind is StepKind.CLAIM)
        )

    @property
    def holds_money(self) -> bool:
        """Whether money hangs on it: a letter says so, or it is a claim or an application, without which none comes."""
        return bool(self.told_stakes) or self.task in (Task.CLAIM, Task.APPLICATION)

    @property
    def waiting_minor(self) -> int:
        """The money that waits for the step, as far as its sum is known, in minor units of the currency."""
        waits = (StakeTerm.WAITS, StakeTerm.LAPSES)
        return sum(stake.amount_minor or 0 for stake in self.stakes if stake.term in waits)

    def asked_on(self, today: date) -> date | None:
        """Return by when the reader must act: an agenda's last day comes before its meeting, the due date."""
        agenda_on = self.route.agenda_on if self.route and self.task is Task.AGENDA_ITEM else None
        return agenda_on if agenda_on is not None and agenda_on >= today else self.due_on

    def is_late(self, today: date) -> bool:
        """Return whether the step should have been done before today."""
        return has_passed(self.late_after, today)

    def late_with(self, today: date) -> LateWith:
        """Return with whom the step is late; NOBODY if it is not late."""
        if not self.is_late(today):
            return LateWith.NOBODY
        if self.with_funder:
            return LateWith.FUNDER
        return LateWith.READER if self.mine else LateWith.OTHERS

    def behind(self, today: date) -> Waiting | None:
        """Return the late step that an approval waits for; a meeting is prepared even without it."""
        late = [step for step in self.waits_for if step.is_late(today)]
        waits = self.task in (Task.READ, Task.SIGN) or (self.task is Task.AGENDA_ITEM and self.is_late(today))
        return late[0] if late and waits else None

    @property
    def kind(self) -> NoticeKind:
        """The kind of the most pressing notice."""
        return self.notices[0].kind

    @property
    def asks(self) -> bool:
        """Whether the reader is asked to act, and not only informed."""
        return self.open and any(asks_to_act(notice.kind, is_owners=self.mine) for notice in self.notices)

    @property
    def has_budget(self) -> bool:
        """Whether the spending is compared with a budget."""
        return has_budget(self.spending)

    @property
    def dated(self) -> bool:
        """Whether the due date still matters to the reader."""
        moved = any(notice.kind is NoticeKind.MOVED for notice in self.notices)
        return self.due_on is not None and self.open and (self.asks or moved)


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter and its reader."""

    id: int
    kind: LetterKind
    person_id: int
    letter_on: date
    queued_at: datetime
    link_key: str
    message_id: str
    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter to one person: all facts for its words, calendar file and headers.

    `today` is the day printed on it; `earlier_message_id` the first letter that this one continues.
    """

    row: LetterRow
    today: date
    items: tuple[ItemView, ...]
    earlier_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """An act that a person recorded, for the letter that confirms it; times are the office's local time."""

    name: StepName
    grant: str
    at: datetime
    undo_until: datetime | None
    money: bool = False
