"""Decide how long the link in a letter opens its reader's tasks."""

from __future__ import annotations

from datetime import datetime, timedelta

# A person with something to do gets newer letters than this.
LETTER_LINK_LIVES = timedelta(days=180)


def may_open_tasks(expires_at: datetime, now: datetime, *, still_theirs: bool) -> bool:
    """Return whether a letter's link opens tasks; `still_theirs`: something in the letter is its reader's to do."""
    return still_theirs and now < expires_at
