"""Find the least of a list that still fails."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def smallest(items: Sequence[Item], fails: Callable[[list[Item]], bool], most: int = 60) -> list[Item]:
    """Return a part of the items that fails and of which no piece can be left out, as far as `most` tries reach.

    Halves are tried first, then smaller and smaller pieces.
    """
    kept, tries = list(items), 0
    pieces = 2
    while len(kept) > 1:
        size = max(1, len(kept) // pieces)
        for first in range(0, len(kept), size):
            if tries >= most:
                return kept
            tries += 1
            rest = [*kept[:first], *kept[first + size :]]
            if rest and fails(rest):
                kept, pieces = rest, max(2, pieces - 1)
                break
        else:
            if size == 1:
                return kept
            pieces = min(len(kept), pieces * 2)
    return kept
