"""Decide whether unspent money is paid back, or is too little to pay back."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from models.reading.number import exact_amount
from models.rules.money.shares import find_amount_of_year
from models.vocabulary import StepKind, StepStatus

if TYPE_CHECKING:
    from models.programme.language.amounts import Repays
    from models.programme.plan import Programme
    from models.tables.step import Step


class Repaid(StrEnum):
    """What happens to unspent money."""

    UNKNOWN = "unknown"  # not all of it is reported
    NOTHING = "nothing"  # all was spent
    BELOW = "below"  # less than the funder asks back
    OWED = "owed"


def decide_repaid(unspent_minor: int | None, least_minor: int) -> Repaid:
    """Return whether unspent money, in minor units, is paid back; None is unknown."""
    if unspent_minor is None:
        return Repaid.UNKNOWN
    if unspent_minor <= 0:
        return Repaid.NOTHING
    return Repaid.BELOW if unspent_minor < least_minor else Repaid.OWED


def find_least_repaid(repays: Repays | None, programme: Programme, decided_on: date | None) -> int:
    """Return the least sum that is paid back, in minor units: one more than the rule's limit.

    The limit is a sum, or a part of an amount of the year in which the award was decided.
    """
    if repays is None or repays.over is None:
        return 0
    if repays.amount is not None:
        year = decided_on.year if decided_on else 0
        _, amount_minor = find_amount_of_year(programme, repays.amount.text, year)
        return math.floor(amount_minor * Fraction(repays.over)) + 1
    return exact_amount(cast("Decimal", repays.over), programme.currency) + 1  # a part is of an amount


def repays_nothing(step: Step, least_minor: int) -> bool:
    """Return whether a repayment's turn has come with nothing, or too little, to pay back."""
    has_turn = step.status is StepStatus.OPEN and step.repays_minor is not None
    return has_turn and decide_repaid(step.repays_minor, least_minor) is not Repaid.OWED


def repays_after_all(step: Step, unspent_minor: int | None, least_minor: int) -> bool:
    """Return whether a repayment that was skipped is needed now, as more money came."""
    was_left_out = step.kind is StepKind.REPAYMENT and step.status is StepStatus.SKIPPED
    return was_left_out and decide_repaid(unspent_minor, least_minor) is Repaid.OWED
