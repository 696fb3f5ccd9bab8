"""The sentences of the notes on a programme."""

from models.message import Message


class Noted(Message):
    """What its author should have meant."""

    IN_SOME = "in %(count)s of %(all)s sample awards: %(why)s"
    AT_THE_EDGE = "in a sample award %(edge)s: %(why)s"
    ONE_PERIOD = "of one period"
    EXTENDED = "extended after %(step)s"
    LATE_APPROVALS = "with late approvals"
    OF_A_GRANT = "%(why)s (a grant from %(start)s to %(end)s%(given)s)"
    NOTHING_COUNTS = "nothing counts from %(date)s: take it out, or let a rule count from it"
    DECISION_GIVES = "a decision must give %(date)s: 'grants decide REF ... --date %(date)s=DATE'"
    NO_TITLE = "nobody knows what %(step)s is called in Swedish: add 'title: {sv: ..., en: ...}'"
    WHOLE_PERIOD = "%(step)s counts from the whole period's end, also where the grant ends before it"
    MONTHS_END = "%(step)s: a month after 30 June is 30 July; for the month's end say 'end of the month'"
    READ_ALIKE = "%(step)s: its readings are one day for each of %(every)s days"
    READ_OTHERWISE = "%(step)s: its readings differ for %(count)s of %(every)s days, as %(days)s"
    READ_ALIKE_BUT = "%(step)s: its readings differ for all of %(every)s days but %(count)s, as %(days)s"
    SILENT = (
        "no due rule says what becomes of a day off for %(steps)s; say 'or the next working day', 'or the working day"
        " before' or 'even on a day off' in its rule, or 'days_off: stays' once"
    )
