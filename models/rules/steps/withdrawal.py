"""Decide what falls with an approval that is withdrawn."""

from collections.abc import Iterable, Mapping

from models.tables.step import Step
from models.vocabulary import FULFILLED, StepKind

_REPORTED = (StepKind.REPORT, StepKind.APPROVAL)


def find_fallen(approval: Step, steps: Iterable[Step], needs: Mapping[str, Iterable[Step]]) -> list[Step]:
    """Return the reports and approvals that were built on an approval, near or far, in the plan's order.

    `needs` is what each step waits for, by its key. Claims and payments stay: what has happened to money is never
    reversed in silence.
    """
    fallen = {approval.key}
    found = list[Step]()
    waiting = [step for step in steps if step.status in FULFILLED and step.kind in _REPORTED]
    while later := [step for step in waiting if not fallen.isdisjoint(need.key for need in needs[step.key])]:
        fallen |= {step.key for step in later}
        found += later
        waiting = [step for step in waiting if step.key not in fallen]
    return sorted(found, key=lambda step: step.position)
