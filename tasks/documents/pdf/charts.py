"""Draw the figures of a report as bar charts, one a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typst

from tasks.documents.facts.document import DocumentFacts
from tasks.words.documents import word_document
from tasks.words.translator import translator

_CHART = Path(__file__).parents[3] / "templates" / "documents" / "chart.typ"
_MOST_BARS = 60


@dataclass(frozen=True, slots=True)
class Chart:
    """A PNG picture of a figure's bars, and what it shows in words."""

    picture: bytes
    words: str


def draw_charts(facts: DocumentFacts) -> Sequence[Chart]:
    """Return a chart of each figure by period; none where there is nothing to compare, or too much."""
    rows = [
        {
            "title": row.title,
            "bars": [
                {"label": period, "value": float(value or 0), "text": text}
                for period, value, text in zip(table.periods, row.values, row.cells, strict=True)
            ],
        }
        for table in facts.tables
        for row in table.rows
        if not row.part and any(row.values)  # where all are hidden or none, there is nothing to draw
    ]
    bars = sum(len(row["bars"]) for row in rows)
    if len(facts.periods) < 2 or not 0 < bars <= _MOST_BARS:
        return ()
    data = {"data": json.dumps(rows)}
    # One page is bytes, several are a list of them, which its type does not say.
    drawn: object = typst.compile(
        str(_CHART), format="png", ppi=220, sys_inputs=data, ignore_system_fonts=True
    )
    say = translator(facts.language)
    words = (word_document(say, "chart", figure=row["title"]) for row in rows)
    pictures = drawn if isinstance(drawn, list) else [drawn]
    return [Chart(*one) for one in zip(pictures, words, strict=True)]
