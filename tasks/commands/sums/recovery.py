"""Open the steps about money that no programme has: a recovery, and a repayment of an excessive claim."""

from models.events import GrantEvent
from models.facts.receipt import term
from models.programme.step_names import UNSPENT
from models.rules.dates.due_again import plan_due_again
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import UNSETTLED, Phase, Role, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork


def open_recovery(work: GrantAtWork, instalment: Instalment, reason: str) -> Step:
    """Return the step that follows an approval withdrawn after its money was released; opens it if needed."""
    earlier = [
        step
        for step in work.steps.values()
        if step.kind is StepKind.RECOVERY and step.instalment == instalment.number
    ]
    seen_to = next((step for step in earlier if step.status in UNSETTLED), None)
    if seen_to is not None:
        return seen_to
    key = f"recovery-{instalment.number}" + (f"-{len(earlier) + 1}" if earlier else "")
    made = term("recovery", number=instalment.number)
    step = _add_own(work, key, StepKind.RECOVERY, instalment.number, made=[made], source=reason)
    work.add_event(GrantEvent.RECOVERY_OPENED, step, instalment=instalment.number)
    return step


def open_repayment(work: GrantAtWork, instalment: Instalment, over_minor: int, reason: str) -> None:
    """Open the step that pays back what was claimed beyond the spending, and has come."""
    number = instalment.number
    made = term("unspent", number=number)
    key = f"{UNSPENT}-{number}"
    if key in work.steps:
        return
    step = _add_own(work, key, StepKind.REPAYMENT, number, made=[made], source=reason)
    step.repays_minor = over_minor
    work.add_event(GrantEvent.REPAYMENT_OPENED, step, instalment=number, over_minor=over_minor)


def _add_own(work: GrantAtWork, key: str, kind: StepKind, number: int, **receipt: object) -> Step:
    """Return a new step about money that no programme gives; it has as long as a returned report."""
    on = work.today
    due_on = plan_due_again(work.programme, on)
    counted = term("opened", on=on, count=work.programme.mend_working_days, unit="working_days", day=due_on)
    values = {
        "grant_id": work.grant_id,
        "key": key,
        "phase": Phase.RELEASE,
        "kind": kind,
        "position": len(work.steps) + 1,
        "template_key": UNSPENT if kind is StepKind.REPAYMENT else "recovery",
        "instalment": number,
        "opens_on": on,
        "due_on": due_on,
        "ladder": next(iter(work.programme.ladders)),
        "owner_role": Role.COORDINATOR,
        "owner_id": work.roles.get(Role.COORDINATOR),
        "owner_since_on": on,
        "status": StepStatus.OPEN,
        "receipt": {"form": "recovery", "counted": [counted], **receipt},
        "next_action_on": on,
    }
    (step,) = work.add(Step, [values])
    work.steps[key] = step
    return step
