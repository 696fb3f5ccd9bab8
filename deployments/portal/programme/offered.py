"""The sentences that a programme's page offers at its fields, in the reader's language."""

from collections.abc import Mapping
from typing import NamedTuple

from tasks.programmes.rows.row import ProgrammeRows
from tasks.programmes.rows.swedish import KIND_OF, SwedishSentences

# Which list is offered at which field.
LIST_OF = {
    "due": "days",
    "approval_due": "days",
    "paid": "days",
    "claim": "claims",
    "each": "periods",
    "when": "whens",
    "last": "lasts",
    "late": "prices",
    "share": "shares",
    "needs": "events",
    "repays": "costs",
}
_SENTENCES = {
    "days": (
        "3 months after grant_end",
        "15 February after grant_end",
        "30 days after decision",
        "30 days after period_end",
        "end of the month after period_end",
        "1 March after period_end",
        "1/2 of the grant",
        "at grant_end",
        "on 2027-02-15",
        "3 months after grant_end or the next working day",
    ),
    "periods": ("quarter", "half", "year", "month", "project year"),
    "whens": ("award from 300 000", "award below 300 000", "grant longer than 12 months"),
    "lasts": ("skip", "into final-report"),
    "prices": ("lapses", "1 month: 10 %, 3 months: 100 %"),
    "shares": ("100 %", "70 %", "50 000", "rest", "sum of the decision at most 75 %"),
    "claims": ("none",),
    "events": (),
    "costs": (),
}
# A sentence of each list is of one kind.
_KIND_OF_LIST = {one: KIND_OF[name] for name, one in LIST_OF.items()}


class Offered(NamedTuple):
    """A sentence as the reader writes it, and as the file has it."""

    text: str
    english: str


def offered_sentences(rows: ProgrammeRows, language: str) -> Mapping[str, list[Offered]]:
    """Return what is offered, by list: the usual sentences, and those of the rows' own days and steps."""
    swedish = SwedishSentences(rows) if language == "sv" else None

    def shown(of: str, english: str) -> str:
        return swedish.to_swedish(_KIND_OF_LIST[of], english) if swedish else english

    own = _own_sentences(rows)
    return {
        of: [Offered(shown(of, one), one) for one in dict.fromkeys((*usual, *own.get(of, ())))]
        for of, usual in _SENTENCES.items()
    }


def _own_sentences(rows: ProgrammeRows) -> dict[str, list[str]]:
    steps = {name: "approved" if row.approval else "done" for name, row in rows.steps.items() if name}
    return {
        "days": [
            *(f"at {name} of the decision" for name in rows.named_dates if name),
            *(
                sentence
                for name, event in steps.items()
                for sentence in (f"at {name}", f"30 days after {name}.{event}")
            ),
        ],
        "periods": [name for name, row in rows.steps.items() if name and row.each],
        "events": [f"{name}.{event}" for name, event in steps.items()],
        "costs": [f"paid less {name}.spent" for name in steps],
    }
