"""A notice to make, and the content of a notice: its kind, and the facts noted when it was queued."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.facts.ledger import BooksChange
from models.facts.money import Forecast
from models.vocabulary import NoticeKind


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be made: its step and due date, its rung, its reader, and why.

    `apart` names a letter that carries this notice alone; otherwise it joins the person's letter of
    the day.
    """

    step_id: int
    grant_id: int
    step_version: int
    due_on: date
    rung: str
    kind: NoticeKind
    person_id: int
    reason: str
    position: int = 0
    instead_of_id: int | None = None
    detail: dict[str, object] = field(default_factory=dict)
    apart: str = ""


class AwayReason(StrEnum):
    """Why somebody else gets a person's letter."""

    AWAY = "away"
    LEFT = "left"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StandIn:
    """The person for whom the reader stands in, and why; `until_on` is the last day of an absence."""

    name: str
    reason: AwayReason
    until_on: date | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice: its kind, and what its maker noted (empty if nothing was)."""

    kind: NoticeKind
    stand_in: StandIn | None = None
    by: str = ""
    note: str = ""
    from_name: str = ""
    from_on: date | None = None
    to_on: date | None = None
    amount_minor: int | None = None
    total_minor: int | None = None  # the whole award
    was_minor: int | None = None  # the award of a decision before it was corrected
    paid_minor: int | None = None
    no_more: bool = False  # the missing part of a payment does not come
    currency: str = ""
    decision: str = ""
    decided_on: date | None = None
    corrected: bool = False
    annulled: bool = False
    # The meaning of a changed account: "confirm" (a release is confirmed again), "open" (a claim),
    # "claimed" or "repaid".
    new_account: str = ""
    gone: bool = False
    refused: bool = False  # a committee refused the report
    by_funder: bool = False  # the funder did it, and `by` recorded it
    new: bool = False  # a decision brought the step, or its date
    unknown: bool = False  # no known meeting takes it, and one may still be entered
    purpose: str = ""
    conditions: str = ""
    was_conditions: str = ""  # those of the decisions before, where a later one changes them
    # The largest part of the award that the instalment can be, until a decision states its sum.
    at_most: str = ""
    conditional: bool = False
    requested_by: str = ""
    unasked: bool = False  # nobody had confirmed the release that was declined
    paper: str = ""  # the number of the funder's letter that gives more time
    told_by: str = ""  # who at the funder gave it by telephone
    told_on: date | None = None
    reply_on: date | None = None  # by when a question is answered that has no day of its own
    steps: int = 0
    times: int = 0  # how often a report has been sent back, if more often than planned for
    reopened: tuple[str, ...] = ()  # titles of steps
    # For a withdrawn approval: whether the funder has the report already, who phones the funder if
    # not the reader, and the day that we set ourselves for the corrected report.
    sent: bool = False
    phones: str = ""
    ours_on: date | None = None
    # When the reader gave the approval, and when somebody else withdrew it.
    given_on: date | None = None
    withdrawn_on: date | None = None
    # The last day to ask back money that left on an approval that was withdrawn.
    recovered_by: date | None = None
    left: tuple[str, ...] = ()  # titles of steps that the money still needs
    forecast: Forecast | None = None
    books: BooksChange | None = None  # how the ledger changed since the report was given

    @property
    def missing_minor(self) -> int:
        """What is missing of a payment, in minor units."""
        if self.amount_minor is None or self.paid_minor is None:
            return 0
        return max(self.amount_minor - self.paid_minor, 0)
