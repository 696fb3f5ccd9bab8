"""Say why a task cannot be done now, why an answer to it was not taken, and why it cannot be taken back."""

from collections.abc import Mapping

from models.message import Message
from models.rules.steps.undo import UndoReason


class Closed(Message):
    """Why a task on a card cannot be done now."""

    NO_PART = "You have no part in this any more, so it is not yours to answer."
    SIGN_IN = "Approvals and money need a sign-in."
    OPENS_LATER = "It can be done from %(day)s on."
    DATES_UNSAID = "No decision says this yet: %(dates)s. Until it is known here, nobody is reminded of it."
    WAITS_FOR = "It waits for: %(steps)s. It is shown here because its day is near or over."
    PAPERS_WAIT = "The papers wait for: %(steps)s. The item can be put on the agenda before that."
    WAITS = (
        "It can be done when what comes before it is done. It is shown here because its day is near or over."
    )
    WITH = "%(step)s (%(name)s)"

    OWN_REPORT = "You made the report, so someone else must approve it."
    RECORDED_APPROVAL = "You recorded the funder's approval, so someone else must be the second to confirm."
    CONFIRMED_ALREADY = "You have already confirmed. Another person must do it now."
    NO_MONEY_ROLE = (
        "Money is confirmed by those who hold a role in the grant, and not by a deputy. Ask the coordinator who has it,"
        " or to give you the role."
    )
    GIVES_NO_MONEY_ROLE = (
        "This approval lets money go, so it is recorded by those who hold a role in the grant,"
        " and not by a deputy."
    )
    NOBODY_ELSE = (
        "Nobody else with a role in the grant may be the second to confirm. Ask the administrator to give somebody one"
        " first."
    )

    CLAIM_FIRST = "The payment can be recorded when the claim is."
    RELEASE_FIRST = "The claim may be sent when two people have confirmed that the condition is met."
    SUM_UNKNOWN = "It is not known yet how much can be claimed."
    NO_PAYEE = (
        "The claim cannot be sent before our account and registration number are recorded. Ask the administrator to"
        " import them."
    )


class NotTaken(Message):
    """Why an answer, or a file of it, was not taken."""

    FILE = "“%(name)s” is not kept: %(why)s."
    NO_PART_ANY_MORE = "You have no part in this any more, so your answer is not recorded."
    MORE_THAN_MISSING = "The sum is larger than what is missing of this part. Nothing is recorded."
    BEFORE_WHAT_IT_FOLLOWS = (
        "The day comes before that of what it follows. Look at the day. Nothing is recorded."
    )
    NO_MEETING_THAT_DAY = (
        "There is no meeting on that day. Choose a meeting, or add it under Meetings first."
        " Nothing is recorded."
    )
    OTHER_VERSION = (
        "Version %(other)s of the final report is not what was approved. Send what was approved, or let it be approved"
        " again."
    )
    CANNOT_BE_RECORDED = (
        "This could not be recorded as things stand. Look at the task, and ask if it is unclear."
    )

    CHANGED = "This has changed since you opened the page. Here it is as it stands now."
    ANSWERED_BY = "%(who)s recorded “%(step)s” on %(day)s. Your answer was not saved."
    STEP_CHANGED = (
        "“%(step)s” has changed since you opened the page. Your answer is not recorded; please look again."
    )
    OTHER_SUM = (
        "The sum has changed since you opened the page, from %(was)s to %(now)s. Nothing is confirmed."
    )
    OTHER_ACCOUNT = "The account has changed since you opened the page, to %(now)s. Nothing is confirmed."


class PassedOn(Message):
    """Who has a task now that a letter told its reader of."""

    HAS_IT = "%(name)s has the task now: %(step)s, %(grant)s."


class Kept(Message):
    """Why what was recorded cannot be taken back here."""

    MONEY = (
        "This cannot be undone here. "
        "If it is wrong, the coordinator and the finance controller put it right together."
    )
    UNDONE = "Undone. The task is among yours again."
    UNDONE_OF_OTHERS = "Undone. The task is somebody else's to do again."
    TOO_LATE = "It can be undone within 24 hours, and they have passed."
    CHANGED = "It has been changed since, so it cannot be undone."
    NEXT_IS_DONE = "The next step is done already, so it cannot be undone."
    GRANT_CLOSED = "The grant is closed, so it cannot be undone."
    SIGN_IN = "Sign in to undo it."
    NOT_THEIRS = "You cannot undo it any more."
    SIGN_IN_TO_WITHDRAW = "Sign in to withdraw it."
    NOT_THEIRS_TO_WITHDRAW = "You cannot withdraw it any more."
    RECORD_WHAT_IS_RIGHT = "It cannot be undone. If it is wrong, record what is right."


WHY_KEPT: Mapping[UndoReason, Kept] = {
    UndoReason.NEVER: Kept.MONEY,
    UndoReason.UNDONE: Kept.UNDONE,
    UndoReason.TOO_LATE: Kept.TOO_LATE,
    UndoReason.CHANGED: Kept.CHANGED,
    UndoReason.ACTED_ON: Kept.NEXT_IS_DONE,
    UndoReason.GRANT_ENDED: Kept.GRANT_CLOSED,
}
