"""Decide whether a step's time has come: what a grant does with its money comes after its award."""

from __future__ import annotations

from datetime import date

from models.vocabulary import Phase, StepKind

_BEFORE_AWARD = (Phase.APPLICATION, Phase.DECISION)
_ABOUT_MONEY = (StepKind.CLAIM, StepKind.PAYMENT, StepKind.REPAYMENT, StepKind.RECOVERY)


def has_come(phase: str, kind: str, awarded_on: date | None) -> bool:
    """Return whether a step of the phase and kind concerns anybody yet, by the day of its grant's award.

    Until it does, nobody is told of the step and it is never late: a grant that has no award has nothing to follow
    up, report or claim.
    """
    return awarded_on is not None or (phase in _BEFORE_AWARD and kind not in _ABOUT_MONEY)
