"""Work out a grant's money from its record: instalments, spending, the rest, and a forecast."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from models.currency import decimals_of
from models.facts.money import AccountSpending, Forecast, Unspent
from models.programme.step_names import UNSPENT
from models.rules.answers.spending import (
    add_up_answers,
    find_rate,
    find_repayment_rule,
    list_period_spending_questions,
    list_spending_questions,
)
from models.rules.money.budget import (
    Pace,
    PeriodSpending,
    decide_forecast,
    hold_against_budget,
    list_days_once,
)
from models.rules.money.claim import ClaimFacts, find_over_claim, find_unknown_payee, may_state_sum
from models.rules.money.payment import (
    find_claim_minor,
    find_claim_of,
    find_expected_minor,
    find_step_of,
    sum_paid_minor,
)
from models.rules.money.repayment import find_least_repaid
from models.rules.money.shares import awarded_on, find_funded_minor, find_share
from models.rules.notices.contents import ConditionFacts, InstalmentFacts
from models.rules.steps.order import can_be_done
from models.tables.columns import id_of
from models.tables.money import Instalment
from models.tables.step import Answer, Figure, Step
from models.vocabulary import DROPPED, FULFILLED, AnswerKind, StepKind, StepStatus
from tasks.grant.records import GrantRecord

# Steps' ids and their answers, in the order of the steps.
Given = list[tuple[int, Mapping[str, object]]]


def parts_of(record: GrantRecord) -> tuple[InstalmentFacts, ...]:
    """Return the parts of the grant's award with the conditions of each, by number."""
    return tuple(_part(record, row) for row in record.instalments)


def part_of(record: GrantRecord, number: int | None) -> InstalmentFacts | None:
    """Return the part of the grant's award with a number; None without one."""
    return next((_part(record, row) for row in record.instalments if row.number == number), None)


def _part(record: GrantRecord, row: Instalment) -> InstalmentFacts:
    conditions = tuple(
        ConditionFacts(
            step_id=id_of(step),
            template_key=step.template_key,
            position=step.position,
            status=step.status,
            done_on=step.done_on,
        )
        for step in record.conditions_of(row)
    )
    return InstalmentFacts(
        number=row.number,
        amount_minor=find_claim_of(row.amount_minor, row.claimed_minor),
        status=row.status,
        requested_by_id=row.requested_by_id,
        conditions=conditions,
        rule=row.rule,
        kept_minor=row.kept_minor or 0,
        period=row.period,
        paid_minor=row.paid_minor,
        comes_minor=find_expected_minor(row),
    )


def claim_facts(record: GrantRecord, row: Instalment, today: date, *, is_said: bool) -> ClaimFacts:
    """Return the facts for an instalment's claim; once the claim `is_said` its sum is fixed."""
    claim = find_step_of(record.steps, row.number, StepKind.CLAIM)
    return ClaimFacts(
        conditions=tuple(record.conditions_of(row)),
        says_sum=not is_said and may_state_sum(row, record.instalment_rule(row)),
        is_open=claim is not None and can_be_done(claim, today),
        unknown=find_unknown_payee(
            registration_number=record.recipient.registration_number,
            account=record.recipient.account,
        ),
    )


def over_claim_minor(record: GrantRecord, row: Instalment) -> int:
    """Return by how much an instalment's claim exceeds the spending, in minor units; 0 for a share of costs."""
    rule = record.instalment_rule(row)
    if rule is not None and rule.by_costs:
        return 0
    others = [
        (instalment.status, find_expected_minor(instalment))
        for instalment in record.instalments
        if instalment is not row
    ]
    return find_over_claim(find_claim_minor(row), others, unspent_on(record))


def unspent_on(record: GrantRecord) -> Unspent | None:
    """Return the received and the spent money; None until every report about it is in."""
    spending = spent_on(record)
    return spending if spending is not None and spending.is_whole else None


def spent_on(record: GrantRecord) -> Unspent | None:
    """Return the received and the spent money so far; None before the first report about it.

    The spending is that of the programme's repayment. Without a repayment it is the costs in its
    reports, once all are in.
    """
    programme = record.programme
    currency = record.grant.currency
    came = sum_paid_minor(record.instalments)
    repaid = _repaid_minor(record)
    names = list_spending_questions(programme)
    given = {name: _answers_to(record, name) for name in names}
    is_whole = _says_all(record, names)
    costs = add_up_answers(programme, given, currency)
    rule = find_repayment_rule(programme)
    if rule is None:
        # Nothing says how a part would be counted, so it is told once everything is reported.
        return Unspent(costs, came, currency, repaid_minor=repaid) if is_whole else None
    if not is_whole and not any(data for told in given.values() for _, data in told):
        return None
    stated = (decision.instalments or {} for decision in record.decisions)
    rate = find_rate(programme, stated) if programme.rate_of is not None else None
    spent = find_funded_minor(rule, costs, rate)
    if spent is None:
        return None
    return Unspent(
        spent,
        came,
        currency,
        of_share=rule.rate or rule.part is not None,
        least_minor=find_least_repaid(rule, programme, awarded_on(record.decisions)),
        is_whole=is_whole,
        repaid_minor=repaid,
    )


def _repaid_minor(record: GrantRecord) -> int:
    """Return what is paid back already, or asked for, in minor units."""
    return sum(
        max(step.repays_minor or 0, 0)
        for step in record.steps
        if step.status is StepStatus.DONE
        or (step.template_key == UNSPENT and step.status is not StepStatus.CANCELLED)
    )


def _asking(record: GrantRecord, name: str) -> list[Step]:
    """Return the steps that ask STEP.QUESTION, also in place of another's last period."""
    key = name.partition(".")[0]
    keys = (key, record.programme.step(key).fold_last_into)
    return [step for step in record.steps if step.template_key in keys and step.status not in DROPPED]


def find_last_report(record: GrantRecord, step: Step) -> Answer | None:
    """Return the last report of a step, also "nothing to report"; a step imported as done has none."""
    given = (AnswerKind.DONE, AnswerKind.NOTHING)
    return next((answer for answer in reversed(record.answers_of(step)) if answer.kind in given), None)


def _answers_to(record: GrantRecord, name: str) -> Given:
    """Return the last answers of the settled steps that ask STEP.QUESTION."""
    settled = [step for step in _asking(record, name) if step.status in FULFILLED]
    last = [(id_of(step), find_last_report(record, step)) for step in settled]
    return [(step_id, answer.data if answer is not None else {}) for step_id, answer in last]


def _says_all(record: GrantRecord, names: Sequence[str]) -> bool:
    """Return whether every step that asks STEP.QUESTION has answered it, or has nothing to report."""
    return bool(names) and all(_is_said(record, name) for name in names)


def _is_said(record: GrantRecord, name: str) -> bool:
    asking = _asking(record, name)
    if not asking or any(step.status not in FULFILLED for step in asking):
        return False
    return all(_says(find_last_report(record, step), name.partition(".")[2]) for step in asking)


def _says(answer: Answer | None, question: str) -> bool:
    if answer is None:
        return False
    return answer.kind is AnswerKind.NOTHING or answer.data.get(question) is not None


def forecast_on(record: GrantRecord, today: date, until_on: date | None = None) -> Forecast | None:
    """Return the forecast of a grant that will have money left at the present pace; else None.

    `until_on` leaves out reports about later days.
    """
    grant = record.grant
    rule = find_repayment_rule(record.programme)
    names = list_period_spending_questions(record.programme)
    given = {name: _of_periods(record, name, until_on or date.max) for name in names}
    reported = {step_id for told in given.values() for step_id, _ in told}
    first_on = grant.period_start_on
    last_on = grant.period_end_on
    if not reported or not grant.award_minor or first_on is None or last_on is None:
        return None
    spent = add_up_answers(record.programme, given, grant.currency)
    if rule is not None and rule.part is not None:
        spent = find_share(spent, rule.part)
    periods = {
        (step.period_start_on, step.period_end_on)
        for step in record.steps
        if step.id in reported and step.period_start_on and step.period_end_on
    }
    return decide_forecast(
        Pace(
            spent_minor=spent,
            award_minor=grant.award_minor,
            currency=grant.currency,
            periods=periods,
            first_on=first_on,
            last_on=last_on,
        ),
        today,
    )


def _of_periods(record: GrantRecord, name: str, until_on: date) -> Given:
    """Return the answers to STEP.QUESTION about periods that ended by a day."""
    question = name.partition(".")[2]
    ended = {step.id for step in record.steps if step.period_end_on and step.period_end_on <= until_on}
    answers = _answers_to(record, name)
    return [(step, data) for step, data in answers if data.get(question) is not None and step in ended]


class _Ledger(NamedTuple):
    """A step for which a ledger gave a figure by account, and the figure."""

    step: Step
    figure: Figure


def spending_on(record: GrantRecord, step: Step, question: str | None = None) -> tuple[AccountSpending, ...]:
    """Return a step's spending by account; empty if no ledger gave it by account.

    Without a question it is the step's first one that has accounts.
    """
    ledgers = list(_ledgers(record))
    own_ledgers = (
        ledger for ledger in ledgers if ledger.step is step and question in (None, ledger.figure.question)
    )
    own = next(own_ledgers, None)
    if own is None:
        return ()
    currency = record.grant.currency
    spent = _period(own, currency)
    before = [_period(ledger, currency) for ledger in _before(own, ledgers)]
    return hold_against_budget(record.budget, spent, list_days_once(spent, before))


def _ledgers(record: GrantRecord) -> Iterator[_Ledger]:
    for step in record.steps:
        if step.status not in DROPPED:
            yield from (_Ledger(step, figure) for figure in record.figures_of(step) if figure.accounts)


def _before(own: _Ledger, ledgers: Sequence[_Ledger]) -> list[_Ledger]:
    """Return the earlier reports with the same figure, those of the same step first, the latest first."""
    if not own.step.period:
        return []  # it is about the whole of the grant's time
    before = [
        ledger
        for ledger in ledgers
        if ledger.figure.question == own.figure.question and ledger.step.position < own.step.position
    ]
    return sorted(
        before, key=lambda ledger: (ledger.step.template_key != own.step.template_key, -ledger.step.position)
    )


def _period(ledger: _Ledger, currency: str) -> PeriodSpending:
    step = ledger.step
    precision = decimals_of(currency)
    sums = {
        account: int(Decimal(str(text)).scaleb(precision)) for account, text in ledger.figure.accounts.items()
    }
    return PeriodSpending(currency, step.period or "", step.period_start_on, step.period_end_on, sums)
