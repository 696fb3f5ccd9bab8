"""Hold which answers to a step are accepted: every reason, and none by accident."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.answers.answer import AnswerDecision, AnswerFacts, AnswerReason, may_answer
from models.rules.duties import Proof
from models.tables.step import Step
from models.vocabulary import UNSETTLED, AnswerKind, StepKind, StepStatus
from tests.rule_builders import a_planned_step, an_approval

TODAY = date(2011, 1, 18)
OWNER, APPROVER, STRANGER = 1, 2, 9
REPORT = a_planned_step()
APPROVAL = an_approval()
APPROVED = an_approval(StepStatus.APPROVED, done_on=date(2011, 1, 17))


def asked(kind: str = "done", by_id: int = OWNER, **values: Any) -> AnswerFacts:
    """Return an answer today by someone; the owner and the approver may answer."""
    everybody = {OWNER, APPROVER}
    return AnswerFacts(
        **{"kind": AnswerKind(kind), "by_id": by_id, "today": TODAY, "allowed_ids": everybody, **values}
    )


def said(
    why: str,
    reason: str,
    kind: str = "done",
    step: Step = REPORT,
    by_id: int = OWNER,
    detail: str = "",
    **values: Any,
) -> Any:
    """Return a row: what somebody says of a step, why, and what becomes of it."""
    return pytest.param(step, asked(kind, by_id, **values), reason, detail, id=why)


def a_report(status: StepStatus) -> Step:
    """Return a report of a status."""
    return a_planned_step(status=status, done_on=date(2011, 1, 17) if status is StepStatus.DONE else None)


NOT_NEEDED: dict[str, Any] = {"kind": "not_needed", "optional": True, "note": "Ingen verksamhet."}
ANSWERS = [
    said("a report is done", "accepted"),
    said("not yet leaves it open", "accepted", "not_yet"),
    said("not me leaves it open", "accepted", "not_me"),
    said(
        "not yet is a word on a step that waits, too",
        *("accepted", "not_yet"),
        a_planned_step(status=StepStatus.WAITING, due_on=None),
        open_needs=["follow-up"],
    ),
    said("approved", "accepted", "approved", APPROVAL, APPROVER, reporter_id=OWNER),
    said("returned", "accepted", "returned", APPROVAL, APPROVER, note="Kostnader saknas."),
    said("withdrawn", "accepted", "withdrawn", APPROVED, withdrawers={OWNER}, note="Fel underlag."),
    said("somebody else's approval", "not_theirs", "withdrawn", APPROVED, withdrawers={99}, note="Fel."),
    said("a report that is not needed is skipped", "accepted", **NOT_NEEDED),
    said("nothing to report", "accepted", "nothing", periodic=True),
    said("a report is handed in by a link", "accepted", proof=Proof.LINK),
    # Whose it is.
    said("somebody else cannot answer", "no_role", by_id=STRANGER),
    said("somebody else cannot withdraw", "not_theirs", "withdrawn", APPROVED, STRANGER, note="Fel."),
    said("nobody approves their own report", "own_report", "approved", APPROVAL, reporter_id=OWNER),
    said("nor returns it", "own_report", "returned", APPROVAL, reporter_id=OWNER, note="Fel."),
    said(
        "the funder's approval is recorded by the sender of the report",
        *("accepted", "approved"),
        an_approval(with_funder=True),
        reporter_id=OWNER,
    ),
    said("an approval is of who is signed in", "sign_in", "approved", APPROVAL, APPROVER, proof=Proof.LINK),
    said("who has no role lets no money go", "money_role", "approved", APPROVAL, APPROVER, confirmers={99}),
    said(
        "a name lets no money go",
        "named_only",
        *("approved", APPROVAL, APPROVER),
        confirmers={APPROVER},
        proof=Proof.NAMED,
    ),
    said("it approves where no money goes", "accepted", "approved", APPROVAL, APPROVER, proof=Proof.NAMED),
    said("who has a role may", "accepted", "approved", APPROVAL, APPROVER, confirmers={APPROVER}),
    said(
        "that it was sent back lets none go",
        "accepted",
        "returned",
        APPROVAL,
        APPROVER,
        confirmers={99},
        note="Fel",
    ),
    said("not me is said by a link", "accepted", "not_me", APPROVAL, APPROVER, proof=Proof.LINK),
    # What it is.
    said("it is done already", "already_done", step=a_report(StepStatus.DONE)),
    said("it is cancelled", "already_done", step=a_report(StepStatus.CANCELLED)),
    said("not me, late", "already_done", "not_me", a_report(StepStatus.SKIPPED)),
    said("again", "already_done", "approved", APPROVED, APPROVER),
    said("a report is not approved", "wrong_kind", "approved"),
    said("nor returned", "wrong_kind", "returned", note="Fel."),
    said("an approval is not done", "wrong_kind", step=APPROVAL),
    said("nothing to withdraw", "not_approved", "withdrawn", APPROVAL, note="Fel."),
    said("done is not withdrawn", "not_approved", "withdrawn", a_report(StepStatus.DONE), note="Fel."),
    said("it is needed", "not_optional", "not_needed", note="Ingen verksamhet."),
    said("a report of no period reports something", "not_periodic", "nothing"),
    said("a claim is settled by its money", "money_step", step=a_planned_step(kind=StepKind.CLAIM)),
    # What comes first.
    said(
        "what must come first is named",
        "needs_first",
        detail="follow-up, audit",
        open_needs=["follow-up", "audit"],
    ),
    said(
        "a payment that waits for its claim",
        "needs_first",
        step=a_planned_step(kind=StepKind.PAYMENT),
        detail="claim-balance",
        open_needs=["claim-balance"],
    ),
    said(
        "a step without a date says what it waits for",
        "not_dated",
        step=a_planned_step(due_on=None, receipt={"form": "waits", "anchor": "decided_on"}),
        detail="decided_on",
    ),
    said("without a receipt, nothing", "not_dated", step=a_planned_step(due_on=None)),
    said(
        "a day too early",
        "not_yet_open",
        step=a_planned_step(opens_on=date(2011, 1, 19)),
        detail="2011-01-19",
    ),
    said("on the day it opens", "accepted", step=a_planned_step(opens_on=TODAY)),
    # What has to be said with it.
    said("returned without a reason", "no_reason", "returned", APPROVAL, APPROVER),
    said("a blank is none", "no_reason", "returned", APPROVAL, APPROVER, note=" \n"),
    said("not needed, without a reason", "no_reason", "not_needed", optional=True),
    said("withdrawn without a reason", "no_reason", "withdrawn", APPROVED, withdrawers={OWNER}),
    said(
        "without a document that it needs", "no_document", detail="certificate", no_documents=["certificate"]
    ),
    # The days that it names.
    said(
        "not yet, but yesterday",
        "expected_passed",
        "not_yet",
        detail="2011-01-17",
        expected_on=date(2011, 1, 17),
    ),
    said("sent on a day to come", "paper_in_future", paper_on=date(2011, 1, 19)),
    said("not needed on a day to come", "paper_in_future", **NOT_NEEDED, paper_on=date(2011, 1, 19)),
    said(
        "sent before what it follows was done",
        "paper_too_early",
        paper_on=date(2011, 1, 9),
        followed_on=date(2011, 1, 10),
    ),
    *(
        said(
            f"a committee refers back {day} January",
            *(reason, AnswerKind.RETURNED),
            APPROVAL,
            APPROVER,
            note="Mer.",
            paper_on=date(2011, 1, day),
            met_on={date(2011, 1, 18)},
        )
        for day, reason in ((17, "no_meeting"), (18, "accepted"))
    ),
    *(
        said(
            f"a committee {given}",
            *(reason, AnswerKind.APPROVED),
            APPROVAL,
            APPROVER,
            met_on={date(2011, 1, 17)},
            **asked,
        )
        for given, reason, asked in (
            ("approves on a day on which it meets", "accepted", {"paper_on": date(2011, 1, 17)}),
            ("approves on another day", "no_meeting", {"paper_on": date(2011, 1, 16)}),
            ("approves today, between its meetings", "no_meeting", {}),
            ("decides by who has its powers", "accepted", {"paper_on": date(2011, 1, 16), "delegated": True}),
        )
    ),
    said(
        "an approval is of today where no paper says another day",
        *("paper_too_early", "approved"),
        APPROVAL,
        APPROVER,
        followed_on=date(2011, 1, 19),
    ),
    said(
        "that it is not needed can be decided before anything",
        "accepted",
        **NOT_NEEDED,
        paper_on=date(2011, 1, 9),
        followed_on=TODAY,
    ),
]


@pytest.mark.parametrize(("step", "answer", "reason", "detail"), ANSWERS)
def test_answer_is(step: Step, answer: AnswerFacts, reason: str, detail: str) -> None:
    found = may_answer(step, answer)
    assert found == AnswerDecision(AnswerReason(reason), detail)
    assert found.allowed is (reason == "accepted")


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
    found = may_answer(step, asked(kind, by_id, open_needs=needs, reporter_id=OWNER, note=note))
    if found.allowed:
        assert by_id != STRANGER
    if found.allowed and kind in (AnswerKind.DONE, AnswerKind.NOTHING, AnswerKind.APPROVED):
        assert status in UNSETTLED
        assert due_on is not None
        assert opens_on != date(2011, 1, 19)
        assert not needs
    if found.allowed and kind is AnswerKind.APPROVED:
        assert (step_kind, by_id) == (StepKind.APPROVAL, APPROVER)
