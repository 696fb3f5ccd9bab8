"""Decide for which steps sources are asked, when again, and when it is told again that one is silent."""

from datetime import date, timedelta

from models.vocabulary import UNSETTLED, GrantStatus, StepStatus

# Books are corrected after they were reported: the source of an answered step is asked again after so long.
ASKED_AGAIN_AFTER = timedelta(days=7)
# What is not answered yet is asked for in each round.
_NEXT_ROUND = timedelta(days=1)
# Who can put a source right is told once, and again where it is still silent after so long.
TOLD_AGAIN_AFTER = timedelta(days=30)


def lacks_figures(status: StepStatus, grant_status: GrantStatus) -> bool:
    """Return whether sources are asked for a step: until it is settled, and an answered one while its grant is open."""
    is_answered = status == StepStatus.DONE and grant_status == GrantStatus.OPEN
    return is_answered or status in UNSETTLED


def asked_again_on(today: date, *, is_answered: bool) -> date:
    """Return from which day a source that was asked for a step today is asked for it again."""
    return today + (ASKED_AGAIN_AFTER if is_answered else _NEXT_ROUND)


def is_still_told(told_on: date, today: date) -> bool:
    """Return whether it is told already that a source is silent, since it was told so lately."""
    return told_on > today - TOLD_AGAIN_AFTER
