"""Draw the figures of a report as a bar chart."""

from __future__ import annotations

import json
from pathlib import Path

import typst

from tasks.document_facts import DocumentFacts

_CHART = Path(__file__).parent.parent / "templates" / "documents" / "chart.typ"
_MOST_BARS = 60


def draw_chart(facts: DocumentFacts) -> bytes | None:
    """Return a PNG picture of the figures by period; None where there is nothing to compare."""
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
        if not row.part
        and any(value is not None for value in row.values)  # all hidden, there is nothing to draw
    ]
    bars = sum(len(row["bars"]) for row in rows)
    if len(facts.periods) < 2 or not 0 < bars <= _MOST_BARS:
        return None
    data = json.dumps(rows)
    picture = typst.compile(
        str(_CHART), format="png", ppi=220, sys_inputs={"data": data}, ignore_system_fonts=True
    )
    if not isinstance(picture, bytes):
        raise TypeError("the chart takes one page")
    return picture
