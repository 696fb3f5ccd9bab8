"""Make a plan's instalments from a file's payments, each with its claim and payment steps."""

from collections.abc import Iterator
from functools import partial

from models.programme.expand.builder import PlanBuilder, make_ends, make_part, needs_of
from models.programme.expand.plan_names import (
    PAYMENT_DAYS,
    StepEvent,
    after,
    approval_of,
    claim_of,
    coming_of,
)
from models.programme.expand.sentences import Place
from models.programme.expand.words import PAYMENTS, called, made_for, todo
from models.programme.instalment import InstalmentRule
from models.programme.language.amounts import KEEPS, SHARE, Share
from models.programme.language.rule import Name, Rule
from models.programme.step import EndPeriod, StepRule
from models.programme.written.step import WrittenEnd, WrittenMove, WrittenPayment
from models.reading.fields import Words
from models.vocabulary import StepKind

_CLAIM_DAYS = 14


def make_payment(
    builder: PlanBuilder, name: str, number: int
) -> tuple[InstalmentRule, tuple[StepRule, ...]] | None:
    """Return the instalment of a payment and the steps that it makes; None if its parts do not fit."""
    payment = builder.written.payments[name]
    each = builder.known.payments[name]
    place: Place = ("payments", name)
    unasked = payment.claim == "none"
    read = builder.read(SHARE.read, payment.share, (*place, "share"))
    share = read or Share("rest")  # a stand-in, so that the rest of the payment is read
    if unasked and share.kind == "claimed":
        fault = "the claim says the sum: write of which costs, as report.spent, or take 'claim: none' out"
        builder.sentences.say((*place, "share"), fault)
    waits = builder.needs(payment.needs, each, (*place, "needs"))
    ends = builder.needs(payment.last.needs, each, (*place, "last", "needs")) if payment.last else ()
    cut = _ends(builder, name)
    instalment = builder.sentences.make(
        place,
        lambda: InstalmentRule.model_validate(
            {
                "number": number,
                "each": each or None,
                # An instalment that nobody claims is not withheld here: the funder pays it after approving.
                "needs": () if unasked else _approvals(builder, waits),
                "last_needs": () if unasked else _approvals(builder, ends),
                "share": share,
                **cut,
                **(_kept(builder, payment, share, (*place, "keeps")) if read else {}),
            }
        ),
    )
    if instalment is None:
        return None
    return instalment, tuple(filter(None, _moves(builder, name, instalment, waits, ends)))


def _approvals(builder: PlanBuilder, events: tuple[StepEvent, ...]) -> tuple[str, ...]:
    approvals = {approval_of(name) for name, step in builder.written.steps.items() if step.approval}
    return tuple(event.need for event in events if event.key in approvals)


def _ends(builder: PlanBuilder, name: str) -> dict[str, EndPeriod | None]:
    """Return the differences of a payment's first and last period; a payment that follows a step has the step's."""
    payment = builder.written.payments[name]
    each = builder.known.payments[name]
    step = builder.written.steps.get(payment.each or "")
    for key, end in (("first", payment.first), ("last", payment.last)):
        if end is not None and _is_beyond_payments(end, key, follows_step=step is not None):
            fault = (
                "here a payment can be skipped or joined, and its last one need more: say the rest in its claim,"
                " or in the step that 'each' names"
            )
            builder.sentences.say(("payments", name, key), fault)
    if step is None:
        return make_ends(builder, (_cut(payment.first), _cut(payment.last)), each, ("payments", name))
    last = _cut(step.last)
    if payment.last is not None and payment.last.skip:
        last = WrittenEnd(join=last.join if last else None, skip=True)
    return make_ends(builder, (_cut(step.first), last), each, ("steps", payment.each or ""))


def _is_beyond_payments(end: WrittenEnd, key: str, *, follows_step: bool) -> bool:
    """Return whether an end says something that belongs to the payment's claim or step.

    A step says which periods there are. Only its last period may go unpaid.
    """
    if end.due is not None or end.into is not None or (end.needs and key == "first"):
        return True
    return follows_step and (end.join is not None or (end.skip and key == "first"))


def _cut(end: WrittenEnd | None) -> WrittenEnd | None:
    """Return a payment's part of an end: which periods there are. One that another step asks about is paid."""
    if end is None or (end.join is None and not end.skip):
        return None
    return WrittenEnd(join=end.join, skip=end.skip)


def _kept(builder: PlanBuilder, payment: WrittenPayment, share: Share, place: Place) -> dict[str, object]:
    """Return what another keeps of a payment, as keys of its instalment; its words may differ by language."""
    if payment.keeps is None:
        return {}
    sv, en = (
        builder.sentences.read(KEEPS.read, sentence, place)
        for sentence in (payment.keeps.sv, payment.keeps.en)
    )
    if sv is None or en is None:
        return {}
    if (sv.part, sv.of_claim) != (en.part, en.of_claim):
        builder.sentences.say(place, "it says two parts: only the words in quotes may differ")
    if en.of_claim != (share.kind in ("costs", "claimed")):
        mend = "take out 'of the claim'" if en.of_claim else "say 'of the claim'"
        what = "of costs a part of the claim is kept, of all else a part of the award"
        builder.sentences.say(place, f"{what}: {mend}")
    return {"keeps": en, "keeper": Words(sv=sv.title, en=en.title)}


def _moves(
    builder: PlanBuilder,
    name: str,
    instalment: InstalmentRule,
    waits: tuple[StepEvent, ...],
    ends: tuple[StepEvent, ...],
) -> Iterator[StepRule | None]:
    """Yield the claim, if one is made, and the payment.

    `waits` is what every part waits for, `ends` what the last one waits for as well.
    """
    each = instalment.each or ""
    share = instalment.share
    asks = (*share.asks, *([share.unused] if share.unused else []))
    reports = tuple(event for ask in asks for event in builder.done(ask.step, each))
    events = tuple(dict.fromkeys((*waits, *reports)))
    needs = needs_of(events) or ("funder-decision",)
    move = partial(_move, builder, name, instalment=instalment)
    if builder.written.payments[name].claim == "none":
        due = _after(PAYMENT_DAYS, events)
        last = _last_after(PAYMENT_DAYS, instalment, events, ends)
        yield move(kind=StepKind.PAYMENT, due=due, needs=needs, last=last)
        return
    at_report = bool(reports) and not waits
    due = Rule(Name(reports[-1].need)) if at_report else _after(_CLAIM_DAYS, events)
    last = _last_after(_CLAIM_DAYS, instalment, events, ends)
    yield move(kind=StepKind.CLAIM, due=due, needs=needs, last=last)
    claimed = StepEvent(claim_of(name))
    due = after(PAYMENT_DAYS, claimed.text)
    yield move(kind=StepKind.PAYMENT, due=due, needs=(claimed.need,), last=instalment.last)


def _last_after(
    days: int, instalment: InstalmentRule, events: tuple[StepEvent, ...], ends: tuple[StepEvent, ...]
) -> EndPeriod | None:
    """Return the last period's difference: it waits for `ends` as well, and is due so many days after all."""
    if not ends:
        return instalment.last
    end = instalment.last or EndPeriod()
    due = None if end.skip else _after(days, (*events, *ends))
    return end.model_copy(update={"needs": needs_of(ends), "due": due})


def _after(days: int, events: tuple[StepEvent, ...]) -> Rule:
    """Return the rule "so many days after the last of the events", or after the decision if there is none."""
    return after(days, *([event.text for event in events] or ["decision"]))


def _move(
    builder: PlanBuilder,
    name: str,
    instalment: InstalmentRule,
    kind: StepKind,
    due: Rule,
    needs: tuple[str, ...],
    last: EndPeriod | None,
) -> StepRule | None:
    payment = builder.written.payments[name]
    is_claim = kind is StepKind.CLAIM
    written = payment.claim if is_claim else payment.paid
    part = written if isinstance(written, WrittenMove) else WrittenMove()
    place: Place = ("payments", name, "claim" if is_claim else "paid")
    if part.due is not None and last is not None:
        last = last.model_copy(update={"due": None})  # a rule for every part holds for the last
    if part.title is not None:
        words = called("", part.title, {})
    else:
        words = made_for(str(kind), called(name, payment.title, PAYMENTS))
    return make_part(
        builder,
        place,
        part,
        builder.actor(part.by, place),
        words,
        each=instalment.each or "",
        due=due,
        todo=todo(str(kind), words),
        needs=needs,
        key=claim_of(name) if is_claim else coming_of(name),
        phase=part.phase or builder.phases.of_payment(name),
        kind=kind,
        with_funder=not is_claim,
        ladder="short" if is_claim else "ask-the-funder",
        instalment=instalment.number,
        first=instalment.first,
        last=last,
    )
