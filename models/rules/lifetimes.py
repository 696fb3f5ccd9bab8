"""Decide how long links, sign-ins, drafts and filed alarms live, and how many links somebody can ask for."""

from datetime import datetime, timedelta

# The link in a letter. A person with something to do gets newer letters than this.
LETTER_LINK_LIVES = timedelta(days=60)
# The link by which somebody signs in; it works once.
LOGIN_LINK_LIVES = timedelta(minutes=30)
# So many links are mailed to a person within that time: who asks again and again fills nobody's mailbox.
MOST_LINKS = 3
LINKS_WITHIN = timedelta(hours=1)
# A sign-in that nobody ends. Approvals and money ask for a newer one: the setting `sign_in_hours`.
SESSION_LIVES = timedelta(hours=12)
# What is typed and not sent waits for its writer: longer than from one report to the next.
DRAFT_LIVES = timedelta(days=180)
# An alarm that no mail could carry lies in a file, for `grants doctor` to show.
ALARM_FILE_LIVES = timedelta(days=90)


def may_open_tasks(expires_at: datetime, now: datetime, *, still_theirs: bool) -> bool:
    """Return whether a letter's link opens tasks; `still_theirs`: something in the letter is its reader's to do."""
    return still_theirs and now < expires_at


def is_recent(signed_in_at: datetime | None, now: datetime, hours: int) -> bool:
    """Return whether a sign-in is recent enough for approvals and money; one of an unknown time is not."""
    return signed_in_at is not None and now - signed_in_at < timedelta(hours=hours)
