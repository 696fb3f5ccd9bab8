"""Decide how long letters, links, sign-ins, drafts and alarms live, and how many links one can ask for."""

from datetime import datetime, timedelta

# Every letter has ended within this time: accepted, or somebody is told why not.
LETTER_ENDS_WITHIN = timedelta(days=5)
# The link in a letter. A person with something to do gets newer letters than this.
LETTER_LINK_LIVES = timedelta(days=60)
# The link by which somebody signs in; it works once.
LOGIN_LINK_LIVES = timedelta(minutes=30)
# A person is mailed at most so many links within that time, so that nobody can fill a mailbox.
MOST_LINKS = 3
LINKS_WITHIN = timedelta(hours=1)
# A sign-in that nobody ends. Approvals and money ask for a newer one: the setting `sign_in_hours`.
SESSION_LIVES = timedelta(hours=12)
# A draft waits for its writer longer than from one report to the next.
DRAFT_LIVES = timedelta(days=180)
# An alarm that no mail could carry waits in a file for `grants doctor` to show it.
ALARM_FILE_LIVES = timedelta(days=90)


def may_open_tasks(expires_at: datetime, now: datetime, *, still_theirs: bool) -> bool:
    """Return whether a letter's link opens tasks.

    `still_theirs` says that its reader can still do something in the letter.
    """
    return still_theirs and now < expires_at


def is_recent(signed_in_at: datetime | None, now: datetime, hours: int) -> bool:
    """Return whether a sign-in is recent enough for approvals and money; one without a time is not."""
    return signed_in_at is not None and now - signed_in_at < timedelta(hours=hours)
