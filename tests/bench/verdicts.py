"""What a measure came to, held against its target, and the line that shows it."""

from __future__ import annotations

from dataclasses import dataclass

_WIDTHS = (83, 8, 30, 5, 7, 7)


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

    def __str__(self) -> str:
        """Return the line of the table."""
        if self.target is None:
            return _line(self.what, self.ours, self.floor, f"{self.share:.2f}", "-", "told")
        outcome = "met" if self.met else "MISSED"
        return _line(self.what, self.ours, self.floor, f"{self.share:.2f}", f"<= {self.target:.2f}", outcome)


def _line(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


HEAD = _line("what", "ours", "floor or limit", "ratio", "target", "verdict")
