"""Record a funder's decisions: they set sums and dates, and settle what waited for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine

from models.errors import BadInput, Refused
from models.grant import Decision
from models.personal_numbers import refuse_personal_numbers
from models.programme import Programme
from models.rules.shares import add_up_award, decision_order, share_of
from models.rules.thresholds import sum_text
from models.sentence import Sentence
from models.vocabulary import (
    OUT,
    UNSETTLED,
    DecisionKind,
    GrantStatus,
    NoticeKind,
    Role,
    StepKind,
    StepStatus,
)
from tasks.grants.at_work.grant_at_work import GrantAtWork, add_draft, find_person, rule_of
from tasks.grants.planning.changes import grant_at_work
from tasks.grants.planning.date_notices import missing_dates
from tasks.grants.planning.extensions import due_days, tell_what_is_new, tell_what_moved
from tasks.grants.planning.plan_facts import award_of
from tasks.grants.planning.replanning import replan
from tasks.grants.sums.instalment_sums import unstated_instalments
from tasks.grants.sums.instalments import share_text
from tasks.store.database import dry_run

ENDS = (DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL)
# What the database's integers hold, with room for adding up.
LARGEST_AWARD = 10**18


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A funder's decision as a person reports it; `dates` are named dates that it sets."""

    kind: DecisionKind
    decided_on: date
    amount_minor: int | None = None
    total_minor: int | None = None
    purpose: str = ""
    conditions: str = ""
    dates: Mapping[str, date] = field(default_factory=dict)
    source: str = ""
    instalments: Mapping[int, int | str] = field(default_factory=dict)  # a sum in minor units, or "60 %"
    recorded_at: datetime | None = None  # where it was recorded before, in another database


def record_decision(
    engine: Engine,
    reference: str,
    decision: DecisionInput,
    *,
    by_email: str | None,
    today: date,
    now: datetime,
) -> tuple[str, ...]:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it.

    Returns the names of the dates that the programme wants from a decision and none has given: what counts from
    them is not watched until one does.
    """
    with grant_at_work(engine, reference, today, now) as work:
        decide_at_work(work, decision, by_email, now)
        return missing_dates(work)


def decide_at_work(work: GrantAtWork, decision: DecisionInput, by_email: str | None, now: datetime) -> None:
    """Record a decision in a change to the grant, and draft what is told of it.

    The coordinator hears of the decision, and whoever owns a step whose date it moves hears of that.
    """
    person = find_person(work.session, by_email) if by_email else None
    dates = due_days(work)
    apply_decision(work, decision, person.id if person else None, now)
    draft_decided(work, decision, f"decided-{decision.kind}-{decision.decided_on.isoformat()}")
    _end_extensions(work, decision)
    replan(work)
    tell_what_moved(work, dates, person.id if person else None, decision.source)
    if decision.kind is not DecisionKind.AWARD:
        tell_what_is_new(work, {key for key, day in dates.items() if day is not None}, decision.source)


def draft_decided(work: GrantAtWork, about: DecisionInput, rung: str, **detail: object) -> None:
    """Draft the coordinator's letter about a decision: with the funder's step, or without one with the last."""
    owner = work.roles.get(Role.COORDINATOR)
    told = next((s for s in work.steps.values() if s.kind is StepKind.FUNDER), None)
    told = told or max(work.steps.values(), key=lambda step: step.position, default=None)
    if owner is None or told is None:
        return
    amount = about.amount_minor if about.amount_minor is not None else about.total_minor
    said = {
        "decision": str(about.kind),
        "amount_minor": amount,
        "currency": work.grant.currency,
        "purpose": about.purpose,
    }
    add_draft(work, told, NoticeKind.DECIDED, rung, owner, **(said | detail))


def _end_extensions(work: GrantAtWork, decision: DecisionInput) -> None:
    """Let a date that the decision gives hold for its steps, over what they were extended to before it."""
    for step in work.steps.values():
        rule = rule_of(work, step)
        if rule is None or step.fixed_due_on is None or step.status not in UNSETTLED:
            continue
        if any(name in decision.dates for name in (rule.due.on, rule.due.unless) if isinstance(name, str)):
            step.fixed_due_on = step.fixed_due_source = None


def apply_decision(work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime) -> None:
    """Add the decision to the grant; the caller replans."""
    refuse_personal_numbers(purpose=decision.purpose, conditions=decision.conditions)
    _check_decision(work, decision)
    row = add_decision(work, decision, by_id, now)
    check_sums(work, row)
    stated: dict[str, Any] = {"instalments": dict(row.instalments)} if row.instalments else {}
    work.happened(
        "decision_recorded",
        person_id=by_id,
        kind=str(decision.kind),
        decided_on=decision.decided_on.isoformat(),
        amount_minor=decision.amount_minor,
        total_minor=decision.total_minor,
        **stated,
    )
    if decision.kind in ENDS:
        _end_without_money(work, decision)
        return
    if decision.kind is DecisionKind.AWARD:
        _settle_by_decision(work, decision, by_id)


def add_decision(
    work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime, **column: object
) -> Decision:
    """Add the decision's row, and return it."""
    values = {
        "grant_id": work.grant_id,
        "kind": decision.kind,
        "decided_on": decision.decided_on,
        "amount_minor": decision.amount_minor,
        "total_minor": decision.total_minor,
        "purpose": decision.purpose,
        "conditions": decision.conditions,
        "dates": {
            name: {"on": on.isoformat(), "source": decision.source or f"decision of {decision.decided_on}"}
            for name, on in decision.dates.items()
        },
        "instalments": {str(number): said for number, said in decision.instalments.items()},
        "source": decision.source,
        "recorded_by_id": by_id,
        "recorded_at": decision.recorded_at or now,
        **column,
    }
    (row,) = work.add(Decision, [values])
    if not row.annulled:
        work.decisions.append(row)
        work.decisions.sort(key=decision_order)
    return row


def _check_decision(work: GrantAtWork, decision: DecisionInput) -> None:
    if work.grant.status is not GrantStatus.OPEN:
        mend = Sentence("annul that first (--correct)")
        if work.grant.status is GrantStatus.CLOSED:
            mend = Sentence("money that comes now needs a grant of its own")
        raise Refused(
            Sentence(
                "grant %(reference)s is %(status)s: %(mend)s",
                reference=work.grant.reference,
                status=work.grant.status,
                mend=mend,
            )
        )
    check_among(work, decision)
    award = award_of(work)
    if decision.kind is DecisionKind.AWARD and award is not None:
        raise Refused(
            Sentence(
                "the grant has an award already; record a supplement or an amendment, or correct it (--correct"
                " %(day)s)",
                day=award.decided_on,
            )
        )
    if decision.kind is DecisionKind.REFUSAL and award is not None:
        raise Refused(Sentence("the grant has an award already; record a withdrawal"))


def named_decision(kind: DecisionKind, decided_on: date) -> Sentence:
    """Return a decision as messages name it: "the award of 2009-11-05"."""
    return Sentence("the %(kind)s of %(day)s", kind=kind, day=decided_on)


def no_date(programme: Programme, name: str) -> Sentence:
    """Return that the programme has no date of that name, and which it has."""
    known = ", ".join(sorted(programme.dates)) or Sentence("none")
    return Sentence("the programme has no date '%(date)s'; it has: %(known)s", date=name, known=known)


def check_among(work: GrantAtWork, decision: DecisionInput) -> None:
    """Raise BadInput for a decision that says what it cannot, Refused for one that does not go with the others."""
    if decision.kind in ENDS and (decision.amount_minor is not None or decision.total_minor is not None):
        raise BadInput(Sentence("a %(kind)s ends the grant and states no sum", kind=decision.kind))
    if decision.decided_on > work.today:
        named = named_decision(decision.kind, decision.decided_on)
        raise BadInput(Sentence("%(decision)s lies in the future", decision=named))
    unknown = [name for name in decision.dates if name not in work.programme.dates]
    if unknown:
        raise BadInput(no_date(work.programme, unknown[0]))
    if any((one.kind, one.decided_on) == (decision.kind, decision.decided_on) for one in work.decisions):
        raise Refused(
            Sentence(
                "%(decision)s is recorded already; what is otherwise in it can be corrected (--correct %(day)s)",
                decision=named_decision(decision.kind, decision.decided_on),
                day=decision.decided_on,
            )
        )
    award = award_of(work)
    if decision.kind in (DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT):
        if award is None:
            raise Refused(Sentence("a %(kind)s needs an award first", kind=decision.kind))
        if decision.decided_on < award.decided_on:
            raise Refused(
                Sentence(
                    "a %(kind)s cannot come before the award of %(day)s",
                    kind=decision.kind,
                    day=award.decided_on,
                )
            )


def check_sums(
    work: GrantAtWork, decision: Decision, before: Mapping[str, object] = MappingProxyType({})
) -> None:
    """Raise Refused or BadInput for a decision whose sums do not fit.

    `before` is what it said of instalments, by number, until it was corrected.
    """
    out = sum(part.amount_minor or 0 for part in work.instalments if part.status in OUT)
    total = add_up_award(work.decisions) or 0
    if total < out:
        raise Refused(
            Sentence(
                "the award would become smaller than what is released: %(sum)s",
                sum=sum_text(out, work.grant.currency),
            )
        )
    if total > LARGEST_AWARD:
        raise BadInput(
            Sentence(
                "the award would be larger than any sum here can be (%(most)s in minor units)",
                most=LARGEST_AWARD,
            )
        )
    _check_stated(work, decision, before)


def _check_stated(work: GrantAtWork, decision: Decision, before: Mapping[str, object]) -> None:
    """Refuse what a decision says of an instalment that is not its to say, or over what the programme allows."""
    rules = {rule.number: rule for rule in work.programme.instalments}
    award, currency = add_up_award(work.decisions), work.grant.currency
    total = 0
    for key, said in decision.instalments.items():
        rule, place = rules.get(int(key)), Sentence("instalment %(number)s", number=key)
        if rule is None:
            there = ", ".join(map(str, rules))
            raise BadInput(
                Sentence("there is no %(part)s; the programme has: %(there)s", part=place, there=there)
            )
        if rule.each is not None or rule.share in ("rest", "claimed", "kept"):
            raise BadInput(
                Sentence(
                    "a decision does not say the sum of %(part)s: the programme says %(share)s",
                    part=place,
                    share=share_text(rule),
                )
            )
        if award is None:
            raise BadInput(
                Sentence("no decision states the award: say it first, then the sum of %(part)s", part=place)
            )
        out = any(row.rule == rule.number and row.status in OUT for row in work.instalments)
        if out and before.get(key) != said:
            raise Refused(Sentence("%(part)s is released already, and keeps its sum", part=place))
        minor = share_of(award, said) if isinstance(said, str) else said
        total += minor
        most = award if rule.at_most is None else share_of(award, rule.at_most)
        if minor > most:
            cap = Sentence("the award")
            if rule.at_most:
                share, cap_sum = rule.at_most, sum_text(most, currency)
                cap = Sentence("%(share)s of the award, %(sum)s", share=share, sum=cap_sum)
            said_sum = sum_text(minor, currency)
            raise BadInput(
                Sentence(
                    "%(part)s is %(sum)s, which is more than %(most)s", part=place, sum=said_sum, most=cap
                )
            )
    if award is not None and total > award:
        raise BadInput(
            Sentence(
                "the instalments come to %(sum)s, which is more than the award", sum=sum_text(total, currency)
            )
        )


def find_unstated(engine: Engine, reference: str, today: date, now: datetime) -> tuple[tuple[int, str], ...]:
    """Return the instalments of a grant whose sum a decision must say and none has; nothing is changed."""
    with grant_at_work(dry_run(engine), reference, today, now) as work:
        return unstated_instalments(work)


def _settle_by_decision(work: GrantAtWork, decision: DecisionInput, by_id: int | None) -> None:
    for step in work.steps.values():
        rule = rule_of(work, step)
        if rule is not None and rule.settled_by_decision and step.status in UNSETTLED:
            step.status = StepStatus.DONE
            step.done_on = decision.decided_on
            step.done_by_id = by_id
            step.version += 1
            work.happened("step_settled_by_decision", step, by_id)


def _end_without_money(work: GrantAtWork, decision: DecisionInput) -> None:
    refused = decision.kind is DecisionKind.REFUSAL
    work.grant.status = GrantStatus.REFUSED if refused else GrantStatus.WITHDRAWN
    work.grant.closed_on = work.today
    for step in work.steps.values():
        if step.status in UNSETTLED:
            step.status = StepStatus.CANCELLED
            step.version += 1
            work.happened("step_cancelled", step)
    work.happened(f"grant_{work.grant.status}")
