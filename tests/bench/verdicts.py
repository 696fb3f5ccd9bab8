"""What a measure came to, held against its target, and the table that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """A measure: ours, what it is held against, and `share`, which is to be at most `target` (None: only told)."""

    what: str
    ours: str
    floor: str
    share: float
    target: float | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.target is None or self.share <= self.target

    def cells(self) -> tuple[str, ...]:
        """Return the line of the table."""
        if self.target is None:
            return self.what, self.ours, self.floor, f"{self.share:.2f}", "-", "told"
        outcome = "met" if self.met else "MISSED"
        return self.what, self.ours, self.floor, f"{self.share:.2f}", f"<= {self.target:.2f}", outcome


def table(verdicts: Sequence[Verdict]) -> str:
    """Return the measures in columns."""
    head = ("what", "ours", "floor or limit", "ratio", "target", "verdict")
    rows = [head, *(verdict.cells() for verdict in verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, rule, *rows[1:])
    ]
    return "\n".join(lines)
