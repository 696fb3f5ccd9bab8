"""Decide what happens to a step when its grant is planned again."""

from models.programme.step_names import UNSPENT
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import OUT, UNSETTLED, StepKind, StepStatus


def keeps_day(step: Step) -> bool:
    """Return whether a step keeps its day and receipt, whatever the plan says now: a settled one does."""
    return step.status not in UNSETTLED


def comes_back(step: Step, report: Step | None, *, runs: bool, has_sum: bool, is_repaid: bool) -> bool:
    """Return whether a step that was cancelled or skipped is needed after all.

    `report` is the report of an approval, `runs` whether the grant is open. `has_sum` is whether
    the step's claim or payment has a sum now, `is_repaid` whether there is money to pay back now.
    """
    if step.status is StepStatus.CANCELLED:
        return runs  # its period is back
    if step.status is not StepStatus.SKIPPED:
        return False
    report_is_back = report is not None and report.status is not StepStatus.SKIPPED
    return report_is_back or has_sum or (runs and is_repaid)


def outlives_plan(step: Step, part: Instalment | None, *, is_brought_in: bool) -> bool:
    """Return whether a step stays that the plan does not give; other unsettled ones are cancelled.

    A recovery, or a repayment of an excessive claim, stays. It goes when the release of its
    instalment, `part`, was taken back; in a grant that `is_brought_in` the release is noted later.
    """
    asks_back = step.kind is StepKind.RECOVERY or step.template_key == UNSPENT
    is_out = part is None or part.status in OUT or is_brought_in
    return asks_back and is_out
