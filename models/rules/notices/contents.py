"""Decide what a letter says about a step: whether it still applies, and which money depends on it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.facts.letter import Progress
from models.notice_kinds import LAPSING
from models.programme.plan import Programme
from models.programme.question import Question
from models.programme.step import StepRule
from models.programme.step_names import template_key
from models.reading.fields import PREVIOUS
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.money.conditions import find_missing_conditions
from models.tables.letter import Notice
from models.tables.step import Step
from models.vocabulary import (
    CLAIMED_OR_PAID,
    OUT,
    SETTLED,
    InstalmentStatus,
    NoticeKind,
    Phase,
    StepKind,
    StepStatus,
)


@dataclass(frozen=True, slots=True)
class NoticeNow:
    """A notice: its reader, the step's due date and version when it was made, and the step as it is now."""

    kind: NoticeKind
    person_id: int
    told_due_on: date | None
    told_version: int
    status: StepStatus
    due_on: date | None
    version: int
    receipt: Mapping[str, Any]

    @property
    def has_meeting(self) -> bool:
        """Whether a meeting takes the step in time."""
        meeting = read_planned_meeting(self.receipt)
        return meeting is not None and meeting.is_in_time


@dataclass(frozen=True, slots=True)
class ConditionFacts:
    """A step that must be approved before an instalment is released."""

    step_id: int
    template_key: str
    position: int
    status: StepStatus
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class InstalmentFacts:
    """A part of the award; a conditional one waits for its conditions.

    `rule` is the number of the programme's instalment, `period` its period. `kept_minor` is what
    somebody keeps of it, `paid_minor` what has come (None before), `comes_minor` what has come or
    will come.
    """

    number: int
    amount_minor: int | None
    status: InstalmentStatus
    requested_by_id: int | None = None
    conditions: tuple[ConditionFacts, ...] = ()
    rule: int | None = None
    kept_minor: int = 0
    period: str | None = None
    paid_minor: int | None = None
    comes_minor: int | None = None

    @property
    def missing(self) -> tuple[ConditionFacts, ...]:
        """The conditions that are waited for and are not approved."""
        return find_missing_conditions(self.conditions)


def is_told(notice: NoticeNow, instalment: InstalmentFacts | None = None) -> bool:
    """Return whether a notice is still told, given the present state of the instalment it is about.

    Events are always told. A missing date or meeting is not told once it is there. A notice that
    asks for something is dropped once its step is settled, moved or changed. A request to confirm a
    release is dropped once the money is released and while its condition is not met; the first of
    the two people is not asked again.
    """
    if notice.kind == NoticeKind.CONFIRM_RELEASE and instalment is not None:
        confirmed = instalment.requested_by_id == notice.person_id
        if instalment.status in OUT or instalment.missing or confirmed:
            return False
    if notice.kind == NoticeKind.DATE_MISSING:
        return notice.status not in SETTLED and notice.due_on is None
    if notice.kind == NoticeKind.NO_MEETING and notice.has_meeting:
        return False
    if notice.kind not in LAPSING:
        return True
    is_same = (notice.due_on, notice.version) == (notice.told_due_on, notice.told_version)
    return notice.status not in SETTLED and is_same


def is_owed(notice: Notice, step: Step) -> bool:
    """Return whether somebody must still hear the news of a letter that did not arrive.

    Nobody hears of a step that is done, moved, or given to somebody else; `step` is the notice's
    step as it is now.
    """
    is_over = step.status in SETTLED or notice.due_on != step.due_on
    is_gone = notice.dropped_at is not None or notice.revoked_at is not None
    return not is_gone and not (is_over and notice.kind in LAPSING)


def expand_all_needs(programme: Programme) -> dict[str, frozenset[str]]:
    """Return, for each step of the programme, every step that must come before it, near or far."""
    direct = {rule.key: list_direct_needs(rule) for rule in programme.steps}
    all_needs: dict[str, frozenset[str]] = {}

    def close(key: str) -> frozenset[str]:
        if key not in all_needs:
            near = direct.get(key, frozenset())
            all_needs[key] = near.union(*(close(other) for other in near))
        return all_needs[key]

    for key in direct:
        close(key)
    return all_needs


def list_direct_needs(rule: StepRule) -> frozenset[str]:
    """Return the programme steps that must be settled before this one can be answered."""
    return frozenset(template_key(name) for name in rule.may_await if not name.endswith(PREVIOUS))


def find_instalments_at_risk(
    step_key: str | None,
    instalments: Iterable[InstalmentFacts],
    before: Mapping[str, Collection[str]],
) -> list[tuple[InstalmentFacts, ConditionFacts]]:
    """Return the withheld instalments that a step holds up, each with the first condition that is missing.

    An instalment is at risk by a step if it is not released and one of its conditions is not
    approved. That condition is the step, or depends on it, directly or through others. `before` is
    `expand_all_needs`. Without `step_key` the question is about the decision, on which every
    condition depends.
    """
    at_risk = []
    for instalment in instalments:
        if instalment.status in OUT or instalment.amount_minor == 0:
            continue
        held = [
            condition
            for condition in instalment.missing
            if step_key in (None, condition.template_key)
            or step_key in before.get(condition.template_key, ())
        ]
        if held:
            at_risk.append((instalment, min(held, key=lambda condition: condition.position)))
    return at_risk


def find_claims_at_risk(
    programme: Programme,
    step: tuple[str, str | None],
    instalments: Iterable[InstalmentFacts],
    before: Mapping[str, Collection[str]],
) -> list[tuple[InstalmentFacts, StepRule]]:
    """Return the instalments whose claim cannot be sent before a step is settled, each with its claim.

    If nobody claims it, the approval that its payment waits for comes instead. The step is named by
    its programme step and its period: the claim of a period waits for that period's step.
    """
    key, period = step
    claims = {rule.instalment: rule for rule in programme.steps if rule.kind is StepKind.CLAIM}
    first = {**_approvals_of_payments(programme), **claims}
    at_risk = []
    for instalment in instalments:
        awaited = first.get(instalment.rule) if instalment.rule is not None else None
        gone = instalment.status in CLAIMED_OR_PAID
        if awaited is None or gone or instalment.amount_minor == 0:
            continue
        same_period = None in (period, instalment.period) or period == instalment.period
        own = awaited.key == key and awaited.kind is StepKind.APPROVAL
        if same_period and (own or key in before.get(awaited.key, ())):
            at_risk.append((instalment, awaited))
    return at_risk


def _approvals_of_payments(programme: Programme) -> dict[int | None, StepRule]:
    """Return the last approval that the payment of each instalment waits for, if it waits for any."""
    approvals = {rule.key: rule for rule in programme.steps if rule.kind is StepKind.APPROVAL}
    return {
        rule.instalment: approvals[key]
        for rule in programme.steps
        if rule.kind is StepKind.PAYMENT
        for key in map(template_key, rule.may_await)
        if key in approvals
    }


def find_deciding_report(programme: Programme, step: StepRule, condition_key: str) -> str | None:
    """Return the final report that a condition is the funder's approval of, for a step no later than it.

    None for any other condition or step, also for the steps of an instalment's own claim and
    payment: they say themselves what they are about.
    """
    order = {rule.key: place for place, rule in enumerate(programme.steps)}
    condition = next((rule for rule in programme.steps if rule.key == condition_key), None)
    if condition is None or not condition.with_funder or condition.approves is None:
        return None
    report = programme.steps[order[condition.approves]]
    early = order.get(step.key, len(order)) <= order[report.key]
    decides = report.phase is Phase.FINAL_REPORT and early and step.instalment is None
    return report.key if decides else None


def is_collected(question: Question, has_source: bool) -> bool:
    """Return whether a source answers a question; `has_source` says that the grant has a file of figures."""
    return question.gather is not None or (has_source and question.column is not None)


def count_progress(
    questions: Sequence[Question], known: Collection[str], has_source: bool
) -> Progress | None:
    """Return how many of a step's questions, with their parts, are answered; None without questions."""
    required = {}
    for question in questions:
        if question.is_awaited:
            required[question.key] = is_collected(question, has_source)
            # A source gives the whole only; each part is its owner's.
            required |= {f"{question.key}.{part.key}": False for part in question.parts}
    if not required:
        return None
    missing = [collected for key, collected in required.items() if key not in known]
    return Progress(len(required), len(required) - len(missing), sum(missing))
