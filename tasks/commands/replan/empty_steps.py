"""Settle the steps whose turn has come and that are about no money."""

from __future__ import annotations

from models.facts.receipt import Term, term
from models.tables.step import Step
from models.vocabulary import OUT, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.repayments import repays_nothing


def skip_empty(work: GrantAtWork) -> bool:
    """Settle what is about no money and whose turn has come; return whether there was any.

    These are claims and payments of nothing, and repayments of what is too little to be paid back.
    """
    turned = [step for step in work.steps.values() if step.status is StepStatus.OPEN]
    empty = [step for step in turned if sum_left(work, step) == 0]
    spent = [step for step in turned if repays_nothing(work, step)]
    for step in empty:
        _skip(work, step, term("nothing_to_pay", number=step.instalment))
        work.happened("step_skipped", step, instalment=step.instalment)
    for step in spent:
        _skip(work, step, term("nothing_to_repay"))
        work.happened("step_skipped", step, amount_minor=step.repays_minor)
    return bool(empty or spent)


def _skip(work: GrantAtWork, step: Step, why: Term) -> None:
    step.status, step.done_on = StepStatus.SKIPPED, work.today
    step.version += 1
    kept: dict[str, object] = {name: step.receipt[name] for name in ("made", "last") if name in step.receipt}
    step.receipt = {"form": "nothing", "counted": [why], **kept}


def sum_left(work: GrantAtWork, step: Step) -> int | None:
    """Return the sum that a claim or payment is about; None for another step, or when it is not known or is out."""
    if step.kind not in (StepKind.CLAIM, StepKind.PAYMENT):
        return None
    part = next((row for row in work.instalments if row.number == step.instalment), None)
    return part.amount_minor if part is not None and part.status not in OUT else None
