"""Count which decisions of a grant an import reads: new ones, and those that were here, changed or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from models.grant_entries import GrantEntry
from models.vocabulary import DecisionKind
from tasks.grants.at_work.grant_at_work import GrantAtWork

# A decision, by its kind and its day; and the dates that it gives.
Dated = tuple[DecisionKind, date]
Dates = dict[str, Any]


def dates_decided(work: GrantAtWork) -> dict[Dated, Dates]:
    """Return the grant's decisions by kind and day, each with the dates that it gives: a file can only add those."""
    return {(row.kind, row.decided_on): dict(row.dates) for row in work.decisions}


def decisions_read(entry: GrantEntry, work: GrantAtWork, known: Mapping[Dated, Dates]) -> Counter[str]:
    """Return how many of the file's decisions are new, changed or unchanged against those that were known."""
    held = dates_decided(work)
    named = ((one.kind, one.decided_on) for one in entry.decisions)
    return Counter(
        "new" if one not in known else "unchanged" if known[one] == held[one] else "changed"
        for one in named
        if one in held
    )
