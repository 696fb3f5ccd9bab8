"""Know what of the money that came is not spent: for who pays it back, and for who releases and claims more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from fractions import Fraction

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select

from models.facts.money import Unspent
from models.programme.language.amounts.share import Repays
from models.programme.plan import Programme
from models.rules.money.shares import funded, least_repaid
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.money import Instalment
from models.tables.step import Answer, Step
from models.vocabulary import UNSETTLED, AnswerKind, InstalmentStatus, StepKind, StepStatus
from tasks.commands.at_work.find import rule_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.sizes import rate_at_work, rate_of
from tasks.commands.sums.spending import add_up_answers, told_minor
from tasks.store.programmes import load_programmes
from tasks.store.queries import HOLDS


def size_repayments(work: GrantAtWork) -> None:
    """Set what each unsettled repayment is about, as far as it is known."""
    for step in work.steps.values():
        if step.kind is StepKind.REPAYMENT and step.status in UNSETTLED:
            unspent = _unspent(work, step)
            if unspent != step.repays_minor:
                step.repays_minor = unspent
                work.happened("repayment_sized", step, amount_minor=unspent)


def _unspent(work: GrantAtWork, step: Step) -> int | None:
    """Return what was paid and not spent in minor units, of spending the funder's part; None until all is answered."""
    rule = rule_of(work, step)
    if rule is None or rule.repays is None:
        return None
    spent = told_minor(work, [one.text for one in rule.repays.asks])
    if spent is None:
        return None
    funders = funded(rule.repays, spent, rate_at_work(work))
    if funders is None:
        return None
    paid = sum(row.paid_minor or 0 for row in work.instalments if row.status is InstalmentStatus.PAID)
    return max(0, paid - funders)


def repays_nothing(work: GrantAtWork, step: Step) -> bool:
    """Return whether a repayment's turn has come and there is nothing to pay back, or too little."""
    if step.repays_minor is None or step.status is not StepStatus.OPEN:
        return False
    return step.repays_minor < _least(work, step)


def repays_after_all(work: GrantAtWork, step: Step) -> bool:
    """Return whether a repayment that was left out is about something now: money came after it."""
    if step.kind is not StepKind.REPAYMENT or step.status is not StepStatus.SKIPPED:
        return False
    unspent = _unspent(work, step)
    return unspent is not None and unspent >= _least(work, step)


def _least(work: GrantAtWork, step: Step) -> int:
    """Return the least sum that is paid back, in minor units."""
    rule = rule_of(work, step)
    return max(least_repaid(rule.repays if rule else None, work.grant.currency), 1)


_GRANT, _INSTALMENT, _STEP, _ANSWER, _DECISION = (
    table_of(one) for one in (Grant, Instalment, Step, Answer, Decision)
)

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_CAME = (
    select(
        _GRANT.c.id,
        _GRANT.c.currency,
        _GRANT.c.programme_id,
        func.sum(_INSTALMENT.c.paid_minor).label("came"),
    )
    .join(_INSTALMENT, _INSTALMENT.c.grant_id == _GRANT.c.id)
    .where(_GRANT.c.id.in_(_IDS), _INSTALMENT.c.paid_minor > 0)
    .group_by(_GRANT.c.id, _GRANT.c.currency, _GRANT.c.programme_id)
)
_REPORTED = (
    select(_STEP.c.id, _STEP.c.grant_id, _STEP.c.template_key, _ANSWER.c.data)
    .outerjoin(_ANSWER, and_(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind == AnswerKind.DONE))
    .where(_STEP.c.grant_id.in_(_IDS), _STEP.c.status.in_((StepStatus.DONE, StepStatus.APPROVED)))
    .order_by(_STEP.c.position, _STEP.c.id, _ANSWER.c.id)
)
_STATED = (
    select(_DECISION.c.grant_id, _DECISION.c.instalments)
    .where(_DECISION.c.grant_id.in_(_IDS), HOLDS)
    .order_by(_DECISION.c.decided_on, _DECISION.c.id)
)
# By template key, each step's last answer, oldest step first.
Reported = dict[str, dict[int, dict[str, object]]]


def unspent_of(connection: Connection, grants: Collection[int]) -> dict[int, Unspent]:
    """Return what came and what is reported as spent, by the ids of those grants in which less was spent than came."""
    return {key: one for key, one in spent_of(connection, grants).items() if one.left_minor}


def spent_of(connection: Connection, grants: Collection[int]) -> dict[int, Unspent]:
    """Return what came and what is reported as spent, by the grants' ids.

    What is spent is what the programme's repayment goes by: a grant without one, or in which nobody has reported any
    spending yet, is left out.
    """
    came = connection.execute(_CAME, {"ids": list(grants)}).all() if grants else []
    programmes = load_programmes(connection, {row.programme_id for row in came}) if came else {}
    known = [row for row in came if _repayment(programmes[row.programme_id]) is not None]
    reported: dict[int, Reported] = defaultdict(lambda: defaultdict(dict))
    for row in connection.execute(_REPORTED, {"ids": [row.id for row in known]}).all() if known else ():
        reported[row.grant_id][row.template_key][row.id] = row.data or {}
    rated = [row.id for row in known if programmes[row.programme_id].rate_of is not None]
    stated = connection.execute(_STATED, {"ids": rated}).all() if rated else []
    found = {}
    for row in known:
        programme = programmes[row.programme_id]
        rate = rate_of(programme, (one.instalments or {} for one in stated if one.grant_id == row.id))
        one = _reported(programme, reported[row.id], int(row.came), row.currency, rate)
        if one is not None:
            found[row.id] = one
    return found


def _repayment(programme: Programme) -> Repays | None:
    return next((rule.repays for rule in programme.steps if rule.repays is not None), None)


def _reported(
    programme: Programme, reported: Reported, came: int, currency: str, rate: Fraction | None
) -> Unspent | None:
    """Return what is spent of what came; None where no spending is reported yet, or at no rate that is known."""
    rule = _repayment(programme)
    if rule is None or not any(reported.get(one.step) for one in rule.asks):
        return None
    given = {}
    for one in rule.asks:
        into = programme.step(one.step).fold_last_into or ""
        given[one.text] = [*{**reported.get(one.step, {}), **reported.get(into, {})}.items()]
    spent = funded(rule, add_up_answers(programme, given, currency), rate)
    if spent is None:
        return None
    is_share, least = rule.rate or rule.part is not None, least_repaid(rule, currency)
    return Unspent(spent, came, currency, of_share=is_share, least_minor=least)
