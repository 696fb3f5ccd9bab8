"""What the journal calls what happened: of a grant, of the office, and of a notice that was queued."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NewType

from models.vocabulary import NoticeKind

# That a letter about a notice was queued; `notice_event` makes it.
NoticeEvent = NewType("NoticeEvent", str)


class GrantEvent(StrEnum):
    """What happened to a grant; each has its sentence in templates/explanations/journal.j2."""

    GRANT_OPENED = "grant_opened"
    GRANT_CHANGED = "grant_changed"
    GRANT_CLOSED = "grant_closed"
    GRANT_REOPENED = "grant_reopened"
    GRANT_REFUSED = "grant_refused"
    GRANT_WITHDRAWN = "grant_withdrawn"
    IMPORT_HELD = "import_held"
    IMPORT_CONFIRMED = "import_confirmed"
    IMPORTED_LATE = "imported_late"
    PROGRAMME_UPGRADED = "programme_upgraded"
    ROLE_HANDED_OVER = "role_handed_over"
    BUDGET_SET = "budget_set"

    DECISION_RECORDED = "decision_recorded"
    DECISION_CORRECTED = "decision_corrected"
    AWARD_SET = "award_set"
    ACCOUNT_CHANGED = "account_changed"
    FUNDER_ACCOUNT_CHANGED = "funder_account_changed"

    STEP_PLANNED = "step_planned"
    STEP_OPENED = "step_opened"
    STEP_READY = "step_ready"
    STEP_DONE = "step_done"
    STEP_APPROVED = "step_approved"
    STEP_NOT_NEEDED = "step_not_needed"
    STEP_SKIPPED = "step_skipped"
    STEP_CANCELLED = "step_cancelled"
    STEP_REOPENED = "step_reopened"
    STEP_PUT_OFF = "step_put_off"
    STEP_HANDED_OVER = "step_handed_over"
    STEP_SETTLED_BY_DECISION = "step_settled_by_decision"
    STEP_IMPORTED_AS_DONE = "step_imported_as_done"
    STEP_EXTENDED = "step_extended"
    EXTENSION_SAID = "extension_said"
    READING_CONFIRMED = "reading_confirmed"
    DUE_DATE_SET = "due_date_set"
    DUE_DATE_MOVED = "due_date_moved"
    ANSWER_UNDONE = "answer_undone"
    REPORT_RETURNED = "report_returned"
    APPROVAL_REOPENED = "approval_reopened"
    APPROVAL_WITHDRAWN = "approval_withdrawn"
    FIGURES_GATHERED = "figures_gathered"
    LEDGER_READ = "ledger_read"
    BOOKS_EXPLAINED = "books_explained"
    UNSPENT_FORECAST = "unspent_forecast"

    MEETING_PLANNED = "meeting_planned"
    MEETING_CHOSEN = "meeting_chosen"
    MEETING_UNDECIDED = "meeting_undecided"
    ITEM_ON_AGENDA = "item_on_agenda"
    ITEM_OFF_AGENDA = "item_off_agenda"
    ITEM_DEFERRED = "item_deferred"

    INSTALMENTS_SIZED = "instalments_sized"
    INSTALMENT_ADDED = "instalment_added"
    INSTALMENT_CUT = "instalment_cut"
    INSTALMENT_KEPT = "instalment_kept"
    INSTALMENT_CONDITION_ADDED = "instalment_condition_added"
    INSTALMENT_PLANNED = "instalment_planned"
    INSTALMENT_WITHHELD = "instalment_withheld"
    INSTALMENT_RELEASABLE = "instalment_releasable"
    INSTALMENT_RELEASED = "instalment_released"
    INSTALMENT_CLAIMED = "instalment_claimed"
    INSTALMENT_PAID = "instalment_paid"
    RELEASE_REQUESTED = "release_requested"
    RELEASE_DECLINED = "release_declined"
    RELEASE_TAKEN_BACK = "release_taken_back"
    OVER_CLAIM_SETTLED = "over_claim_settled"
    REST_LOST = "rest_lost"
    RECOVERY_OPENED = "recovery_opened"
    REPAYMENT_OPENED = "repayment_opened"
    REPAYMENT_SIZED = "repayment_sized"

    DOCUMENT_ADDED = "document_added"
    DOCUMENT_APPROVED = "document_approved"
    DOCUMENT_SENT = "document_sent"
    DOCUMENT_MADE = "document_made"
    SMALL_NUMBERS_CHOSEN = "small_numbers_chosen"
    PROVISIONAL_CONFIRMED = "provisional_confirmed"

    CONFIRMATION_QUEUED = "confirmation_queued"
    REPLY_FILED = "reply_filed"
    ABSENCE_REPORTED = "absence_reported"


class OfficeEvent(StrEnum):
    """What happened to people, meetings, letters and the installation; `grants journal` names it as it is."""

    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    PERSON_DEPARTED = "person_departed"
    PERSON_FORGOTTEN = "person_forgotten"
    PERSON_BOUNCED = "person_bounced"
    ABSENCE_CONFIRMED = "absence_confirmed"
    ABSENCE_DENIED = "absence_denied"
    DIRECTORY_CHANGED = "directory_changed"
    DIRECTORY_TAKEN = "directory_taken"
    WORKBOOK_IMPORTED = "workbook_imported"
    GRANT_ENTERED = "grant_entered"
    PROGRAMME_SAVED = "programme_saved"
    RESTORE_CONFIRMED = "restore_confirmed"

    MEETING_ADDED = "meeting_added"
    MEETING_MOVED = "meeting_moved"
    MEETING_CANCELLED = "meeting_cancelled"

    SIGNED_IN = "signed_in"
    LOGIN_LINK_MADE = "login_link_made"
    LOGIN_LINK_QUEUED = "login_link_queued"
    NEW_LINK_QUEUED = "new_link_queued"
    CALENDAR_FEED_MADE = "calendar_feed_made"
    CALENDAR_FEED_REVOKED = "calendar_feed_revoked"

    LETTER_ACCEPTED = "letter_accepted"
    LETTER_CAPTURED = "letter_captured"
    LETTER_DEFERRED = "letter_deferred"
    LETTER_BOUNCED = "letter_bounced"
    LETTER_UNCONFIRMED = "letter_unconfirmed"
    LETTER_POISONED = "letter_poisoned"
    LETTER_CANCELLED = "letter_cancelled"


def notice_event(kind: NoticeKind) -> NoticeEvent:
    """Return the event of a queued notice of a kind."""
    return NoticeEvent(f"{kind}_queued")


# The kind of notice that an event queued, by the event.
NOTICE_EVENTS: Mapping[str, NoticeKind] = {notice_event(kind): kind for kind in NoticeKind}
