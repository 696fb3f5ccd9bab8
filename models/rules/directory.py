"""Decide what the office's directory may change unseen, and who takes over from somebody who has left."""

from collections.abc import Container

# A file that changes more than this part of the people, and more than a few, must be looked at first.
_PART = 5
_FEW = 3


def must_be_seen(changed: int, people: int) -> bool:
    """Return whether a directory's file changes so many people that somebody must look first."""
    return changed > max(_FEW, people // _PART)


def find_successor(deputy_id: int | None, manager_id: int | None, staying: Container[int]) -> int | None:
    """Return who takes over from somebody who has left: the deputy, else the manager; None if both have left."""
    return next(
        (person for person in (deputy_id, manager_id) if person is not None and person in staying), None
    )
