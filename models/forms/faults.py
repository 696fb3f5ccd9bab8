"""The reasons why a form's field is refused, as the page words them next to the field."""

from models.message import Message


class Fault(Message):
    """Why a field must be corrected, in the page's words."""

    MISSING = "Fill this in."
    MISSING_FIELD = "Enter %(field)s."
    MISSING_DAY = "Give a day."
    MISSING_MEETING = "Choose a meeting."
    MISSING_SUM = "Give a sum."
    MISSING_CHOICE = "Choose one."
    MISSING_CHOICE_OF = "Choose %(field)s."
    MISSING_REASON = "Give a reason."
    TOO_LONG = "This is too long: at most %(count)s characters."
    NOT_LISTED = "Choose one of the list."
    TWO_READINGS = "This can be read in two ways: write %(first)s or %(second)s."
    NEGATIVE = "This cannot be less than 0."
    NO_DAY = "Write a day, such as 4/12, Friday or 4 December 2026."
    NO_DAY_OF_LIST = "“%(text)s” is not a day. Write one day a line, such as 14 January 2027."
    NO_SUM = "Write this as a sum, such as 100,000 or 1,250.50."
    NO_WHOLE = "Write this as a whole number, without decimals, such as 14."
    NO_NUMBER = "Write this as a number, such as 14 or 2.5."
    PERSONAL_NUMBER = (
        "The text seems to hold a personal identity number. Remove it: reports are public documents."
    )
    TOO_EARLY = "Choose %(day)s or later."
    BEFORE_REPORT = "Choose %(day)s or later: the report was handed in on that day."
    BEFORE_GRANT = "This is before the grant begins on %(day)s. Look at the year."
    TOO_LATE = "That day is in the future. Choose %(day)s or earlier."
    AFTER_LAST = "Choose %(day)s or earlier."
    PARTS = "The parts add up to %(total)s, not %(whole)s. Correct a number, or say why here."
    NO_FILE = "This document is missing. Choose a file."
    ONE_FILE = "Choose one file: each is read by itself."
    NOT_IN_DRAFT = "A draft holds no file here: choose it again when you send the answer."
    NOT_KEPT = "“%(name)s” is not kept: %(why)s."
    ALSO = " %(why)s"
    MORE_THAN_SPENT = "The claim brings %(sum)s more than is spent. Choose what becomes of that."
    ALL_TOO_MUCH = (
        "Nothing of this part is spent (%(sum)s), so it cannot be claimed less. Ask to keep the money, or repay it"
        " later."
    )
    MONEY_MISSING = "%(money)s is missing. Say whether it is still to come."
    NOTHING_CAME = "Nothing has come, then: answer “Not yet”."
    OTHER_VERSION = (
        "Version %(other)s of the final report is not what was approved. Send what was approved, or let it be approved"
        " again."
    )
