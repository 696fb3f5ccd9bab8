"""Refuse a funder's decision that does not fit the grant, its other decisions or its money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from models.commands.decisions import DecisionInput
from models.errors import BadInput, Refused
from models.programme.file import Programme
from models.programme.money import InstalmentRule
from models.rules.dates.thresholds import sum_text
from models.rules.money.correction import ENDS
from models.rules.money.shares import add_up_award, share_of
from models.sentence import Sentence
from models.tables.grant import Decision
from models.vocabulary import OUT, DecisionKind, GrantStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.replan.facts import award_of
from tasks.commands.sums.instalments import share_text

# What the database's integers hold, with room for adding up.
LARGEST_AWARD = 10**18


def check_decision(work: GrantAtWork, decision: DecisionInput) -> None:
    """Raise Refused or BadInput for a decision that the grant, as it is, cannot have; its sums are not looked at."""
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
    """Refuse what a decision says of instalments that is not its to say, or over what the programme allows."""
    award, currency = add_up_award(work.decisions), work.grant.currency
    rules = {rule.number: rule for rule in work.programme.instalments}
    total = 0
    for key, said in decision.instalments.items():
        place = Sentence("instalment %(number)s", number=key)
        rule = _stated_rule(rules, int(key), place)
        if award is None:
            raise BadInput(
                Sentence("no decision states the award: say it first, then the sum of %(part)s", part=place)
            )
        out = any(row.rule == rule.number and row.status in OUT for row in work.instalments)
        if out and before.get(key) != said:
            raise Refused(Sentence("%(part)s is released already, and keeps its sum", part=place))
        minor = share_of(award, said) if isinstance(said, str) else said
        _check_most(rule, place, minor, award, currency)
        total += minor
    if award is not None and total > award:
        raise BadInput(
            Sentence(
                "the instalments come to %(sum)s, which is more than the award", sum=sum_text(total, currency)
            )
        )


def _stated_rule(rules: Mapping[int, InstalmentRule], number: int, place: Sentence) -> InstalmentRule:
    """Return the programme's rule of an instalment whose sum a decision says; BadInput where it does not."""
    rule = rules.get(number)
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
    return rule


def _check_most(rule: InstalmentRule, place: Sentence, minor: int, award: int, currency: str) -> None:
    """Refuse an instalment that is larger than its part of the award may be."""
    most = award if rule.at_most is None else share_of(award, rule.at_most)
    if minor <= most:
        return
    cap = Sentence("the award")
    if rule.at_most:
        share, cap_sum = rule.at_most, sum_text(most, currency)
        cap = Sentence("%(share)s of the award, %(sum)s", share=share, sum=cap_sum)
    raise BadInput(
        Sentence(
            "%(part)s is %(sum)s, which is more than %(most)s",
            part=place,
            sum=sum_text(minor, currency),
            most=cap,
        )
    )
