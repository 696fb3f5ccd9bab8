"""How long a letter's link opens tasks: the table is the specification."""

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.lifetimes import LETTER_LINK_LIVES, may_open_tasks

QUEUED = datetime(2010, 4, 30, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("after", "still_theirs", "opens"),
    [
        pytest.param(SECOND, True, True, id="at once"),
        pytest.param(timedelta(days=60) - SECOND, True, True, id="in the last second"),
        pytest.param(timedelta(days=60), True, False, id="after 60 days"),
        pytest.param(SECOND, False, False, id="nothing in it is its reader's any more"),
    ],
)
def test_link_opens_tasks_for_60_days(after: timedelta, still_theirs: bool, opens: bool) -> None:
    assert may_open_tasks(QUEUED + LETTER_LINK_LIVES, QUEUED + after, still_theirs=still_theirs) is opens
