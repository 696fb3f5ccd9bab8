"""Make the instalments of a plan of a file's payments, each with its claim and its coming."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from models.programme.expand.names import PAYMENT_DAYS, Event, after, approval_of, claim_of, coming_of
from models.programme.expand.plan import Making
from models.programme.expand.terms import make_ends, make_late
from models.programme.expand.words import PAYMENTS, called, of_payment, todo
from models.programme.language.amounts.share import KEEPS, SHARE, Share
from models.programme.language.rule import Name, Rule
from models.programme.money import InstalmentRule
from models.programme.period import EndPeriod
from models.programme.problem import Place
from models.programme.step import StepRule
from models.programme.written.payment import WrittenMove, WrittenPayment
from models.programme.written.step import WrittenEnd
from models.reading.fields import Words
from models.reading.number import print_part
from models.vocabulary import StepKind


class Paid(NamedTuple):
    """A payment of the plan: its instalment, its steps, and what all payments so far come to at most."""

    instalment: InstalmentRule
    steps: tuple[StepRule, ...]
    most: str | None


def make_payment(making: Making, name: str, number: int) -> Paid | None:
    """Return the instalment of a payment and the steps that it makes; None where its parts do not fit."""
    payment, each, place = making.written.payments[name], making.named.payments[name], ("payments", name)
    read = making.read(SHARE.read, payment.share, (*place, "share"))
    share = read or Share("rest")  # so that the rest of the payment is read
    _refuse_ends(making, name)
    waits = making.needs(payment.needs, each, (*place, "needs"))
    ends = making.needs(payment.last.needs, each, (*place, "last", "needs")) if payment.last else ()
    first, last = _ends(making, name)
    instalment = making.sentences.make(
        place,
        lambda: InstalmentRule(
            number=number,
            each=each or None,
            first=first,
            last=last,
            needs=_approvals(making, waits),
            last_needs=_approvals(making, ends),
            share=share,
            **(_kept(making, payment, share, (*place, "keeps")) if read else {}),
        ),
    )
    if instalment is None:
        return None
    moves = _Moves(making, name, number, share, waits)
    most = None if share.in_all is None else print_part(share.in_all)
    return Paid(instalment, tuple(moves.steps(instalment)), most)


def _approvals(making: Making, events: tuple[Event, ...]) -> tuple[str, ...]:
    known = {approval_of(name) for name, step in making.written.steps.items() if step.approval}
    return tuple(one.need for one in events if one.key in known)


def _ends(making: Making, name: str) -> tuple[EndPeriod | None, EndPeriod | None]:
    """Return what differs for the first and the last period of a payment, as its step has it where it follows one."""
    payment, each = making.written.payments[name], making.named.payments[name]
    step = making.written.steps.get(payment.each or "")
    whose, place = (payment, ("payments", name)) if step is None else (step, ("steps", payment.each or ""))
    return make_ends(making, (_cut(whose.first), _cut(whose.last)), each, place)


def _cut(end: WrittenEnd | None) -> WrittenEnd | None:
    """Return what a payment has of an end: which periods there are; one that is asked in another step is paid."""
    if end is None or (end.join is None and not end.skip):
        return None
    return WrittenEnd(join=end.join, skip=end.skip)


def _refuse_ends(making: Making, name: str) -> None:
    """Say what cannot differ at the ends of a payment."""
    payment = making.written.payments[name]
    for key, end in (("first", payment.first), ("last", payment.last)):
        if end is None:
            continue
        place = ("payments", name, key)
        if end.due is not None:
            making.sentences.say((*place, "due"), "a payment has no day of its own: write it in 'claim'")
        if end.into is not None:
            said = (
                "a payment has no figures to be asked elsewhere: say it in the step, and name that in 'each'"
            )
            making.sentences.say((*place, "into"), said)
        if payment.each in making.written.steps and (end.skip or end.join is not None):
            said = f"its periods are those of '{payment.each}': say there which are skipped or joined"
            making.sentences.say(place, said)
        if end.needs and key == "first":
            making.sentences.say((*place, "needs"), "only the last period of a payment can need more")


def _kept(making: Making, payment: WrittenPayment, share: Share, place: Place) -> dict[str, object]:
    """Return what another keeps of a payment, as keys of its instalment; its words may be one for each language."""
    if payment.keeps is None:
        return {}
    sv, en = (making.sentences.read(KEEPS.read, said, place) for said in (payment.keeps.sv, payment.keeps.en))
    if sv is None or en is None:
        return {}
    if (sv.part, sv.of_claim) != (en.part, en.of_claim):
        making.sentences.say(place, "it says two parts: only the words in quotes may differ")
    if en.of_claim != (share.kind in ("costs", "claimed")):
        mend = "take out 'of the claim'" if en.of_claim else "say 'of the claim'"
        what = "of costs a part of the claim is kept, of all else a part of the award"
        making.sentences.say(place, f"{what}: {mend}")
    return {"keeps": en, "keeper": Words(sv=sv.title, en=en.title)}


class _Moves:
    """The claim and the coming of a payment."""

    def __init__(
        self, making: Making, name: str, number: int, share: Share, waits: tuple[Event, ...]
    ) -> None:
        self._making, self._name, self._number = making, name, number
        self._payment, self._each = making.written.payments[name], making.named.payments[name]
        asks = (*share.asks, *([share.unused] if share.unused else []))
        named = making.named
        self._reports = tuple(
            event
            for one in asks
            for event in (named.event(f"{one.step}.done", self._each), *named.taking_in(one.step, self._each))
        )
        self._needs = tuple(dict.fromkeys((*waits, *self._reports)))
        self._waits = waits
        self._called = called(name, self._payment.title, PAYMENTS)

    def steps(self, instalment: InstalmentRule) -> Iterator[StepRule]:
        """Yield the claim, where one is made, and the coming."""
        unasked = self._payment.claim == "none"
        if not unasked or instalment.every_need or instalment.claimed:
            yield from self._step(
                "claim", claim_of(self._name), self._claimed_by(unasked=unasked), self._awaited
            )
            claimed = Event(claim_of(self._name))
            yield from self._step(
                "payment", coming_of(self._name), after(PAYMENT_DAYS, claimed.text), (claimed.need,)
            )
        else:
            events = [one.text for one in self._needs] or ["decision"]
            yield from self._step(
                "payment", coming_of(self._name), after(PAYMENT_DAYS, *events), self._awaited
            )

    @property
    def _awaited(self) -> tuple[str, ...]:
        return tuple(one.need for one in self._needs) or ("funder-decision",)

    def _claimed_by(self, *, unasked: bool) -> Rule:
        """Return when a claim that says nothing is due: after what it needs, or with the report of its costs."""
        if unasked and self._needs:
            return Rule(Name(self._needs[-1].text), source="the funder pays unasked")
        if self._waits:
            return after(14, *(one.text for one in self._needs))
        if self._reports:
            return Rule(Name(self._reports[-1].need))
        return after(14, "decision")

    def _step(self, kind: str, key: str, usual: Rule, needs: tuple[str, ...]) -> Iterator[StepRule]:
        move = self._payment.claim if kind == "claim" else self._payment.paid
        part = move if isinstance(move, WrittenMove) else WrittenMove()
        making, place = self._making, ("payments", self._name, "claim" if kind == "claim" else "paid")
        what = called("", part.title, {}) if part.title else of_payment(kind, self._called)
        actor = making.actor(part.by, place)
        more = tuple(one.need for one in making.needs(part.needs, self._each, (*place, "needs")))
        first, last = _ends(making, self._name)
        made = making.sentences.make(
            place,
            lambda: StepRule(
                key=key,
                phase=part.phase or making.phases.of_payment(self._name),
                kind=StepKind(kind),
                title=what.title,
                definite=what.definite,
                todo=part.todo or todo(kind, what),
                owner=actor.owner,
                with_funder=kind == "payment",
                each=self._each or None,
                first=first,
                last=last,
                due=making.rule(part.due, (*place, "due"), self._each) or usual,
                opens=making.rule(part.opens, (*place, "opens"), self._each),
                needs=tuple(dict.fromkeys((*needs, *more))),
                instalment=self._number,
                ladder=part.ladder or ("short" if kind == "claim" else "ask-the-funder"),
                stake=part.stake,
                **make_late(making, part, (*place, "late")),
            ),
        )
        if made is not None:
            yield made
