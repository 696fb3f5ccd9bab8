"""What sort of task each step of a programme is to the person who has it."""

import pytest

from models.facts.letter import Task
from models.rules.notices.task_kind import decide_task
from models.vocabulary import StepKind
from tests.rule_builders import reference_programme

FUNDS = reference_programme()
RULES = {rule.key: rule for rule in FUNDS.steps}


@pytest.mark.parametrize(
    ("key", "task"),
    [
        pytest.param("application", Task.APPLICATION, id="a report before the decision"),
        pytest.param("funder-decision", Task.AWAITED, id="the funder's own move"),
        pytest.param("claim-advance", Task.CLAIM, id="a claim"),
        pytest.param("payment-advance", Task.AWAITED, id="money that is to come"),
        pytest.param("follow-up", Task.FOLLOW_UP, id="a report of a period"),
        pytest.param("draft", Task.DRAFT, id="what somebody here approves"),
        pytest.param("draft-approval", Task.AGENDA_ITEM, id="an approval by a committee"),
        pytest.param("final-report", Task.SEND, id="what goes to the funder"),
        pytest.param("final-report-approval", Task.AWAITED, id="an approval by the funder"),
        pytest.param("close", Task.CLOSE, id="the last step"),
    ],
)
def test_step_of_the_reference_programme_is(key: str, task: Task) -> None:
    rule = RULES[key]
    assert decide_task(rule.kind, rule, FUNDS, with_funder=rule.with_funder) is task


@pytest.mark.parametrize(
    ("kind", "task"),
    [(StepKind.RECOVERY, Task.RECOVER), (StepKind.REPAYMENT, Task.REPAY), (StepKind.REPORT, Task.OTHER)],
)
def test_step_that_no_programme_gives_is(kind: StepKind, task: Task) -> None:
    assert decide_task(kind, None, FUNDS, with_funder=False) is task


def test_approval_without_a_body_is_read_by_a_manager() -> None:
    rule = RULES["draft-approval"].model_copy(update={"body": None})
    assert decide_task(rule.kind, rule, FUNDS, with_funder=False) is Task.READ
