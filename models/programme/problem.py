"""What does not hold together in a programme file."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not hold together: the keys and positions that lead to it in the file, and a sentence."""

    place: Place
    sentence: str


class DoesNotHold(ValueError):
    """A programme does not hold together."""

    def __init__(self, problem: Problem) -> None:
        """Take the first problem that was found."""
        self.problem = problem
        super().__init__(problem.sentence)
