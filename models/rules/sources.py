"""Decide for which steps sources are asked, when they are asked again, and when a silence is told again."""

from datetime import date, timedelta

from models.vocabulary import UNSETTLED, GrantStatus, StepStatus

# Books are corrected after they were reported: the source of an answered step is asked again after this.
ASKED_AGAIN_AFTER = timedelta(days=7)
# An unanswered step is asked for in each round.
_NEXT_ROUND = timedelta(days=1)
# A silent source is told once to the person who can repair it, and again after this.
TOLD_AGAIN_AFTER = timedelta(days=30)


def lacks_figures(status: StepStatus, grant_status: GrantStatus) -> bool:
    """Return whether sources are asked for a step: until it is settled, or is answered in an open grant."""
    is_answered = status == StepStatus.DONE and grant_status == GrantStatus.OPEN
    return is_answered or status in UNSETTLED


def asked_again_on(today: date, *, is_answered: bool) -> date:
    """Return from which day a source that was asked for a step today is asked again."""
    return today + (ASKED_AGAIN_AFTER if is_answered else _NEXT_ROUND)


def is_still_told(told_on: date, today: date) -> bool:
    """Return whether a silent source was told so recently that it is not told again."""
    return told_on > today - TOLD_AGAIN_AFTER
