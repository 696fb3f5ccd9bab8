"""Hold which answers to a step are accepted: every reason, and none by accident."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.answers.answer import AnswerDecision, AnswerReason, Asked, may_answer
from models.tables.step import Step
from models.vocabulary import UNSETTLED, AnswerKind, StepKind, StepStatus
from tests.rule_builders import a_planned_step, an_approval

TODAY = date(2011, 1, 18)
OWNER, APPROVER, STRANGER = 1, 2, 9
REPORT = a_planned_step()
APPROVAL = an_approval()
APPROVED = an_approval(StepStatus.APPROVED, done_on=date(2011, 1, 17))


def asked(kind: str = "done", by_id: int = OWNER, **values: Any) -> Asked:
    """Return an answer today by someone; the owner and the approver may answer."""
    return Asked(
        **{
            "kind": AnswerKind(kind),
            "by_id": by_id,
            "today": TODAY,
            "allowed_ids": {OWNER, APPROVER},
            **values,
        }
    )


ANSWERS = [
    pytest.param(REPORT, asked(), "accepted", "", id="a report is done"),
    pytest.param(REPORT, asked("not_yet"), "accepted", "", id="not yet leaves it open"),
    pytest.param(REPORT, asked("not_me"), "accepted", "", id="not me leaves it open"),
    pytest.param(
        a_planned_step(status=StepStatus.WAITING, due_on=None),
        asked("not_yet", open_needs=["follow-up"]),
        "accepted",
        "",
        id="not yet is a word on a step that waits, too",
    ),
    pytest.param(
        APPROVAL,
        asked("approved", APPROVER, reporter_id=OWNER),
        "accepted",
        "",
        id="approved",
    ),
    pytest.param(
        APPROVAL,
        asked("returned", APPROVER, note="Kostnader saknas."),
        "accepted",
        "",
        id="returned",
    ),
    pytest.param(APPROVED, asked("withdrawn", note="Fel underlag."), "accepted", "", id="withdrawn"),
    pytest.param(REPORT, asked(by_id=STRANGER), "no_role", "", id="somebody else cannot answer"),
    pytest.param(
        APPROVED,
        asked("withdrawn", STRANGER, note="Fel."),
        "no_role",
        "",
        id="somebody else cannot withdraw",
    ),
    pytest.param(
        a_planned_step(status=StepStatus.DONE, done_on=date(2011, 1, 17)),
        asked(),
        "already_done",
        "",
        id="it is done already, and on which day",
    ),
    pytest.param(
        a_planned_step(status=StepStatus.CANCELLED),
        asked(),
        "already_done",
        "",
        id="it is cancelled",
    ),
    pytest.param(
        a_planned_step(status=StepStatus.SKIPPED),
        asked("not_me"),
        "already_done",
        "",
        id="not me, late",
    ),
    pytest.param(APPROVED, asked("approved", APPROVER), "already_done", "", id="again"),
    pytest.param(
        REPORT,
        asked("approved"),
        "wrong_kind",
        "",
        id="a report is not approved",
    ),
    pytest.param(
        REPORT,
        asked("returned", note="Fel."),
        "wrong_kind",
        "",
        id="nor returned",
    ),
    pytest.param(APPROVAL, asked(), "wrong_kind", "", id="an approval is not done"),
    pytest.param(
        REPORT,
        asked(open_needs=["follow-up", "audit"]),
        "needs_first",
        "follow-up, audit",
        id="what must come first is named",
    ),
    pytest.param(
        a_planned_step(due_on=None, receipt={"form": "waits", "anchor": "decided_on"}),
        asked(),
        "not_dated",
        "decided_on",
        id="a step without a date says what it waits for",
    ),
    pytest.param(a_planned_step(due_on=None), asked(), "not_dated", "", id="without a receipt, nothing"),
    pytest.param(
        a_planned_step(opens_on=date(2011, 1, 19)),
        asked(),
        "not_yet_open",
        "2011-01-19",
        id="a day too early",
    ),
    pytest.param(a_planned_step(opens_on=TODAY), asked(), "accepted", "", id="on the day it opens"),
    pytest.param(
        APPROVAL,
        asked("approved", reporter_id=OWNER),
        "own_report",
        "",
        id="nobody approves their own report",
    ),
    pytest.param(
        APPROVAL,
        asked("returned", reporter_id=OWNER, note="Fel."),
        "own_report",
        "",
        id="nor returns it",
    ),
    pytest.param(
        an_approval(with_funder=True),
        asked("approved", reporter_id=OWNER),
        "accepted",
        "",
        id="the funder's approval is recorded by whoever sent the report",
    ),
    pytest.param(APPROVAL, asked("returned", APPROVER), "no_reason", "", id="returned without a reason"),
    pytest.param(APPROVAL, asked("returned", APPROVER, note=" \n"), "no_reason", "", id="a blank is none"),
    pytest.param(
        REPORT, asked("not_needed", note="Ingen verksamhet."), "not_optional", "", id="it is needed"
    ),
    pytest.param(
        REPORT, asked("not_needed", optional=True), "no_reason", "", id="not needed, without a reason"
    ),
    pytest.param(
        REPORT,
        asked("not_needed", optional=True, note="Ingen verksamhet."),
        "accepted",
        "",
        id="a report that is not needed is skipped",
    ),
    pytest.param(
        REPORT,
        asked(no_documents=["certificate"]),
        "no_document",
        "certificate",
        id="done without a document that it needs",
    ),
    pytest.param(APPROVED, asked("withdrawn"), "no_reason", "", id="withdrawn without a reason"),
    pytest.param(
        APPROVAL,
        asked("withdrawn", note="Fel."),
        "not_approved",
        "",
        id="nothing to withdraw",
    ),
    pytest.param(
        a_planned_step(status=StepStatus.DONE),
        asked("withdrawn", note="Fel."),
        "not_approved",
        "",
        id="a report that is done is not withdrawn",
    ),
    pytest.param(REPORT, asked("nothing", periodic=True), "accepted", "", id="nothing to report"),
    pytest.param(REPORT, asked("nothing"), "not_periodic", "", id="a report of no period reports something"),
    pytest.param(
        a_planned_step(kind=StepKind.CLAIM),
        asked(),
        "money_step",
        "",
        id="a claim is settled by its money",
    ),
    pytest.param(
        a_planned_step(kind=StepKind.PAYMENT),
        asked(open_needs=["claim-balance"]),
        "needs_first",
        "claim-balance",
        id="a payment that waits for its claim",
    ),
    pytest.param(
        REPORT,
        asked("not_yet", expected_on=date(2011, 1, 17)),
        "expected_passed",
        "2011-01-17",
        id="not yet, but yesterday",
    ),
    pytest.param(
        REPORT, asked(paper_on=date(2011, 1, 19)), "paper_in_future", "", id="sent on a day to come"
    ),
    pytest.param(
        REPORT,
        asked(paper_on=date(2011, 1, 9), followed_on=date(2011, 1, 10)),
        "paper_too_early",
        "",
        id="sent before what it follows was done",
    ),
    pytest.param(
        APPROVAL,
        asked("approved", APPROVER, followed_on=date(2011, 1, 19)),
        "paper_too_early",
        "",
        id="an approval is of today where no paper says another day",
    ),
    pytest.param(
        REPORT,
        asked("not_needed", optional=True, note="Ingen.", paper_on=date(2011, 1, 9), followed_on=TODAY),
        "accepted",
        "",
        id="that it is not needed can be decided before anything",
    ),
    pytest.param(
        APPROVAL,
        asked("approved", by_id=APPROVER, signed_in=False),
        "sign_in",
        "",
        id="an approval is of who is signed in",
    ),
    pytest.param(
        APPROVAL,
        asked("not_me", by_id=APPROVER, signed_in=False),
        "accepted",
        "",
        id="that it is somebody else's is said by a link",
    ),
    pytest.param(
        REPORT, asked("done", signed_in=False), "accepted", "", id="a report is handed in by a link"
    ),
    pytest.param(
        REPORT,
        asked("not_needed", optional=True, note="Ingen.", paper_on=date(2011, 1, 19)),
        "paper_in_future",
        "",
        id="but not on a day to come",
    ),
]


@pytest.mark.parametrize(("step", "answer", "reason", "detail"), ANSWERS)
def test_answer_is(step: Step, answer: Asked, reason: str, detail: str) -> None:
    expected = AnswerDecision(AnswerReason(reason), detail)
    said = may_answer(step, answer)
    assert said == expected
    assert said.allowed is (reason == "accepted")


def test_every_reason_has_a_row() -> None:
    assert {row.values[2] for row in ANSWERS} == set(AnswerReason)


@given(
    kind=st.sampled_from(AnswerKind),
    status=st.sampled_from(StepStatus),
    step_kind=st.sampled_from(StepKind),
    due_on=st.sampled_from([None, date(2011, 1, 20)]),
    opens_on=st.sampled_from([None, date(2011, 1, 18), date(2011, 1, 19)]),
    needs=st.sampled_from([(), ("follow-up",)]),
    by_id=st.sampled_from([OWNER, APPROVER, STRANGER]),
    note=st.sampled_from(["", "why"]),
)
def test_nothing_is_settled_before_its_time_or_by_a_stranger(
    kind: AnswerKind,
    status: StepStatus,
    step_kind: StepKind,
    due_on: date | None,
    opens_on: date | None,
    needs: Sequence[str],
    by_id: int,
    note: str,
) -> None:
    step = a_planned_step(status=status, kind=step_kind, due_on=due_on, opens_on=opens_on)
    said = may_answer(step, asked(kind, by_id, open_needs=needs, reporter_id=OWNER, note=note))
    if said.allowed:
        assert by_id != STRANGER
    if said.allowed and kind in (AnswerKind.DONE, AnswerKind.NOTHING, AnswerKind.APPROVED):
        assert status in UNSETTLED
        assert due_on is not None
        assert opens_on != date(2011, 1, 19)
        assert not needs
    if said.allowed and kind is AnswerKind.APPROVED:
        assert (step_kind, by_id) == (StepKind.APPROVAL, APPROVER)
