"""Have the outside sources of an answered step asked again, whether or not a round asked them before."""

from __future__ import annotations

from datetime import timedelta

from models.tables.step import Step
from tasks.commands.at_work.find import rule_of
from tasks.commands.at_work.grant import GrantAtWork

# How long after it was asked for an answered step, or the step was answered, a source is asked for it again.
ASKED_AGAIN_AFTER = timedelta(days=7)


def ask_again_later(work: GrantAtWork, step: Step) -> None:
    """Let a round ask for the step's figures in a week, where an outside source has them and none is to be asked yet.

    A report can be handed in before its first reminder, with which gathering begins; its books are corrected, too.
    """
    if step.gather_on is None and _asks_outside(work, step):
        step.gather_on = work.today + ASKED_AGAIN_AFTER


def _asks_outside(work: GrantAtWork, step: Step) -> bool:
    rule = rule_of(work, step)
    has_file = bool(work.grant.figures_file and step.period)
    return rule is not None and any(
        (question.gather is not None and question.gather.source is not None) or (has_file and question.column)
        for question in rule.questions
    )
