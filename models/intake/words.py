"""What people write in the sheets that an import takes: yes and no, closed words, and the heads of sums."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
