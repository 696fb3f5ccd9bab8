"""Know which of a programme's reports go to the funder, and with which step they leave."""

from __future__ import annotations

from models.programme.names import template_key
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.vocabulary import Phase, StepKind

# What is done later, such as the closing, sends nothing.
_SENDING = (Phase.APPLICATION, Phase.FOLLOW_UP, Phase.FINAL_REPORT)


def goes_to_funder(rule: StepRule, programme: Programme) -> bool:
    """Return whether a step of the rule is a report that is sent to the funder, and not handed in inside the house.

    Inside the house stays what a body here approves: another report sends it, or its approval lets it go.
    """
    return _is_for_funder(rule, programme) and not _approvals_here(rule, programme)


def goes_when_approved(rule: StepRule, programme: Programme) -> bool:
    """Return whether a step of the rule is an approval here after which the report goes to the funder.

    That is so where the funder approves the very report, or no other report waits for the approval, which would send
    it or be made of it.
    """
    if rule.kind is not StepKind.APPROVAL or rule.with_funder or is_read_first(rule, programme):
        return False
    report = next(one for one in programme.steps if one.key == rule.approves)
    if _funder_approves(report, programme):
        return True
    approvals = _approvals_here(report, programme)
    later = (
        one
        for one in programme.steps
        if one.kind is StepKind.REPORT and one.phase in _SENDING and one.key != report.key
    )
    waited_for = {template_key(name) for one in later for name in one.awaits}
    return _is_for_funder(report, programme) and not approvals & waited_for


def is_read_first(rule: StepRule, programme: Programme) -> bool:
    """Return whether a step of the rule is a reading before another approval here of the same report."""
    return any(
        one.approves == rule.approves and not one.with_funder and rule.key in one.needs
        for one in programme.steps
    )


def _is_for_funder(rule: StepRule, programme: Programme) -> bool:
    """Return whether the funder reads it: not where the final report or a repayment is made of it for the funder."""
    if rule.kind is not StepKind.REPORT or rule.phase not in _SENDING:
        return False
    if _funder_approves(rule, programme):
        return True
    made_of = {
        template_key(name)
        for one in programme.steps
        if one.kind is StepKind.REPAYMENT or (one.kind is StepKind.REPORT and one.phase is Phase.FINAL_REPORT)
        for name in one.awaits
    }
    return rule.phase is Phase.FINAL_REPORT or rule.key not in made_of


def _funder_approves(rule: StepRule, programme: Programme) -> bool:
    return any(one.approves == rule.key and one.with_funder for one in programme.steps)


def _approvals_here(rule: StepRule, programme: Programme) -> set[str]:
    """Return the keys of the approvals of the report by bodies of the recipient's."""
    return {one.key for one in programme.steps if one.approves == rule.key and not one.with_funder}
