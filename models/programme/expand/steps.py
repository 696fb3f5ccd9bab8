"""Make a plan's steps, each with its approval, from those in a file."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from models.programme.expand.builder import PlanBuilder, make_ends, make_part, make_thresholds, needs_of
from models.programme.expand.phases import OF_STEPS
from models.programme.expand.plan_names import APPROVAL_DAYS, StepEvent, after, approval_of, reading_of
from models.programme.expand.questions import make_question
from models.programme.expand.sentences import Place
from models.programme.expand.words import (
    DRAFT_OF,
    MEMO,
    ROLES,
    STEPS,
    Called,
    asking,
    called,
    joined,
    made_for,
    todo,
)
from models.programme.language.amounts import REPAYS, When
from models.programme.language.kinds import print_sum
from models.programme.language.parser import read_rule
from models.programme.language.rule import OUR_CHOICE, Name, Point, Rule, SeveralDays, Shift, points_of
from models.programme.question import Option, Question
from models.programme.step import EndPeriod, StepRule
from models.programme.step_names import DOCUMENTS, DRAFT
from models.programme.written.step import WrittenPart, WrittenQuestion, WrittenStep
from models.reading.fields import Words
from models.vocabulary import Phase, StepKind

_APPLIED = (When("given", date=Name("application")),)
_OPENS = "1 day after {} even on a day off (our choice)"


def make_steps(builder: PlanBuilder, name: str) -> Iterator[StepRule]:
    """Yield the step of a name, and its approval if somebody approves it."""
    step = builder.written.steps[name]
    each = builder.known.steps[name]
    place: Place = ("steps", name)
    actor = builder.actor(step.by, place)
    called_so = called(name, step.title, STEPS)
    funders = actor.with_funder or name == "funder-decision"
    phase = builder.phases.of_step(name)
    if funders:
        kind = StepKind.FUNDER
    elif step.repays is not None:
        kind = StepKind.REPAYMENT
    else:
        kind = StepKind.REPORT
    due = builder.rule(step.due, (*place, "due"), each) or _due_of(builder, name, step)
    repays = step.repays and builder.read(REPAYS.read, step.repays, (*place, "repays"))
    events = [event for ask in (repays.asks if repays else ()) for event in builder.done(ask.step, each)[1:]]
    when = make_thresholds(builder, step, (*place, "when"))
    task = todo(_todo_kind(name, step, kind, due), called_so)
    rule = make_part(
        builder,
        place,
        step,
        actor,
        called_so,
        each=each,
        due=due,
        todo=joined(task, *_asked_of_owner(builder, step, when)),
        needs=(*needs_of(tuple(events)), *_counted_from(due)),
        key=name,
        phase=phase,
        kind=kind,
        with_funder=funders,
        opens=_opens(kind, phase, each),
        ladder=_ladder(step, phase, funders=funders),
        questions=tuple(_questions(builder, name, phase)),
        documents=tuple(Option(key=key, title=title) for key, title in step.documents.items()),
        settled_by_decision=name in OF_STEPS,
        when=when or (_APPLIED if name in OF_STEPS else ()),
        optional=step.optional or step.one_for is not None or any(threshold.figure for threshold in when),
        repays=repays,
        **make_ends(builder, (step.first, step.last), each, place),
    )
    if rule is not None:
        yield rule
        yield from _approval(builder, rule, called_so)


def _due_of(builder: PlanBuilder, name: str, step: WrittenStep) -> Rule:
    """Return when a step without a rule is due: as late as its approval allows."""
    approval = approval_of(name)
    if step.approval is None or step.approval.due is None:
        if step.due is None:
            fault = "it has no 'due': a step without one needs an approval that has one"
            builder.sentences.say(("steps", name), fault)
        return Rule(Name("decision"))  # a stand-in, so that the rest of the step is read
    if step.approval.approver in builder.written.bodies:
        return Rule(Name(f"{approval}{DRAFT}"))
    return Rule(Shift(APPROVAL_DAYS, "days", True, Name(approval)), source="our choice")


def _asked_of_owner(builder: PlanBuilder, step: WrittenStep, when: tuple[When, ...]) -> Iterator[Words]:
    """Yield the question that only the owner can answer: when the step is not needed."""
    for threshold in when:
        if threshold.figure:
            bound = f"{print_sum(threshold.sum or Decimal(0))} {builder.written.currency}"
            yield asking(f"recipient-{threshold.side}", figure=threshold.figure.replace("_", " "), sum=bound)
    if step.one_for is not None:
        yield asking("one-for")


def _todo_kind(name: str, step: WrittenStep, kind: StepKind, due: Rule) -> str:
    if name == "close" or kind is not StepKind.REPORT:
        return name if name == "close" else str(kind)
    if step.approval is not None and step.approval.approver != "funder":
        return "draft"
    # A step that comes once a period in a time of our own is for us: no funder waits for it.
    return "answer" if step.each and due.is_choice else "report"


def _opens(kind: StepKind, phase: Phase, each: str) -> Rule | None:
    """Return from when a report can be answered: the day after its period, or the grant, ends."""
    if kind is not StepKind.REPORT or phase not in (Phase.FOLLOW_UP, Phase.FINAL_REPORT):
        return None
    return read_rule(_OPENS.format("period_cut_end" if each else "grant_end"))


def _ladder(step: WrittenStep, phase: Phase, *, funders: bool) -> str:
    if funders:
        return "ask-the-funder"
    if step.approval is not None and step.approval.readers:
        return "paper"
    own = step.approval is not None and step.due is None
    return "short" if own or phase is Phase.RELEASE else "default"


def _counted_from(due: Rule) -> Iterator[str]:
    """Yield the event after which a rule counts: a step due by that rule waits for it."""
    if due.otherwise is not None or not isinstance(due.what, Shift | Name):
        return
    points = list(points_of(due))
    last = points[-1]
    before = any(getattr(point, "before", False) for point in points)
    if isinstance(last, Name) and last.text.endswith(".done") and not before:
        yield last.text.removesuffix(".done")


def _questions(builder: PlanBuilder, name: str, phase: Phase) -> Iterator[Question]:
    """Yield a step's questions, and those that the memo about a final report for a body needs."""
    step = builder.written.steps[name]
    by_body = step.approval is not None and step.approval.approver in builder.written.bodies
    memo = MEMO if by_body and phase is Phase.FINAL_REPORT else {}
    usual = {key: WrittenQuestion(kind="text", optional=True, title=title) for key, title in memo.items()}
    of_memo = {key: question.with_own(step.questions.get(key, question)) for key, question in usual.items()}
    for key, question in {**step.questions, **of_memo}.items():
        where: Place = ("steps", name, "questions", key)
        made = builder.sentences.make(where, partial(make_question, builder, key, question, where))
        if made is not None:
            yield made


def _approval(builder: PlanBuilder, step: StepRule, about: Called) -> Iterator[StepRule]:
    """Yield the approval of a step, in its periods; a period folded into another step has that step's."""
    approval = builder.written.steps[step.key].approval
    if approval is None:
        return
    place: Place = ("steps", step.key, "approval")
    actor = builder.actor(approval.approver, place, bodies=True)
    if actor.with_funder:
        kind = "funder-approval"
        ladder = "ask-the-funder"
    elif actor.body:
        kind = "body-approval"
        ladder = "agenda"
    else:
        kind = "approval"
        ladder = "short"
    approved = DRAFT_OF.get(step.key, about) if actor.body else about
    own = (
        Called(approval.title, approval.title)
        if approval.title
        else made_for("approval", approved, actor.words)
    )
    first, last = _ends_of_approval(builder, step)
    readings = tuple(_readings(builder, step, about, approval.readers, for_body=actor.body is not None))
    made = make_part(
        builder,
        place,
        approval,
        actor,
        own,
        each=step.each or "",
        due=after(APPROVAL_DAYS, StepEvent(step.key).text),
        todo=todo(kind, approved, actor.words),
        key=approval_of(step.key),
        phase=approval.phase or step.phase,
        kind=StepKind.APPROVAL,
        ladder=ladder,
        approves=step.key,
        when=step.when,
        first=first,
        last=last,
        needs=tuple(reading.key for reading in readings[-1:]),
    )
    if made is not None:
        yield from readings
        yield made


def _ends_of_approval(builder: PlanBuilder, step: StepRule) -> tuple[EndPeriod | None, EndPeriod | None]:
    """Return the differences of the first and last period of the report that a step's approval is about."""
    first = None if step.first is None else EndPeriod(skip=step.first.skip, join=step.first.join)
    if step.last is None or not step.each:
        return first, None
    approval = _approval_of_taker(builder, step.last.into)
    # Nobody approves a period that is reported in a step without an approval.
    skip = step.last.skip or (step.last.into is not None and approval is None)
    return first, EndPeriod(skip=skip, join=step.last.join, into=approval)


def _approval_of_taker(builder: PlanBuilder, into: str | None) -> str | None:
    """Return the approval of the step that takes a last period; None if nobody approves it."""
    taker = builder.written.steps.get(into or "")
    return approval_of(into) if into and taker is not None and taker.approval is not None else None


def _readings(
    builder: PlanBuilder, step: StepRule, about: Called, readers: tuple[str, ...], *, for_body: bool
) -> Iterator[StepRule]:
    """Yield the readings of a step before its approval, in turn; before a body the last reader signs.

    Before a body each reader has a working day from the draft's day on, as long as the papers are
    signed by the day of the documents. Otherwise each has a working day before the next one.
    """
    first, last = _ends_of_approval(builder, step)
    approval = approval_of(step.key)
    before = ""
    for place, reader in enumerate(readers, 1):
        actor = builder.actor(reader, ("steps", step.key, "approval"))
        signed = for_body and place == len(readers)
        kind = "sign" if signed else "read"
        due = _read_by(approval, place, len(readers), for_body=for_body)
        made = make_part(
            builder,
            ("steps", step.key, "approval", reader),
            WrittenPart(),
            actor,
            made_for(kind, about, ROLES[actor.owner]),
            each=step.each or "",
            due=Rule(due, source=OUR_CHOICE),
            todo=todo(kind, about),
            needs=(before,) if before else (),
            key=reading_of(step.key, reader),
            phase=step.phase,
            kind=StepKind.APPROVAL,
            ladder="short",
            approves=step.key,
            when=step.when,
            first=first,
            last=last,
        )
        if made is not None:
            yield made
        before = reading_of(step.key, reader)


def _read_by(approval: str, place: int, readers: int, *, for_body: bool) -> Point | SeveralDays:
    """Return by when the reader at a place must have read."""
    left = readers - place
    if not for_body:
        return Shift(left + 1, "working days", True, Name(approval))
    papers = Name(f"{approval}{DOCUMENTS}")
    if not left:
        return papers
    after_draft = Shift(place, "working days", False, Name(f"{approval}{DRAFT}"))
    return SeveralDays(False, (after_draft, Shift(left, "working days", True, papers)))
