"""Decide how long the link in a letter opens its reader's tasks, and how long a sign-in says who somebody is."""

from __future__ import annotations

from datetime import datetime, timedelta

# A person with something to do gets newer letters than this.
LETTER_LINK_LIVES = timedelta(days=60)


def may_open_tasks(expires_at: datetime, now: datetime, *, still_theirs: bool) -> bool:
    """Return whether a letter's link opens tasks; `still_theirs`: something in the letter is its reader's to do."""
    return still_theirs and now < expires_at


def is_recent(signed_in_at: datetime, now: datetime, hours: int) -> bool:
    """Return whether a sign-in is recent enough for approvals and money."""
    return now - signed_in_at < timedelta(hours=hours)
