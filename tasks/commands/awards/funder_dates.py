"""Move a funder's date by the funder's word only, and tell the owner's manager."""

from datetime import date

from models.errors import Refused
from models.reading.value_faults import Reading
from models.rules.dates.extension import Grounds, Whose, decide_date_owner, first_due_on, may_move
from models.rules.steps.needs import goes_to_funder
from models.tables.step import Step
from models.vocabulary import UNSETTLED, NoticeKind
from tasks.commands.at_work.grant import GrantAtWork, add_notice, step_has_come
from tasks.commands.at_work.lookup import next_above
from tasks.commands.command_faults import Decided


def whose_date_of(work: GrantAtWork, step: Step) -> Whose:
    """Return whose the step's date is, by rules.dates.extension."""
    rule = work.record.rule_of(step)
    to_funder = rule is not None and goes_to_funder(rule, work.programme)
    return decide_date_owner(step, to_funder=to_funder, planned=rule is not None)


def funders_days(work: GrantAtWork) -> dict[str, date]:
    """Return the funder's days of unsettled steps, by their keys."""
    return {
        step.key: step.due_on
        for step in work.steps.values()
        if step.due_on is not None and step.status in UNSETTLED
        if whose_date_of(work, step) is Whose.FUNDERS
    }


def hold_to_word(
    work: GrantAtWork,
    before: dict[str, date],
    grounds: Grounds,
    by_id: int | None = None,
    *,
    reason: str = "",
    annuls: bool = False,
) -> None:
    """Raise Refused if the decision, by which the grant is now planned, moved one of those days without proof.

    Each moved step keeps its first day, and its owner's manager is told.
    """
    moved = [
        work.steps[key]
        for key, day in before.items()
        if work.steps[key].status in UNSETTLED and work.steps[key].due_on != day
    ]
    for step in moved:
        was = before[step.key]
        if not may_move(grounds, annuls=annuls):
            message = Decided.NO_WORD if annuls else Decided.NO_NUMBER
            raise Refused(message(step=step.key, was=was, day=step.due_on or Reading.NONE()))
        step.was_due_on = first_due_on(step, was)
        tell_manager(work, step, was, by_id, note=reason, paper=grounds.paper)


def tell_manager(
    work: GrantAtWork, step: Step, was: date, by_id: int | None, *, note: str, paper: str
) -> None:
    """Tell the owner's manager that the funder's word moved the step's day, or removed it."""
    above = next_above(work, step, by_id or 0)
    if above is None or not step_has_come(work, step):
        return
    detail: dict[str, object] = {"by": by_id, "note": note, "from": was.isoformat()}
    detail |= {"to": step.due_on.isoformat()} if step.due_on else {"gone": True}
    if step.due_on is None or step.was_due_on is None:  # it is gone, or back on the funder's first day
        add_notice(work, step, NoticeKind.MOVED, f"moved-{step.version}-manager", above, **detail)
        return
    rung = f"extended-{step.due_on}-{work.today}"
    add_notice(work, step, NoticeKind.EXTENDED, rung, above, paper=paper, **detail)
