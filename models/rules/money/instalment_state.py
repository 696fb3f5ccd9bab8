"""Decide which state an instalment reaches without a person's act."""

from datetime import date

from models.programme.instalment import InstalmentRule
from models.rules.steps.order import can_be_done
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import OUT, InstalmentStatus, StepStatus


def decide_state(part: Instalment, *, leaves: bool, is_met: bool) -> InstalmentStatus:
    """Return the state that the rules alone give an instalment: never released past a condition.

    `leaves` is whether one without a condition may leave (`may_leave`), `is_met` whether all
    conditions are approved.
    """
    if part.amount_minor is None or part.status in OUT:
        return part.status
    if part.amount_minor == 0:
        # No money to release, claim or pay until a decision gives it a sum; its steps settle themselves.
        return InstalmentStatus.PLANNED
    if part.conditional:
        return InstalmentStatus.RELEASABLE if is_met else InstalmentStatus.WITHHELD
    return InstalmentStatus.RELEASED if leaves else part.status


def follows_claim(rule: InstalmentRule | None) -> bool:
    """Return whether an instalment leaves only once it can be claimed, as its sum may change until then."""
    return rule is not None and (rule.of_claims or rule.each is not None)


def may_leave(claim: Step | None, payment: Step | None, rule: InstalmentRule | None, today: date) -> bool:
    """Return whether an instalment without a condition may leave: with its claim, or when it is paid."""
    if claim is None:
        return payment is None or payment.status is not StepStatus.WAITING
    return not follows_claim(rule) or can_be_done(claim, today)
