"""Decide where an open grant stands: late with us, on time with us, or with the funder."""

from datetime import date, timedelta
from enum import StrEnum

# Who has the next move if it is not ours.
FUNDER = "funder"
# How far ahead pages say what money depends on open steps.
HANGS_AHEAD = timedelta(days=30)
# The steps of so many days stand on a page in full; what comes later is folded.
SHOWN_AHEAD = timedelta(days=60)


# Where a grant is that is not open: nobody has a move.
ENDED = "ended"


class Stand(StrEnum):
    """Where an open grant stands; each grant stands in one place, so that the numbers add up."""

    LATE = "late"
    ON_TIME = "on_time"
    WITH_FUNDER = "with_funder"


def stand_of(holder: str | None, *, is_late: bool) -> Stand:
    """Return where a grant stands: late if a step of ours is late, else by who holds its next move.

    The funder's lateness is not ours: it only takes longer than expected.
    """
    if is_late:
        return Stand.LATE
    return Stand.WITH_FUNDER if holder == FUNDER else Stand.ON_TIME


def is_near(due_on: date | None, today: date) -> bool:
    """Return whether a day comes within `SHOWN_AHEAD`, or is over."""
    return due_on is not None and due_on <= today + SHOWN_AHEAD
