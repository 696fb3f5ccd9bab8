"""The closed lists of words in rows: kinds of steps and notices, states, roles."""

from enum import StrEnum


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
    REPAYMENT = "repayment"  # what was paid and not spent goes back
    RECOVERY = "recovery"  # money that went out on an approval withdrawn afterwards


class StepStatus(StrEnum):
    """Where a step stands; WAITING means that something must happen before it can be answered."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    APPROVED = "approved"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


UNSETTLED = (StepStatus.WAITING, StepStatus.OPEN)
FULFILLED = (StepStatus.DONE, StepStatus.APPROVED)  # what the step asks for was done
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
    NOT_NEEDED = "not_needed"  # an optional step that has no use, as a report of a year without activity
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
    """What a meeting decided that did not approve a report."""

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
    """What becomes of a claim that would bring more than is spent."""

    LESS = "less"  # only what is spent is claimed
    KEEP = "keep"  # the funder is asked to let us keep it
    REPAY = "repay"  # it is paid back later


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
    NO_MEETING = "no_meeting"  # no meeting of the body fits before the decision is needed
    DATE_MISSING = "date_missing"  # no decision gives a date, or a sum, that the programme needs
    PUT_OFF = "put_off"  # the owner answered that it will be late: the manager is told
    CONFIRM_RELEASE = "confirm_release"  # a second person must confirm
    RELEASE_DECLINED = "release_declined"  # the second person says that the condition is not met
    RELEASED = "released"  # the claim may leave
    NEW_ACCOUNT = "new_account"  # the account to which the money goes is another
    PAID = "paid"  # the money came
    WITHDRAWN = "withdrawn"  # an approval, or what was recorded of a step, was taken back
    SOURCE_CHANGED = "source_changed"  # a source says something else than what was answered before
    UNSPENT = "unspent"  # at the pace so far, money will be left on the grant's last day
    REPLIED = "replied"  # a letter was answered by mail, or an automatic reply says that its reader is away


# What asks for something at a due date: pointless once the step is settled or has changed.
ASKING = (
    NoticeKind.REMINDER,
    NoticeKind.ESCALATION,
    NoticeKind.STAND_IN,
    NoticeKind.HANDED_OVER,
    NoticeKind.RETURNED,
    NoticeKind.PUT_OFF,
)


class LetterKind(StrEnum):
    """What a letter carries: tasks, or among them a decision or money; the rest answer their reader."""

    TASKS = "tasks"
    DECISION = "decision"
    MONEY = "money"
    CONFIRMATION = "confirmation"  # what the reader has just recorded
    LOGIN = "login"  # a login link that the reader asked for
    LINK = "link"  # a new link to the reader's own page, asked for


# Letters that carry notices, the gravest last; the others say what their reader did or asked for, at once.
NOTICE_LETTERS = (LetterKind.TASKS, LetterKind.DECISION, LetterKind.MONEY)
# What is told even when the day's letter has left, and by which letter; all else waits for the day's.
NEWS = {
    NoticeKind.DECIDED: LetterKind.DECISION,
    NoticeKind.CONFIRM_RELEASE: LetterKind.MONEY,
    NoticeKind.RELEASE_DECLINED: LetterKind.MONEY,
    NoticeKind.RELEASED: LetterKind.MONEY,
    NoticeKind.NEW_ACCOUNT: LetterKind.MONEY,
    NoticeKind.PAID: LetterKind.MONEY,
    NoticeKind.WITHDRAWN: LetterKind.MONEY,
}


class LetterStatus(StrEnum):
    """A letter's states; the last six are final, save that 'unconfirmed' money goes once more."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDING_OVER = "handing_over"
    ACCEPTED = "accepted"
    CAPTURED = "captured"  # kept for the portal's mailbox: there was no mail server, and it never leaves
    BOUNCED = "bounced"
    UNCONFIRMED = "unconfirmed"
    POISONED = "poisoned"
    CANCELLED = "cancelled"


LEASED = (LetterStatus.CLAIMED, LetterStatus.HANDING_OVER)  # one process has the letter in its hands
NOT_ARRIVED = (LetterStatus.BOUNCED, LetterStatus.POISONED)


class AttemptOutcome(StrEnum):
    """What one handover of a letter came to."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    UNCONFIRMED = "unconfirmed"
    CAPTURED = "captured"  # kept for the portal's mailbox: there is no mail server


class SmtpStage(StrEnum):
    """The parts of a handover, in their order; only from DATA on may the server have the letter."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # from DATA over the content to the server's answer


class Access(StrEnum):
    """What a person who signs in may see beyond the grants that they have a part in, or stand above."""

    OWN = "own"
    READER = "reader"  # every grant
    CONTROLLER = "controller"  # every grant, as the second pair of eyes on money


class SaidBy(StrEnum):
    """Whose word it is that something is so of a person."""

    PAGE = "page"  # of who fills in the portal's form
    IMPORT = "import"
    DIRECTORY = "directory"
    GROUPS = "groups"  # of the office's provider of sign-ins
    FORGOTTEN = "forgotten"  # nobody's any more: their name was taken out


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
    """A part of the office's work, by what it is about."""

    MEETINGS = "meetings"  # of a body
    GRANT = "grant"  # what was decided of it, and when its steps are due
    APPROVAL = "approval"  # what was approved of a grant
    PERSON = "person"  # who somebody is
    HOLDINGS = "holdings"  # what somebody holds, and when they are away
    NEW_GRANT = "new_grant"  # that a funder has granted money
    OFFICE = "office"  # what is about nobody's part alone


class Basis(StrEnum):
    """What a person sees before an act that depends on it."""

    CONDITION = "condition"  # the approvals that money depends on, who recorded them, and their papers
    ACCOUNT = "account"  # to which the money comes
    UNSPENT = "unspent"  # what is left of what came before
