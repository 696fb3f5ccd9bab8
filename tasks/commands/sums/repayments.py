"""Work out what must be paid back, and settle repayments of nothing."""

from models.events import GrantEvent
from models.facts.receipt import Term, term
from models.programme.step_names import UNSPENT
from models.rules.money.payment import sum_paid_minor
from models.rules.money.repayment import find_least_repaid, repays_after_all, repays_nothing
from models.rules.money.shares import awarded_on, find_funded_minor
from models.tables.step import Step
from models.vocabulary import OUT, UNSETTLED, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.step_state import settle
from tasks.commands.sums.instalment_sums import rate_at_work
from tasks.commands.sums.spending import told_minor


def size_repayments(work: GrantAtWork) -> None:
    """Set the sum of each unsettled repayment, if it is known."""
    for step in work.steps.values():
        if step.kind is StepKind.REPAYMENT and step.status in UNSETTLED and step.template_key != UNSPENT:
            unspent = _unspent(work, step)
            if unspent != step.repays_minor:
                step.repays_minor = unspent
                work.add_event(GrantEvent.REPAYMENT_SIZED, step, amount_minor=unspent)


def _unspent(work: GrantAtWork, step: Step) -> int | None:
    """Return the unspent money in minor units, by the funder's part of the spending; None until all is answered."""
    rule = work.record.rule_of(step)
    if rule is None or rule.repays is None:
        return None
    spent = told_minor(work, [ask.text for ask in rule.repays.asks])
    if spent is None:
        return None
    funders = find_funded_minor(rule.repays, spent, rate_at_work(work))
    if funders is None:
        return None
    return max(0, sum_paid_minor(work.instalments) - funders)


def is_repaid_after_all(work: GrantAtWork, step: Step) -> bool:
    """Return whether a skipped repayment is needed now."""
    return repays_after_all(step, _unspent(work, step), _least(work, step))


def _least(work: GrantAtWork, step: Step) -> int:
    """Return the least sum that is paid back, in minor units."""
    rule = work.record.rule_of(step)
    return find_least_repaid(rule.repays if rule else None, work.programme, awarded_on(work.decisions))


def skip_empty(work: GrantAtWork) -> bool:
    """Settle money steps of nothing whose turn has come; return whether there was any.

    These are claims and payments of 0, and repayments too small to be paid back.
    """
    turned = [step for step in work.steps.values() if step.status is StepStatus.OPEN]
    empty = [step for step in turned if sum_left(work, step) == 0]
    spent = [step for step in turned if repays_nothing(step, _least(work, step))]
    for step in empty:
        _skip(work, step, term("nothing_to_pay", number=step.instalment))
        work.add_event(GrantEvent.STEP_SKIPPED, step, instalment=step.instalment)
    for step in spent:
        _skip(work, step, term("nothing_to_repay"))
        work.add_event(GrantEvent.STEP_SKIPPED, step, amount_minor=step.repays_minor)
    return bool(empty or spent)


def _skip(work: GrantAtWork, step: Step, why: Term) -> None:
    settle(step, StepStatus.SKIPPED, work.today, None)
    kept: dict[str, object] = {name: step.receipt[name] for name in ("made", "last") if name in step.receipt}
    step.receipt = {"form": "nothing", "counted": [why], **kept}


def sum_left(work: GrantAtWork, step: Step) -> int | None:
    """Return the sum of a claim or payment; None for another step, an unknown sum, or released money."""
    if step.kind not in (StepKind.CLAIM, StepKind.PAYMENT):
        return None
    part = next((row for row in work.instalments if row.number == step.instalment), None)
    return part.amount_minor if part is not None and part.status not in OUT else None
