"""Make the steps of a plan of those that a file names, each with its approval."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from models.programme.expand.names import APPROVAL_DAYS, Event, after, approval_of
from models.programme.expand.phases import OF_STEPS
from models.programme.expand.plan import Making
from models.programme.expand.questions import make_question
from models.programme.expand.terms import make_ends, make_late, make_repayment, make_thresholds
from models.programme.expand.words import STEPS, Called, asking, called, joined, of_approval, todo
from models.programme.language.amounts.share import Repays
from models.programme.language.amounts.terms import When
from models.programme.language.kinds import print_sum
from models.programme.language.parser import read_rule
from models.programme.language.rule import Name, Rule, Shift, points_of
from models.programme.names import DRAFT
from models.programme.period import EndPeriod
from models.programme.problem import Place
from models.programme.question import Option, Question
from models.programme.step import StepRule
from models.programme.written.step import WrittenPart, WrittenStep
from models.reading.fields import Words
from models.vocabulary import Phase, StepKind

_APPLIED = (When("given", date=Name("application")),)
_OPENS = {
    True: read_rule("1 day after period_cut_end even on a day off (our choice)"),
    False: read_rule("1 day after grant_end even on a day off (our choice)"),
}


def make_steps(making: Making, name: str) -> Iterator[StepRule]:
    """Yield the step of a name, and its approval where somebody approves it."""
    step, each, place = making.written.steps[name], making.named.steps[name], ("steps", name)
    actor = making.actor(step.by, place)
    kind = StepKind.REPORT if step.repays is None else StepKind.REPAYMENT
    is_funders = actor.with_funder or name == "funder-decision"
    due = making.rule(step.due, (*place, "due"), each) or _due_of(making, name, step)
    kind = StepKind.FUNDER if is_funders else kind
    phase, words = making.phases.of_step(name), called(name, step.title, STEPS)
    repays = make_repayment(making, step, (*place, "repays"))
    first, last = make_ends(making, (step.first, step.last), each, place)
    when = make_thresholds(making, step, (*place, "when"))
    rule = making.sentences.make(
        place,
        lambda: StepRule(
            key=name,
            phase=phase,
            kind=kind,
            **_words(
                step,
                words,
                _todo_kind(name, step, kind, due),
                more=tuple(_asked_of_owner(making, step, when)),
            ),
            owner=actor.owner,
            with_funder=is_funders,
            each=each or None,
            first=first,
            last=last,
            due=due,
            opens=making.rule(step.opens, (*place, "opens"), each) or _opens(kind, phase, each),
            needs=_needs(making, step, due, each, place, repays),
            ladder=step.ladder or _ladder(step, phase, is_funders=is_funders),
            questions=tuple(_questions(making, name, place)),
            documents=tuple(Option(key=key, title=one) for key, one in step.documents.items()),
            settled_by_decision=name in OF_STEPS,
            when=when or (_APPLIED if name in OF_STEPS else ()),
            optional=step.optional or step.one_for is not None or any(one.figure for one in when),
            repays=repays,
            stake=step.stake,
            **make_late(making, step, (*place, "late")),
        ),
    )
    if rule is not None:
        yield rule
        yield from _approval(making, rule, words)


def _due_of(making: Making, name: str, step: WrittenStep) -> Rule:
    """Return when a step without a rule is due: as late as its approval allows."""
    if step.approval is None or step.approval.due is None:
        if step.due is None:
            said = "it has no 'due': a step without one needs an approval that has one"
            making.sentences.say(("steps", name), said)
        return Rule(Name("decision"))  # so that the rest of the step is read
    approval = approval_of(name)
    if step.approval.by in making.written.bodies:
        return Rule(Name(f"{approval}{DRAFT}"))
    return Rule(Shift(APPROVAL_DAYS, "days", True, Name(approval)), source="our choice")


def _words(part: WrittenPart, words: Called, kind: str, more: tuple[Words, ...] = ()) -> dict[str, object]:
    said = part.todo or joined(todo(kind, words), *more)
    return {"title": words.title, "definite": words.definite, "todo": said}


def _asked_of_owner(making: Making, step: WrittenStep, when: tuple[When, ...]) -> Iterator[Words]:
    """Yield what only the owner can know: where the step is not needed."""
    for one in when:
        if one.figure:
            bound = f"{print_sum(one.sum or Decimal(0))} {making.written.currency}"
            yield asking(f"recipient-{one.side}", figure=one.figure.replace("_", " "), sum=bound)
    if step.one_for is not None:
        yield asking("one-for")


def _todo_kind(name: str, step: WrittenStep, kind: StepKind, due: Rule) -> str:
    if name == "close" or kind is not StepKind.REPORT:
        return name if name == "close" else str(kind)
    if step.approval is not None and step.approval.by != "funder":
        return "draft"
    # What comes once a period in a time of our own is for us: no funder waits for it.
    return "answer" if step.each and due.is_choice else "report"


def _opens(kind: StepKind, phase: Phase, each: str) -> Rule | None:
    """Return from when a report can be answered: the day after its period, or the grant, ends."""
    if kind is not StepKind.REPORT or phase not in (Phase.FOLLOW_UP, Phase.FINAL_REPORT):
        return None
    return _OPENS[bool(each)]


def _ladder(step: WrittenStep, phase: Phase, *, is_funders: bool) -> str:
    if is_funders:
        return "ask-the-funder"
    own = step.approval is not None and step.due is None
    return "short" if own or phase is Phase.RELEASE else "default"


def _needs(
    making: Making, step: WrittenStep, due: Rule, each: str, place: Place, repays: Repays | None
) -> tuple[str, ...]:
    """Return what a step waits for: what it needs, and the event after which its days are counted."""
    found = list(making.needs(step.needs, each, (*place, "needs")))
    for one in repays.asks if repays is not None else ():
        found += making.named.taking_in(one.step, each)
    return tuple(dict.fromkeys([*(event.need for event in found), *_counted_from(due)]))


def _counted_from(due: Rule) -> Iterator[str]:
    if due.otherwise is not None or not isinstance(due.what, Shift | Name):
        return
    points = list(points_of(due))
    last = points[-1]
    before = any(getattr(one, "before", False) for one in points)
    if isinstance(last, Name) and last.text.endswith(".done") and not before:
        yield last.text.removesuffix(".done")


def _questions(making: Making, name: str, place: Place) -> Iterator[Question]:
    for key, asked in making.written.steps[name].questions.items():
        where: Place = (*place, "questions", key)
        made = making.sentences.make(where, partial(make_question, making, key, asked, where))
        if made is not None:
            yield made


def _approval(making: Making, step: StepRule, about: Called) -> Iterator[StepRule]:
    """Yield the approval of a step, in its periods; of one that is folded into another step that step's counts."""
    approval = making.written.steps[step.key].approval
    if approval is None:
        return
    place: Place = ("steps", step.key, "approval")
    actor, each = making.actor(approval.by, place, bodies=True), step.each or ""
    kind = "funder-approval" if actor.with_funder else "body-approval" if actor.body else "approval"
    own = Called(approval.title, approval.title) if approval.title else of_approval(about, actor.words)
    due = making.rule(approval.due, (*place, "due"), each) or after(APPROVAL_DAYS, Event(step.key).text)
    first, last = step.first, step.last
    if last is not None:
        into = making.written.steps.get(last.into or "")
        taken_in = approval_of(last.into or "") if into is not None and into.approval is not None else None
        skip = last.skip or (last.into is not None and taken_in is None)
        last = EndPeriod(skip=skip, join=last.join, into=taken_in) if each else None
    made = making.sentences.make(
        place,
        lambda: StepRule(
            key=approval_of(step.key),
            phase=approval.phase or step.phase,
            kind=StepKind.APPROVAL,
            title=own.title,
            definite=own.definite,
            todo=approval.todo or todo(kind, about, actor.words),
            owner=actor.owner,
            with_funder=actor.with_funder,
            each=step.each,
            first=EndPeriod(skip=first.skip, join=first.join) if first is not None else None,
            last=last,
            due=due,
            opens=making.rule(approval.opens, (*place, "opens"), each),
            needs=tuple(one.need for one in making.needs(approval.needs, each, (*place, "needs"))),
            approves=step.key,
            body=actor.body,
            ladder=approval.ladder or ("ask-the-funder" if actor.with_funder else "short"),
            when=step.when,
            stake=approval.stake,
            **make_late(making, approval, (*place, "late")),
        ),
    )
    if made is not None:
        yield made
