"""Decide whether a person may answer, approve or withdraw a step, and what the answer does to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.rules.duties import Proof, has_left
from models.rules.notices.recipients import PersonFacts, find_person_in_role
from models.tables.step import Step
from models.vocabulary import UNSETTLED, AnswerKind, Role, StepKind, StepStatus


class AnswerReason(StrEnum):
    """Why an answer is accepted or not."""

    ACCEPTED = "accepted"
    ALREADY_DONE = "already_done"
    NO_ROLE = "no_role"
    MONEY_ROLE = "money_role"  # money depends on the approval: only a role in the grant records it
    OWN_REPORT = "own_report"
    NEEDS_FIRST = "needs_first"
    NOT_YET_OPEN = "not_yet_open"
    NOT_DATED = "not_dated"
    WRONG_KIND = "wrong_kind"
    MONEY_STEP = "money_step"  # a claim or a payment is recorded on its instalment
    NOT_PERIODIC = "not_periodic"  # only a follow-up of a period can have nothing to report
    NO_REASON = "no_reason"
    NOT_APPROVED = "not_approved"
    NOT_THEIRS = "not_theirs"  # somebody else gave the approval, and holds that role
    NOT_OPTIONAL = "not_optional"
    NO_DOCUMENT = "no_document"
    EXPECTED_PASSED = "expected_passed"  # the promised day has passed
    PAPER_IN_FUTURE = "paper_in_future"
    PAPER_TOO_EARLY = "paper_too_early"  # before what the step follows was done
    NO_MEETING = "no_meeting"  # a body decides on a day on which it meets
    SIGN_IN = "sign_in"  # a link that may have been passed on does not tell who answers
    NAMED_ONLY = "named_only"  # money depends on the approval: its recorder must sign in


@dataclass(frozen=True, slots=True)
class AnswerDecision:
    """Whether the answer counts, and why; what is needed to put it right."""

    reason: AnswerReason
    detail: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the answer counts."""
        return self.reason is AnswerReason.ACCEPTED


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """Who answers what, and what the answer depends on.

    `allowed_ids` may answer. `reporter_id` wrote the report that an approval is about. `open_needs`
    are the keys of steps to be settled first, `followed_on` the last day on which one was.
    `no_documents` are required documents that are missing. `optional` allows the answer "not
    needed", `periodic` "nothing to report".

    `expected_on` goes with "not yet". `paper_on` is the day of the paper that proves the answer.
    `confirmers` may confirm the money that depends on this approval; None if none does.
    `withdrawers` may take the approval back (`find_withdrawers`). `met_on` are the days on which
    the approving body meets, where they are known; a `delegated` decision needs no meeting. `proof`
    is how it is known who answers.
    """

    kind: AnswerKind
    by_id: int
    today: date
    allowed_ids: Collection[int]
    open_needs: Sequence[str] = ()
    followed_on: date | None = None
    reporter_id: int | None = None
    note: str = ""
    no_documents: Sequence[str] = ()
    optional: bool = False
    periodic: bool = False
    expected_on: date | None = None
    paper_on: date | None = None
    confirmers: Collection[int] | None = None
    withdrawers: Collection[int] = ()
    met_on: Collection[date] = ()
    delegated: bool = False
    proof: Proof = Proof.SIGNED_IN

    @property
    def lets_money_go(self) -> bool:
        """Whether money depends on the approval."""
        return self.kind is AnswerKind.APPROVED and self.confirmers is not None


_SIGNED_KINDS = (StepKind.APPROVAL, StepKind.REPAYMENT, StepKind.RECOVERY)
_BY_LINK = (AnswerKind.NOT_YET, AnswerKind.NOT_ME, AnswerKind.NOT_NEEDED)


def may_answer(step: Step, asked: AnswerFacts) -> AnswerDecision:
    """Decide on an answer to the step.

    A letter's link gives no approval and records no money paid back. An approval on which money
    depends is recorded by somebody who has signed in.
    """
    decision = _decide(step, asked)
    if not decision.allowed:
        return decision
    is_signed = step.kind in _SIGNED_KINDS and asked.kind not in _BY_LINK
    if is_signed and asked.proof is Proof.LINK:
        return AnswerDecision(AnswerReason.SIGN_IN)
    if asked.lets_money_go and asked.proof is Proof.NAMED:
        return AnswerDecision(AnswerReason.NAMED_ONLY)
    return decision


def _decide(step: Step, asked: AnswerFacts) -> AnswerDecision:
    """Decide on anybody's answer: done, not yet, not me, not needed, approved, returned or withdrawn."""
    if asked.kind is AnswerKind.WITHDRAWN:
        return _may_withdraw(step, asked)
    if asked.by_id not in asked.allowed_ids:
        return AnswerDecision(AnswerReason.NO_ROLE)
    if asked.kind in (AnswerKind.APPROVED, AnswerKind.RETURNED):
        return may_approve(step, asked)
    if step.status not in UNSETTLED:
        return AnswerDecision(AnswerReason.ALREADY_DONE)
    if asked.kind is AnswerKind.NOT_ME:
        return AnswerDecision(AnswerReason.ACCEPTED)
    if asked.kind is AnswerKind.NOT_YET:
        if asked.expected_on is not None and asked.expected_on < asked.today:
            return AnswerDecision(AnswerReason.EXPECTED_PASSED, asked.expected_on.isoformat())
        return AnswerDecision(AnswerReason.ACCEPTED)
    if asked.kind is AnswerKind.NOT_NEEDED:
        return _may_skip(asked)
    return _may_do(step, asked)


def may_approve(step: Step, asked: AnswerFacts) -> AnswerDecision:
    """Decide on an approval of a report, or on its return, by someone who may answer the step."""
    if step.status not in UNSETTLED:
        return AnswerDecision(AnswerReason.ALREADY_DONE)
    if step.kind is not StepKind.APPROVAL:
        return AnswerDecision(AnswerReason.WRONG_KIND)
    if (early := _too_early(step, asked)) is not None:
        return early
    if asked.lets_money_go and asked.by_id not in (asked.confirmers or ()):
        return AnswerDecision(AnswerReason.MONEY_ROLE)
    # The funder's approval is the funder's: who sent the report may record it.
    if not step.with_funder and asked.by_id == asked.reporter_id:
        return AnswerDecision(AnswerReason.OWN_REPORT)
    returned = asked.kind is AnswerKind.RETURNED
    if returned and not asked.note.strip():
        return AnswerDecision(AnswerReason.NO_REASON)
    # An approval is of a day, today unless a paper says another.
    wrong_day = _wrong_day(asked, asked.paper_on if returned else asked.paper_on or asked.today)
    if wrong_day is not None:
        return wrong_day
    if asked.met_on and not asked.delegated and (asked.paper_on or asked.today) not in asked.met_on:
        return AnswerDecision(AnswerReason.NO_MEETING)
    return AnswerDecision(AnswerReason.ACCEPTED)


def _may_do(step: Step, asked: AnswerFacts) -> AnswerDecision:
    """Decide on "done" and on "nothing to report"."""
    if asked.kind is AnswerKind.NOTHING and not asked.periodic:
        return AnswerDecision(AnswerReason.NOT_PERIODIC)
    if step.kind is StepKind.APPROVAL:
        return AnswerDecision(AnswerReason.WRONG_KIND)
    if asked.kind is AnswerKind.DONE and asked.no_documents:
        return AnswerDecision(AnswerReason.NO_DOCUMENT, ", ".join(asked.no_documents))
    if (early := _too_early(step, asked)) is not None:
        return early
    if step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
        return AnswerDecision(AnswerReason.MONEY_STEP)
    return _wrong_day(asked, asked.paper_on) or AnswerDecision(AnswerReason.ACCEPTED)


def _may_skip(asked: AnswerFacts) -> AnswerDecision:
    """Decide on "not needed": it takes a reason, but neither a date nor what comes before the step."""
    if not asked.optional:
        return AnswerDecision(AnswerReason.NOT_OPTIONAL)
    if not asked.note.strip():
        return AnswerDecision(AnswerReason.NO_REASON)
    if asked.paper_on is not None and asked.paper_on > asked.today:
        return AnswerDecision(AnswerReason.PAPER_IN_FUTURE)
    return AnswerDecision(AnswerReason.ACCEPTED)


def _may_withdraw(step: Step, asked: AnswerFacts) -> AnswerDecision:
    if step.status is not StepStatus.APPROVED:
        return AnswerDecision(AnswerReason.NOT_APPROVED)
    if asked.by_id not in asked.withdrawers:
        return AnswerDecision(AnswerReason.NOT_THEIRS)
    if not asked.note.strip():
        return AnswerDecision(AnswerReason.NO_REASON)
    return AnswerDecision(AnswerReason.ACCEPTED)


def find_withdrawers(
    given_by: int | None,
    role: str,
    roles: Mapping[str, int],
    people: Mapping[int, PersonFacts],
    today: date,
) -> frozenset[int]:
    """Return who may take an approval back: its giver, and the present holder of the step's `role`.

    A body's role is its secretary's. `roles` are the grant's. Nobody who has left takes one back.
    """
    coordinator = roles.get(Role.COORDINATOR)
    holder = None if coordinator is None else find_person_in_role(role, roles, coordinator, people)
    theirs = (person_id for person_id in (given_by, holder) if person_id is not None)
    return frozenset(person_id for person_id in theirs if not has_left(people[person_id].departed_on, today))


def _too_early(step: Step, asked: AnswerFacts) -> AnswerDecision | None:
    if asked.open_needs:
        return AnswerDecision(AnswerReason.NEEDS_FIRST, ", ".join(asked.open_needs))
    if step.due_on is None:
        anchor = step.receipt.get("anchor")
        return AnswerDecision(AnswerReason.NOT_DATED, str(anchor or ""))
    if step.opens_on and asked.today < step.opens_on:
        return AnswerDecision(AnswerReason.NOT_YET_OPEN, step.opens_on.isoformat())
    return None


def _wrong_day(asked: AnswerFacts, paper_on: date | None) -> AnswerDecision | None:
    """Decide on the day of the paper: neither in the future, nor before what the step follows was done."""
    if paper_on is None:
        return None
    if paper_on > asked.today:
        return AnswerDecision(AnswerReason.PAPER_IN_FUTURE)
    if asked.followed_on is not None and paper_on < asked.followed_on:
        return AnswerDecision(AnswerReason.PAPER_TOO_EARLY)
    return None
