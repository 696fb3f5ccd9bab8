"""Record that a report stands, though the books changed since it was given."""

from models.commands.books import ExplainBooks
from models.errors import BadInput, Refused
from models.events import GrantEvent
from models.forms.faults import Fault
from models.reading.personal_number import refuse_personal_numbers
from tasks.commands.actor import Acting, check_part
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import find_step
from tasks.commands.command_faults import Refusal
from tasks.grant.since_report import list_changed_reports


def explain_books(work: GrantAtWork, command: ExplainBooks, acting: Acting) -> None:
    """Record why the change does not change the report: it is no task any more, until the books change again.

    Raises Refused where the books say what they said when the report was given, BadInput without a reason,
    NotAllowed for a person without a part in the grant.
    """
    step = find_step(work, command.step)
    check_part(work, step, acting.by)
    refuse_personal_numbers(reason=command.reason)
    reason = command.reason.strip()
    if not reason:
        raise BadInput(Fault.MISSING_REASON())
    changed = list_changed_reports(work.session.connection(), [work.record])
    asking = next((one for one in changed if one.step.id == step.id and one.asks), None)
    if asking is None:
        raise Refused(Refusal.BOOKS_UNCHANGED(step=step.key))
    sums = {"then_minor": asking.change.then_minor, "now_minor": asking.change.now_minor}
    work.add_event(GrantEvent.BOOKS_EXPLAINED, step, acting.by_id, reason=reason, **sums)
