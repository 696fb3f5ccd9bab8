"""Bring steps to where an import file says that they had come: done, or approved, on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from models.errors import BadInput
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.replan.steps import replan
from tasks.intake.messages import Imported
from tasks.intake.refusals import check_passed, naming


def mark_done(work: GrantAtWork, done: Mapping[str, date]) -> bool:
    """Let the steps be done on their days; return whether any was not yet.

    Approvals are history only while the grant is being opened: a file that one person writes does not stand in for
    who approves in a grant that runs here.
    """
    changed = False
    for key, on in sorted(done.items(), key=lambda pair: pair[1]):
        step = _step_called(work, key)
        with naming(work.grant.reference, "done", key):
            changed |= _mark(work, step, on)
    return changed


def _mark(work: GrantAtWork, step: Step, on: date) -> bool:
    check_passed(Imported.DONE(step=step.key), on, work.today)
    if step.status in UNSETTLED:
        if step.kind is StepKind.APPROVAL and work.opening is None:
            raise BadInput(Imported.DONE_APPROVAL(step=step.key))
        settle_step(work, step, on)
        replan(work)
        return True
    if work.opening is not None and step.status is StepStatus.DONE and step.done_on != on:
        # A decision that came with the file settled it on the decision's day; the file knows its own.
        step.done_on = on
        replan(work)
    return False


def settle_step(work: GrantAtWork, step: Step, on: date) -> None:
    """Let the step be done, or approved, on the day; the caller plans the grant again."""
    step.status = StepStatus.APPROVED if step.kind is StepKind.APPROVAL else StepStatus.DONE
    step.done_on, step.done_by_id = on, step.owner_id
    step.version += 1
    work.happened("step_imported_as_done", step, on=on.isoformat())


def note_end(work: GrantAtWork) -> None:
    """Let a grant that is over have ended on the day of what ended it, not on the day of the import."""
    if work.grant.status is GrantStatus.CLOSED:
        settled = (step.done_on for step in work.steps.values() if step.done_on)
        work.grant.closed_on = max(settled, default=work.today)
    elif work.grant.status is not GrantStatus.OPEN:
        work.grant.closed_on = max(one.decided_on for one in work.decisions)


def _step_called(work: GrantAtWork, key: str) -> Step:
    """Return the step with the key; ImportInvalid if there is none, or if its instalment says how far it came."""
    with naming(work.grant.reference, "done", key, "step"):
        step = work.steps.get(key)
        if step is None:
            raise BadInput(Imported.DONE_UNKNOWN(step=key, there=", ".join(work.steps)))
        if step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            raise BadInput(Imported.DONE_MONEY(step=key, kind=step.kind))
        return step
