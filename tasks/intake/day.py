"""Hold what an import is given besides its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportDay:
    """The day and the moment of an import, and the language of people who have none of their own.

    `figures` is the folder in which the report looks for the files that grants name; None where nothing is said of it.
    `progress` is called with 1 for each grant that is brought in.
    """

    today: date
    now: datetime
    language: str = "sv"
    figures: Path | None = None
    progress: Callable[[int], object] | None = None
