"""Hold what becomes of a step when its grant is planned again."""

import pytest

from models.programme.step_names import UNSPENT
from models.rules.steps.plan_change import comes_back, keeps_day, outlives_plan
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, StepKind, StepStatus
from tests.rule_builders import a_planned_step, a_withheld_instalment

LEFT = a_withheld_instalment(status=InstalmentStatus.RELEASED)
BACK = a_withheld_instalment()


@pytest.mark.parametrize(
    ("status", "keeps"),
    [
        (StepStatus.WAITING, False),
        (StepStatus.OPEN, False),
        (StepStatus.DONE, True),
        (StepStatus.APPROVED, True),
        (StepStatus.SKIPPED, True),
        (StepStatus.CANCELLED, True),
    ],
)
def test_step_that_is_settled_keeps_its_day(status: StepStatus, keeps: bool) -> None:
    assert keeps_day(a_planned_step(status=status)) is keeps


GONE, LEFT_OUT = StepStatus.CANCELLED, StepStatus.SKIPPED
REPORT, NO_REPORT = a_planned_step(), a_planned_step(status=LEFT_OUT)


@pytest.mark.parametrize(
    ("status", "report", "runs", "has_sum", "is_repaid", "back"),
    [
        pytest.param(GONE, None, True, False, False, True, id="its period is back"),
        pytest.param(GONE, None, False, False, False, False, id="the grant is over"),
        pytest.param(LEFT_OUT, None, True, False, False, False, id="nothing has changed"),
        pytest.param(LEFT_OUT, REPORT, True, False, False, True, id="its report is back"),
        pytest.param(LEFT_OUT, NO_REPORT, True, False, False, False, id="its report is left out too"),
        pytest.param(LEFT_OUT, None, True, True, False, True, id="it has a sum now"),
        pytest.param(LEFT_OUT, None, True, False, True, True, id="there is something to pay back"),
        pytest.param(LEFT_OUT, None, False, False, True, False, id="the grant was closed without it"),
        pytest.param(StepStatus.DONE, REPORT, True, True, True, False, id="it is done"),
    ],
)
def test_step_that_was_left_out_comes_back(
    status: StepStatus, report: Step | None, runs: bool, has_sum: bool, is_repaid: bool, back: bool
) -> None:
    step = a_planned_step(status=status)
    assert comes_back(step, report, runs=runs, has_sum=has_sum, is_repaid=is_repaid) is back


@pytest.mark.parametrize(
    ("kind", "template", "part", "brought_in", "stays"),
    [
        pytest.param(StepKind.REPORT, "q4", None, False, False, id="a period that is gone"),
        pytest.param(
            StepKind.RECOVERY,
            "recovery",
            LEFT,
            False,
            True,
            id="money that left",
        ),
        pytest.param(
            StepKind.RECOVERY,
            "recovery",
            BACK,
            False,
            False,
            id="money taken back",
        ),
        pytest.param(
            StepKind.RECOVERY,
            "recovery",
            BACK,
            True,
            True,
            id="a grant comes in",
        ),
        pytest.param(StepKind.REPAYMENT, UNSPENT, LEFT, False, True, id="claimed too much"),
        pytest.param(StepKind.REPAYMENT, "repayment", None, False, False, id="the programme's own repayment"),
    ],
)
def test_step_that_the_plan_has_no_more_stays_only_for_money(
    kind: StepKind, template: str, part: Instalment | None, brought_in: bool, stays: bool
) -> None:
    step = a_planned_step(kind=kind, template_key=template)
    assert outlives_plan(step, part, is_brought_in=brought_in) is stays
