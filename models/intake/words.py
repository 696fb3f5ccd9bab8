"""What people write in the sheets that an import takes: yes and no, closed words, and the heads of sums."""

from __future__ import annotations

import re
from collections.abc import Iterable

from models.message import Message

# What people write for the closed words of a sheet.
WORDS = {
    "language": {"svenska": "sv", "swedish": "sv", "engelska": "en", "english": "en"},
    "access": {"egna": "own", "läsare": "reader", "alla": "reader", "kontrollant": "controller"},
    "kind": {
        "ordinarie": "ordinary",
        "extrainsatt": "extra",
        "bifall": "award",
        "beviljat": "award",
        "beviljande": "award",
        "tilläggsbeslut": "supplement",
        "tillägg": "supplement",
        "ändring": "amendment",
        "ändringsbeslut": "amendment",
        "avslag": "refusal",
        "avskrivet": "withdrawal",
        "återkallat": "withdrawal",
    },
}
YES_NO = dict.fromkeys(("yes", "ja", "j", "y", "true", "sant", "x", "1"), True) | dict.fromkeys(
    ("no", "nej", "n", "false", "falskt", "0"), False
)
_TOTAL = r"(?:(?:del|slut|total)?(?:summa|summor)|totalt?|sum|sub-?total|grand total)"
_TOTALS = re.compile(rf"{_TOTAL}\b|.* (?:summa|total)\Z", re.IGNORECASE)  # "701 Summa" is a spreadsheet's own
_TOTAL_ALONE = re.compile(_TOTAL, re.IGNORECASE)
# What a spreadsheet shows where a formula came to nothing, in any language: #REF!, #NAMN?, #N/A, #SAKNAS!, ####.
_ERROR = re.compile(r"#(?:[A-ZÅÄÖ0/]+[!?]|N/A|SAKNAS|GETTING_DATA|#{2,})")


def in_both_languages(field: str, words: Iterable[str]) -> list[str]:
    """Return a column's closed words as messages list them: "bifall (award)"."""
    swedish = {word: said for said, word in reversed(WORDS[field].items()) if said != word}
    return [f"{swedish[word]} ({word})" if word in swedish else word for word in words]


def is_cell_error(cell: object) -> bool:
    """Return whether a cell shows an error in place of a value."""
    return isinstance(cell, str) and _ERROR.fullmatch(cell) is not None


def is_total(text: object, *, alone: bool = False) -> bool:
    """Return whether a row's first cell says that the row adds up those above it; `alone`, and says nothing else."""
    if not isinstance(text, str):
        return False
    said = text.strip().rstrip(":")
    return (_TOTAL_ALONE.fullmatch(said) if alone else _TOTALS.match(said)) is not None


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
