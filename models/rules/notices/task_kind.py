"""Decide what kind of task a step is for its reader: to report, approve, sign, read ..."""

from models.facts.letter import Task
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.rules.steps.needs import goes_to_funder
from models.vocabulary import Phase, StepKind

_BY_KIND = {
    StepKind.RECOVERY: Task.RECOVER,
    StepKind.REPAYMENT: Task.REPAY,
    StepKind.CLAIM: Task.CLAIM,
    StepKind.FUNDER: Task.AWAITED,
    StepKind.PAYMENT: Task.AWAITED,
}
_BY_PHASE = {
    Phase.APPLICATION: Task.APPLICATION,
    Phase.FOLLOW_UP: Task.FOLLOW_UP,
    Phase.RELEASE: Task.CLOSE,
}


def decide_task(kind: StepKind, rule: StepRule | None, programme: Programme, *, with_funder: bool) -> Task:
    """Return what kind of task a step is; OTHER for one without words of its own."""
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if with_funder:
        return Task.AWAITED
    if rule is None:
        return Task.OTHER
    if kind is StepKind.APPROVAL:
        if rule.body:
            return Task.AGENDA_ITEM
        # The last reader before a body, which gets the signed papers, signs them.
        before = (
            step for step in programme.steps if rule.key in step.needs and step.approves == rule.approves
        )
        return Task.SIGN if any(step.body is not None for step in before) else Task.READ
    if rule.documents:
        return Task.OTHER
    if rule.phase is Phase.FINAL_REPORT:
        if goes_to_funder(rule, programme):
            return Task.SEND
        return Task.DRAFT if any(step.approves == rule.key for step in programme.steps) else Task.OTHER
    if rule.phase is Phase.RELEASE and rule.questions:
        return Task.OTHER
    return _BY_PHASE.get(rule.phase, Task.OTHER)
