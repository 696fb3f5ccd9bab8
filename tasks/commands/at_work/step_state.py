"""Settle a step of a grant, cancel it, or open it again; the caller notes why, and plans the grant again."""

from datetime import date

from models.events import GrantEvent
from models.tables.step import Step
from models.vocabulary import StepStatus
from tasks.commands.at_work.grant import GrantAtWork


def settle(step: Step, status: StepStatus, on: date, by_id: int | None) -> None:
    """Let a step be done, approved or skipped on a day; what was opened of it before is out of date."""
    step.status = status
    step.done_on = on
    step.done_by_id = by_id
    step.version += 1


def cancel(work: GrantAtWork, step: Step) -> None:
    """Cancel a step that the grant no longer needs, and note it."""
    step.status = StepStatus.CANCELLED
    step.version += 1
    work.add_event(GrantEvent.STEP_CANCELLED, step)


def reopen(step: Step, status: StepStatus = StepStatus.WAITING) -> None:
    """Let a step wait again, or be open; what was opened of it before is out of date."""
    step.status = status
    step.done_on = step.done_by_id = None
    step.version += 1
