"""Decide who has the next move in a grant."""

from collections.abc import Iterable
from datetime import date

from models.rules.steps.stand import FUNDER
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import UNSETTLED, InstalmentStatus, Phase


def list_next_steps(steps: Iterable[Step]) -> list[Step]:
    """Return the steps that are not settled: the dated ones by date, then the rest in the programme's order."""
    unsettled = [step for step in steps if step.status in UNSETTLED]
    return sorted(unsettled, key=lambda step: (step.due_on is None, step.due_on or date.max, step.position))


def find_holder(step: Step) -> str:
    """Return who does a step: "funder", or the role of its owner."""
    return FUNDER if step.with_funder else step.owner_role


def ball_with(following: Step | None, instalments: Iterable[Instalment]) -> str | None:
    """Return who has the next move: "funder", a role, or the people who must confirm a release; None at the end.

    `following` is the next step that is not settled.
    """
    if following is None:
        return None
    for row in instalments:
        if row.status == InstalmentStatus.RELEASABLE and following.phase == Phase.RELEASE:
            return "second person" if row.requested_by_id else "two people to confirm the release"
    return find_holder(following)
