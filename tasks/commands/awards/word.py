"""Let a decision move a day of the funder's by its number only."""

from datetime import date

from models.errors import Refused
from models.reading.messages import Reading
from models.rules.dates.whose import is_ours, moved_without_word
from models.rules.steps.needs import goes_to_funder
from models.tables.step import Step
from models.vocabulary import UNSETTLED
from tasks.commands.at_work.find import rule_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.messages import Decided


def is_our_date(work: GrantAtWork, step: Step) -> bool:
    """Return whether the step's date is our own, by rules.dates.whose."""
    rule = rule_of(work, step)
    to_funder = rule is not None and goes_to_funder(rule, work.programme)
    return is_ours(step, to_funder=to_funder, planned=rule is not None)


def funders_days(work: GrantAtWork) -> dict[str, date]:
    """Return the days of the funder's that are known of steps still to be done, by their keys."""
    return {
        step.key: step.due_on
        for step in work.steps.values()
        if step.due_on is not None and step.status in UNSETTLED and not is_our_date(work, step)
    }


def check_word(work: GrantAtWork, before: dict[str, date], source: str) -> None:
    """Raise Refused where a decision, by which the grant is planned now, moved one of those days without a number."""
    after = {step.key: step.due_on for step in work.steps.values() if step.status in UNSETTLED}
    moved = moved_without_word(before, after, source)
    if moved is not None:
        raise Refused(Decided.NO_NUMBER(step=moved, was=before[moved], day=after[moved] or Reading.NONE()))
