"""Decide which steps fall with an approval that is withdrawn."""

from collections.abc import Iterable, Mapping

from models.tables.step import Step
from models.vocabulary import FULFILLED, StepKind

_REPORTED = (StepKind.REPORT, StepKind.APPROVAL)


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
