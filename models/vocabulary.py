"""The closed lists of words in rows: kinds of steps and notices, states, roles."""

from enum import StrEnum
from typing import Literal

# The papers that are made here.
PaperKind = Literal["memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment"]


class Phase(StrEnum):
    """The five phases of a grant's life, in their order."""

    APPLICATION = "application"
    DECISION = "decision"
    FOLLOW_UP = "follow-up"
    FINAL_REPORT = "final-report"
    RELEASE = "release"


class StepKind(StrEnum):
    """What a step is; everything in a grant's life is one of these."""

    REPORT = "report"
    APPROVAL = "approval"
    CLAIM = "claim"
    PAYMENT = "payment"
    FUNDER = "funder"  # the funder's own move: a decision or an approval that we wait for
    REPAYMENT = "repayment"  # money that was paid and not spent is returned
    RECOVERY = "recovery"  # money that left on an approval withdrawn afterwards


class StepStatus(StrEnum):
    """Where a step stands; WAITING means that something must happen before it can be answered."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    APPROVED = "approved"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


UNSETTLED = (StepStatus.WAITING, StepStatus.OPEN)
FULFILLED = (StepStatus.DONE, StepStatus.APPROVED)  # its work was done
DROPPED = (StepStatus.SKIPPED, StepStatus.CANCELLED)  # nobody does it any more
SETTLED = (*FULFILLED, *DROPPED)


class GrantStatus(StrEnum):
    """Whether a grant still runs."""

    OPEN = "open"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DecisionKind(StrEnum):
    """What a funder's decision does to the grant."""

    AWARD = "award"
    SUPPLEMENT = "supplement"
    AMENDMENT = "amendment"
    REFUSAL = "refusal"
    WITHDRAWAL = "withdrawal"


class AnswerKind(StrEnum):
    """What a person said about a step."""

    DONE = "done"
    NOTHING = "nothing"  # done, and there was nothing to report
    NOT_YET = "not_yet"
    NOT_ME = "not_me"
    NOT_NEEDED = "not_needed"  # an optional step without use, such as the report of a year without activity
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


# After these answers a step is settled.
SETTLING = (AnswerKind.DONE, AnswerKind.NOTHING, AnswerKind.NOT_NEEDED, AnswerKind.APPROVED)


class MeetingKind(StrEnum):
    """Whether a meeting is one of the year's, or called for a matter of its own."""

    ORDINARY = "ordinary"
    EXTRA = "extra"


class MeetingVerdict(StrEnum):
    """A meeting's decision that is no approval of a report."""

    REFERRED_BACK = "referred_back"
    REFUSED = "refused"


class InstalmentStatus(StrEnum):
    """A part of the award on its way; one without a condition skips withheld and releasable."""

    PLANNED = "planned"
    WITHHELD = "withheld"
    RELEASABLE = "releasable"
    RELEASED = "released"
    CLAIMED = "claimed"
    PAID = "paid"


class OverClaim(StrEnum):
    """What happens to the part of a claim beyond the spending."""

    LESS = "less"  # only the spent money is claimed
    KEEP = "keep"  # the funder is asked to let us keep it
    REPAY = "repay"  # it is paid back later


# So many days from a meeting its minutes are confirmed at the latest.
MOST_MINUTES_DAYS = 60
# How the share of an instalment begins whose sum a decision must say: "at most 75 %".
AT_MOST = "at most "
# The funder has the claim, or has paid on it.
CLAIMED_OR_PAID = (InstalmentStatus.CLAIMED, InstalmentStatus.PAID)
# The money has left our gate.
OUT = (InstalmentStatus.RELEASED, *CLAIMED_OR_PAID)


class NoticeKind(StrEnum):
    """Why a person is told about a step."""

    REMINDER = "reminder"  # a rung up to the due date, to the owner
    ESCALATION = "escalation"  # a rung after the due date, to the owner and the next above
    STAND_IN = "stand_in"  # the owner is away: the deputy is told at once
    HANDED_OVER = "handed_over"  # the step has a new owner
    RETURNED = "returned"  # the approver sent the report back
    BOUNCED = "bounced"  # letters to the owner come back: the manager is told
    APPROVED = "approved"  # the report was approved
    DECIDED = "decided"  # the funder's decision was recorded
    MOVED = "moved"  # a due date was moved
    EXTENDED = "extended"  # the funder gave more time, by a letter or by a call
    NO_MEETING = "no_meeting"  # no meeting of the body is in time for the decision
    DATE_MISSING = "date_missing"  # no decision gives a date, or a sum, that the programme needs
    PUT_OFF = "put_off"  # the owner answered that it will be late: the manager is told
    CONFIRM_RELEASE = "confirm_release"  # the condition of an instalment is to be confirmed
    RELEASE_DECLINED = "release_declined"  # one of the two people says that the condition is not met
    RELEASED = "released"  # the claim may leave
    NEW_ACCOUNT = "new_account"  # the money goes to another account now
    PAID = "paid"  # the money came
    WITHDRAWN = "withdrawn"  # an approval, or an act on a step, was undone
    SOURCE_CHANGED = "source_changed"  # a source now differs from the answer
    UNSPENT = "unspent"  # at the present pace, money will be unspent on the grant's last day
    REPLIED = "replied"  # a letter was answered by mail, or an automatic reply says that its reader is away


class LetterKind(StrEnum):
    """What a letter carries: tasks, perhaps a decision or money; other kinds have no notices."""

    TASKS = "tasks"
    DECISION = "decision"
    MONEY = "money"
    CONFIRMATION = "confirmation"  # the act that the reader has just recorded
    LOGIN = "login"  # a login link that the reader asked for
    LINK = "link"  # a new link to the reader's own page, asked for
    WEEK = "week"  # where the grants stand at the end of a week, to their heads


# Letters that carry notices, the gravest last; of the others, only the week's answers nobody.
NOTICE_LETTERS = (LetterKind.TASKS, LetterKind.DECISION, LetterKind.MONEY)


class LetterStatus(StrEnum):
    """A letter's states; the last six are final, except that an unconfirmed letter about money goes once more."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDING_OVER = "handing_over"
    ACCEPTED = "accepted"
    CAPTURED = "captured"  # kept for the portal's mailbox, as there was no mail server; it never leaves
    BOUNCED = "bounced"
    UNCONFIRMED = "unconfirmed"
    POISONED = "poisoned"
    CANCELLED = "cancelled"


LEASED = (LetterStatus.CLAIMED, LetterStatus.HANDING_OVER)  # one process holds the letter
NOT_ARRIVED = (LetterStatus.BOUNCED, LetterStatus.POISONED)


class AttemptOutcome(StrEnum):
    """The outcome of one handover of a letter."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    UNCONFIRMED = "unconfirmed"
    CAPTURED = "captured"  # kept for the portal's mailbox: there is no mail server


class SmtpStage(StrEnum):
    """The parts of a handover, in their order; only from DATA on may the server have the letter."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # from DATA to the server's answer


class Access(StrEnum):
    """What a person who signs in may see beyond the grants that they have a part in, or stand above."""

    OWN = "own"
    READER = "reader"  # every grant
    CONTROLLER = "controller"  # every grant, as the second pair of eyes on money


class SaidBy(StrEnum):
    """Who says that something is so about a person."""

    PAGE = "page"  # the person who fills in the portal's form
    IMPORT = "import"
    DIRECTORY = "directory"
    GROUPS = "groups"  # the office's provider of sign-ins
    FORGOTTEN = "forgotten"  # nobody any more: their name was erased


class Role(StrEnum):
    """The part of a person in a grant."""

    COORDINATOR = "coordinator"
    UNIT_MANAGER = "unit_manager"
    HEAD_OF_DEPARTMENT = "head_of_department"
    HEAD_OF_ADMINISTRATION = "head_of_administration"
    COMMITTEE = "committee"  # the committee's secretary, who answers for it
    CONTROLLER = "controller"  # the second pair of eyes on money
    ADMIN = "admin"


# The default ladder above the owner, lowest first.
LADDER_ROLES = (Role.UNIT_MANAGER, Role.HEAD_OF_DEPARTMENT, Role.HEAD_OF_ADMINISTRATION)


class Duty(StrEnum):
    """A part of the office's work, by its subject."""

    MEETINGS = "meetings"  # of a body
    GRANT = "grant"  # its decisions, and the due dates of its steps
    APPROVAL = "approval"  # the approvals of a grant
    PERSON = "person"  # the person's own data
    HOLDINGS = "holdings"  # a person's roles and steps, and their absences
    NEW_GRANT = "new_grant"  # a new grant of a funder
    BOOKS = "books"  # what a ledger says of grants
    REPORTED = "reported"  # what a grant's reports say beside its books
    OFFICE = "office"  # matters of the whole office


class Basis(StrEnum):
    """The basis of an act, which a person sees before it."""

    CONDITION = "condition"  # the approvals that money depends on, who recorded them, and their papers
    ACCOUNT = "account"  # the account to which the money comes
    UNSPENT = "unspent"  # the rest of the money that came before
