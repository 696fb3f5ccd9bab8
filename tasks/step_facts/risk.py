"""Find the money that depends on a step: it waits for it, is lost with it, or goes back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from models.facts.letter import Stake, StakeTerm
from models.rules.dates.extension import lapses_after
from models.rules.money.risk import find_losses
from models.rules.notices.contents import (
    ConditionFacts,
    InstalmentFacts,
    find_claims_at_risk,
    find_deciding_report,
    find_instalments_at_risk,
)
from models.vocabulary import NoticeKind, Phase, StepKind
from tasks.step_facts.step import StepAtHand, words_in


def money_at_risk(at: StepAtHand) -> Iterator[Stake]:
    """Yield the money that depends on the step, in the programme's words if it has some."""
    step = at.step
    grant = at.record.grant
    rule = at.rule
    own = at.own
    if rule is not None and rule.stake is not None:
        yield Stake(None, grant.currency, term=StakeTerm.SAID, said=words_in(rule.stake, at.language))
    elif step.kind == StepKind.REPAYMENT:
        yield Stake(step.repays_minor, grant.currency, term=StakeTerm.UNSPENT)
    elif step.kind == StepKind.RECOVERY and own is not None:
        out = own.amount_minor if own.paid_minor is None else own.paid_minor
        term = StakeTerm.RELEASED if own.paid_minor is None else StakeTerm.RECOVERED
        yield Stake(out, grant.currency, own.number, term=term)
    else:
        yield from _lapsing(at, list(_waiting(at)))
        for loss in find_losses(rule.late, step.due_on, grant.award_minor) if rule and step.due_on else ():
            term = StakeTerm.LOST_LATE
            yield Stake(loss.amount_minor, grant.currency, last_on=loss.from_on, term=term, share=loss.share)


def _lapsing(at: StepAtHand, waiting: list[Stake]) -> list[Stake]:
    """Return the waiting money, with the day on which the right to it lapses if the programme says so."""
    step = at.step
    rule = at.rule
    lapses = rule is not None and rule.lapses
    last_on = lapses_after(step.due_on, step.receipt.get("source"), lapses=lapses)
    if last_on is None:
        return waiting
    lapsing = waiting or [Stake(None, at.record.grant.currency)]
    return [replace(stake, term=StakeTerm.LAPSES, last_on=last_on) for stake in lapsing]


def _waiting(at: StepAtHand) -> Iterator[Stake]:
    step = at.step
    grant = at.record.grant
    applied = grant.applied_for_minor or None
    recovers = step.kind == StepKind.RECOVERY
    if step.phase == Phase.APPLICATION and not recovers:
        yield Stake(applied, grant.currency, last_on=_application_on(at))
        return
    if at.rule is not None and at.rule.instalment is not None:
        # A part whose sum is not known yet is at risk as well.
        if at.own is not None and at.own.amount_minor != 0:
            yield _own_part(at, at.own)
    elif step.phase == Phase.DECISION and not recovers:
        if applied:
            yield Stake(applied, grant.currency)
        if grant.award_minor is None and at.notice.kind != NoticeKind.DECIDED:
            return  # nobody has a part before the decision
    key = None if at.notice.kind == NoticeKind.DECIDED else step.template_key
    held = find_instalments_at_risk(key, at.parts, at.record.facts.before)
    for instalment, condition in held:
        yield _held_back(at, instalment, condition)
    yield from _claimed_after(at, {instalment.number for instalment, _ in held})


def _own_part(at: StepAtHand, own: InstalmentFacts) -> Stake:
    """Return the step's own instalment, with what another keeps of it and how much has come."""
    named = at.programme.instalments[own.rule - 1].keeper if own.rule else None
    keeper = words_in(named, at.language) if named and own.kept_minor else ""
    kept_minor = own.kept_minor if keeper else 0
    stake = Stake(
        own.amount_minor, at.record.grant.currency, own.number, kept_minor=kept_minor, keeper=keeper
    )
    if own.paid_minor and own.amount_minor is not None:
        return replace(stake, amount_minor=own.amount_minor - own.paid_minor, whole_minor=own.amount_minor)
    return stake


def _held_back(at: StepAtHand, instalment: InstalmentFacts, condition: ConditionFacts) -> Stake:
    """Return an instalment that waits for an approval, with the day of the report that decides it."""
    key = condition.template_key
    report_key = find_deciding_report(at.programme, at.rule, key) if at.rule else None
    report = next((step for step in at.unsettled if step.template_key == report_key), None)
    return Stake(
        instalment.amount_minor,
        at.record.grant.currency,
        instalment.number,
        at.name(StepKind.APPROVAL, None, at.record.rules.get(key)),
        last_on=report.due_on if report else None,
    )


def _claimed_after(at: StepAtHand, told: set[int]) -> Iterator[Stake]:
    """Yield the instalments not `told` already whose claim waits for the step."""
    programme = at.programme
    currency = at.record.grant.currency
    if at.rule is None or at.rule.kind in (StepKind.CLAIM, StepKind.PAYMENT):
        return
    step = (at.step.template_key, at.step.period)
    for instalment, claim in find_claims_at_risk(programme, step, at.parts, at.record.facts.before):
        if instalment.number not in told:
            name = at.name(claim.kind, instalment.period, claim)
            yield Stake(instalment.amount_minor, currency, instalment.number, name)


def _application_on(at: StepAtHand) -> date | None:
    """Return the last day to apply: that of the phase's last report, which may come after the step."""
    steps = at.programme.steps
    reports = [step.key for step in steps if step.phase is Phase.APPLICATION and step.kind is StepKind.REPORT]
    near = (at.step, *at.unsettled)
    return next((step.due_on for step in near if [step.template_key] == reports[-1:]), None)
