"""Refuse a funder's decision that does not fit the grant, its other decisions or its money."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from models.commands.decisions import DecisionInput
from models.currency import Amount
from models.errors import BadInput, Refused
from models.message import Remark
from models.programme.instalment import InstalmentRule
from models.programme.plan import Programme
from models.reading.value_faults import Reading
from models.rules.dates.periods import list_periods
from models.rules.money.correction import ENDS
from models.rules.money.shares import add_up_award, find_award, find_share
from models.tables.grant import Decision
from models.vocabulary import FULFILLED, OUT, DecisionKind, GrantStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.command_faults import Decided
from tasks.commands.replan.plan_facts import GRANT_END, plan_facts

# The database's largest integer, with room for adding up.
LARGEST_AWARD = 10**18


def check_decision(work: GrantAtWork, decision: DecisionInput) -> None:
    """Raise Refused or BadInput for a decision that the grant cannot have now; sums are not checked here."""
    if work.grant.status is not GrantStatus.OPEN:
        mend = Decided.ANNUL_FIRST()
        if work.grant.status is GrantStatus.CLOSED:
            mend = Decided.GRANT_OF_ITS_OWN()
        raise Refused(Decided.GRANT_IS(reference=work.grant.reference, status=work.grant.status, mend=mend))
    check_among(work, decision)
    award = find_award(work.decisions)
    if decision.kind is DecisionKind.AWARD and award is not None:
        raise Refused(Decided.AWARDED_ALREADY(day=award.decided_on))
    if decision.kind is DecisionKind.REFUSAL and award is not None:
        raise Refused(Decided.WITHDRAW_INSTEAD())


def named_decision(kind: DecisionKind, decided_on: date) -> Remark:
    """Return a decision as messages name it: "the award of 2009-11-05"."""
    return Decided.THE_DECISION(kind=kind, day=decided_on)


def no_date(programme: Programme, name: str) -> Remark:
    """Return that the programme has no date of that name, and which dates it has."""
    dates = ", ".join(sorted(programme.dates)) or Reading.NONE()
    return Decided.NO_SUCH_DATE(date=name, known=dates)


def check_among(work: GrantAtWork, decision: DecisionInput) -> None:
    """Raise BadInput for an impossible decision, Refused for one that does not go with the others."""
    if decision.kind in ENDS and (decision.amount_minor is not None or decision.total_minor is not None):
        raise BadInput(Decided.ENDS_WITHOUT_SUM(kind=decision.kind))
    if decision.amount_minor is not None and decision.total_minor is not None:
        raise BadInput(Decided.ONE_SUM())
    if decision.decided_on > work.today:
        named = named_decision(decision.kind, decision.decided_on)
        raise BadInput(Decided.IN_FUTURE(decision=named))
    start = work.grant.period_start_on
    end = decision.dates.get(GRANT_END)
    if start is not None and end is not None and end < start:
        raise BadInput(Decided.ENDS_BEFORE_START(end=end, start=start))
    if end is not None:
        _check_told(work, end, decision)
    names = {*work.programme.dates, *([GRANT_END] if work.grant.period_end_on is not None else [])}
    unknown = [name for name in decision.dates if name not in names]
    if unknown:
        raise BadInput(no_date(work.programme, unknown[0]))
    if any(
        (other.kind, other.decided_on) == (decision.kind, decision.decided_on) for other in work.decisions
    ):
        raise Refused(
            Decided.RECORDED_ALREADY(
                decision=named_decision(decision.kind, decision.decided_on), day=decision.decided_on
            )
        )
    award = find_award(work.decisions)
    if decision.kind in (DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT):
        if award is None:
            raise Refused(Decided.NEEDS_AWARD(kind=decision.kind))
        if decision.decided_on < award.decided_on:
            raise Refused(Decided.BEFORE_AWARD(kind=decision.kind, day=award.decided_on))


def _check_told(work: GrantAtWork, end: date, decision: DecisionInput) -> None:
    """Raise Refused for a longer grant whose last period would be asked in a step that is already done."""
    start = work.grant.period_start_on
    was = work.grant.period_end_on
    if start is None or was is None or end <= was:
        return
    given = {**{name: dated.on for name, dated in plan_facts(work).dates.items()}, **decision.dates}
    for rule in work.programme.steps:
        told = [step for step in work.steps.values() if step.template_key == rule.fold_last_into]
        last = list_periods(rule, start, end, given)[-1:] if told else ()
        for step in told:
            done = step.status in FULFILLED
            if done and step.period is not None and [step.period] != [period.label for period in last]:
                facts = {"step": step.key, "day": step.done_on, "period": step.period, "end": end}
                raise Refused(Decided.TOLD_ALREADY(**facts))


def check_sums(
    work: GrantAtWork, decision: Decision, before: Mapping[str, object] = MappingProxyType({})
) -> None:
    """Raise Refused or BadInput for a decision whose sums do not fit.

    `before` are its instalments, by number, before it was corrected.
    """
    out = sum(part.amount_minor or 0 for part in work.instalments if part.status in OUT)
    total = add_up_award(work.decisions) or 0
    if total < out:
        raise Refused(Decided.LESS_THAN_RELEASED(sum=Amount(out, work.grant.currency)))
    if total > LARGEST_AWARD:
        raise BadInput(Decided.LARGEST_AWARD(most=LARGEST_AWARD))
    _check_stated(work, decision, before)


def _check_stated(work: GrantAtWork, decision: Decision, before: Mapping[str, object]) -> None:
    """Refuse instalments that a decision cannot state, or that exceed the programme's limit."""
    award = add_up_award(work.decisions)
    currency = work.grant.currency
    total = 0
    for key, stated in decision.instalments.items():
        place = Decided.INSTALMENT(number=key)
        rule = _stated_rule(work, int(key), place, is_part=isinstance(stated, str))
        if award is None:
            raise BadInput(Decided.AWARD_UNSTATED(part=place))
        out = any(row.rule == rule.number and row.status in OUT for row in work.instalments)
        if out and before.get(key) != stated:
            raise Refused(Decided.RELEASED_ALREADY(part=place))
        if rule.share.rate:
            continue
        minor = find_share(award, stated) if isinstance(stated, str) else stated
        most = award if rule.at_most is None else find_share(award, rule.at_most)
        if minor > most:
            sums = {"sum": Amount(minor, currency), "most": Amount(most, currency)}
            raise BadInput(Decided.MORE_THAN(part=place, **sums))
        total += minor
    if award is not None and total > award:
        raise BadInput(Decided.MORE_THAN_AWARD(sum=Amount(total, currency)))


def _stated_rule(work: GrantAtWork, number: int, place: Remark, *, is_part: bool) -> InstalmentRule:
    """Return the rule of an instalment whose sum, or rate, a decision states; BadInput for others.

    The number is the grant's. After payments of every period it is not the programme's, and no
    decision states a sum there.
    """
    rules = {rule.number: rule for rule in work.programme.instalments}
    rule = rules.get(next((row.rule or 0 for row in work.instalments if row.number == number), number))
    if rule is None:
        raise BadInput(Decided.NOT_ITS_SUM(part=place, share=Reading.NONE()))
    if rule.share.rate and is_part:
        is_said = number == work.programme.rate_of
    else:
        earlier = work.programme.instalments[: rule.number - 1]
        by_period = rule.each is not None or any(rule.each is not None for rule in earlier)
        is_said = not by_period and rule.share.kind not in ("rest", "claimed", "costs", "kept")
    if not is_said:
        raise BadInput(Decided.NOT_ITS_SUM(part=place, share=rule.text))
    return rule
