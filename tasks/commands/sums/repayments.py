"""Know what a repayment is about: what was paid of the award, less what was spent."""

from __future__ import annotations

from models.reading.money import read_amount
from models.rules.money.shares import share_of
from models.tables.step import Step
from models.vocabulary import UNSETTLED, InstalmentStatus, StepKind, StepStatus
from tasks.commands.at_work.find import rule_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.spending import told_minor


def size_repayments(work: GrantAtWork) -> None:
    """Set what each unsettled repayment is about, as far as it is known."""
    for step in work.steps.values():
        if step.kind is StepKind.REPAYMENT and step.status in UNSETTLED:
            unspent = _unspent(work, step)
            if unspent != step.repays_minor:
                step.repays_minor = unspent
                work.happened("repayment_sized", step, amount_minor=unspent)


def _unspent(work: GrantAtWork, step: Step) -> int | None:
    """Return what was paid and not spent in minor units, of spending the funder's part; None until all is answered."""
    rule = rule_of(work, step)
    if rule is None or rule.repays is None:
        return None
    spent = told_minor(work, rule.repays.spending)
    if spent is None:
        return None
    if rule.repays.rate is not None:
        spent = share_of(spent, rule.repays.rate)
    paid = sum(row.paid_minor or 0 for row in work.instalments if row.status is InstalmentStatus.PAID)
    return max(0, paid - spent)


def repays_nothing(work: GrantAtWork, step: Step) -> bool:
    """Return whether a repayment's turn has come and there is nothing to pay back, or too little."""
    if step.repays_minor is None or step.status is not StepStatus.OPEN:
        return False
    return step.repays_minor < _least(work, step)


def repays_after_all(work: GrantAtWork, step: Step) -> bool:
    """Return whether a repayment that was left out is about something now: money came after it."""
    if step.kind is not StepKind.REPAYMENT or step.status is not StepStatus.SKIPPED:
        return False
    unspent = _unspent(work, step)
    return unspent is not None and unspent >= _least(work, step)


def _least(work: GrantAtWork, step: Step) -> int:
    """Return the least sum that is paid back, in minor units."""
    rule = rule_of(work, step)
    least = rule.repays.at_least if rule is not None and rule.repays is not None else None
    return max(read_amount(least, work.grant.currency), 1) if least else 1
