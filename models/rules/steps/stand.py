"""Decide where an open grant stands: late with us, on time with us, or with the funder."""

from datetime import date, timedelta
from enum import StrEnum

# Who has the next move if it is not ours.
FUNDER = "funder"
# How far ahead pages say what money depends on open steps.
AHEAD = timedelta(days=30)


class Stand(StrEnum):
    """Where an open grant stands; each stands in one place, so that their numbers add up."""

    LATE = "late"
    ON_TIME = "on_time"
    WITH_FUNDER = "with_funder"


def stand_of(holder: str | None, due_on: date | None, today: date) -> Stand:
    """Return where a grant stands whose next move is the holder's, and is due on a day, if it has one.

    What the funder is late with is not ours: it only takes longer than expected.
    """
    if holder == FUNDER:
        return Stand.WITH_FUNDER
    if due_on is not None and due_on < today:
        return Stand.LATE
    return Stand.ON_TIME
