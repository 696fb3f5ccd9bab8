"""Decide which reports an approval is about, who gives it, and what falls when it is withdrawn."""

from collections.abc import Iterable, Mapping, Sequence

from models.programme.plan import Programme, rules_of
from models.rules.steps.needs import find_approved
from models.tables.step import Answer, Step
from models.vocabulary import FULFILLED, AnswerKind, StepKind, StepStatus

_REPORTED = (StepKind.REPORT, StepKind.APPROVAL)


def find_reports_under(approval: Step, steps: Iterable[Step], programme: Programme) -> list[Step]:
    """Return the steps that an approval is about, in order; none for any other kind of step."""
    rule = rules_of(programme).get(approval.template_key)
    if rule is None or rule.approves is None:
        return []
    there = {step.key: step for step in steps}
    places = {key: (step.template_key, step.period) for key, step in there.items()}
    return [there[key] for key in find_approved(rule, approval.period, places, programme)]


def find_report_under(approval: Step, steps: Iterable[Step], programme: Programme) -> Step | None:
    """Return the report that an approval is about, the last if several; None for any other kind of step."""
    reports = find_reports_under(approval, steps, programme)
    return reports[-1] if reports else None


def is_by_body(step: Step, body: str | None) -> bool:
    """Return whether a committee or another body of ours decides by the step; `body` is its rule's."""
    return not step.with_funder and body is not None


def is_by_one_of_us(step: Step, body: str | None) -> bool:
    """Return whether somebody of ours approves personally, not for a body or the funder."""
    return not step.with_funder and body is None


def find_own_approval(step: Step, answers: Sequence[Answer], *, has_body: bool) -> Answer | None:
    """Return the answer by which one of us approved; None where a body or the funder decides, or an import said it.

    `answers` are the step's, in order.
    """
    if step.kind is not StepKind.APPROVAL or step.status is not StepStatus.APPROVED:
        return None
    approvals = [one for one in answers if one.kind is AnswerKind.APPROVED]
    return approvals[-1] if approvals and not step.with_funder and not has_body else None


def find_fallen(approval: Step, steps: Iterable[Step], needs: Mapping[str, Iterable[Step]]) -> list[Step]:
    """Return the reports and approvals built on an approval, directly or through others, in the plan's order.

    `needs` holds the steps that each step waits for, by its key. Claims and payments stay: money is
    never reversed silently.
    """
    keys = {approval.key}
    fallen: list[Step] = []
    waiting = [step for step in steps if step.status in FULFILLED and step.kind in _REPORTED]
    while True:
        later = [step for step in waiting if any(need.key in keys for need in needs[step.key])]
        if not later:
            return sorted(fallen, key=lambda step: step.position)
        fallen += later
        keys.update(step.key for step in later)
        waiting = [step for step in waiting if step.key not in keys]
