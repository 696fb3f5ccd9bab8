"""What is said of an import file's entries."""

from __future__ import annotations

from models.message import Message


class Entered(Message):
    """Why an entry of an import file does not hold together."""

    AMOUNT_OR_TOTAL = "a decision says its 'amount' or the 'total' so far, not both"
    REFUSAL_WITH_SUM = "a refusal gives no sum: take out its 'amount' or 'total'"
    PAYMENT_WITHOUT_DAY = "'paid_amount' needs the day of the payment: say 'paid_on'"
    PAID_BEFORE_CLAIM = "it was paid (%(paid)s) before it was claimed (%(claimed)s)"
    HALF_A_PERIOD = "a period needs both its first and its last day"
    PERIOD_ENDS_FIRST = "the period ends (%(end)s) before it begins (%(start)s)"
    DECIDED_TWICE = "two decisions are the %(kind)s of %(day)s: make them one"
    ORGANISATION = "organisation"
    PERSON = "person"
    GRANT = "grant"
    STANDS_TWICE = "the %(kind)s '%(key)s' stands twice in the file"
    TWO_NAMES = "two names are valid from %(day)s"
    ABSENCE_ENDS_FIRST = "an absence ends (%(last)s) before it begins (%(first)s)"
    AGENDA_ON = "agenda_on"
    DOCUMENTS_ON = "documents_on"
    TWO_ABSENCES = "two absences hold %(day)s: make them one"
    AFTER_THE_MEETING = "%(name)s (%(day)s) is after the meeting (%(held_on)s)"
