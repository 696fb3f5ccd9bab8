"""What does not hold together in a programme file."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not hold together: the keys and positions that lead to it in the file, and a sentence.

    `drawn` marks one that points at the words of a rule in lines of its own.
    """

    place: Place
    sentence: str
    drawn: bool = False
