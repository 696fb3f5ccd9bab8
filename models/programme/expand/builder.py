"""Hold the state of a plan while it is built of a file, and make a step of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeVar

from models.programme.expand.phases import Phases
from models.programme.expand.plan_names import StepEvent, approval_of, claim_of, coming_of, counted_back
from models.programme.expand.sentences import Place, Sentences
from models.programme.expand.words import FUNDER, Called
from models.programme.language.amounts import NEED, PRICE, WHEN, When
from models.programme.language.known_names import ProgrammeNames, find_faults
from models.programme.language.parser import read_rule
from models.programme.language.rule import NAMES, OF_THE_DECISION, Day, Name, Off, Rule, points_of, renamed
from models.programme.step import EndPeriod, StepRule
from models.programme.written.file import Written
from models.programme.written.step import WrittenEnd, WrittenPart, WrittenStep
from models.reading.fields import Words, date_of
from models.reading.number import shown
from models.reading.value_faults import did_you_mean
from models.vocabulary import Role

_Value = TypeVar("_Value")
_EVENTS: dict[str, Callable[[str], str]] = {
    "done": str,
    "approved": approval_of,
    "claimed": claim_of,
    "paid": coming_of,
}
_OFFS = {
    "stays": Off("stays"),
    "next": Off("next"),
    "previous": Off("previous"),
    "SFS 1930:173": Off("statute"),
}


class Actor(NamedTuple):
    """Who acts: the role that answers, whether it is the funder's move, and which body takes it."""

    owner: Role = Role.COORDINATOR
    with_funder: bool = False
    body: str | None = None
    words: Words | None = None


@dataclass(slots=True)
class PlanBuilder:
    """Builds a plan of a file; `rules` are the file's rules that have been read, by place."""

    written: Written
    known: ProgrammeNames
    sentences: Sentences
    rules: dict[Place, Rule | None] = field(default_factory=dict)
    phases: Phases = field(init=False)
    each: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the periods of each step and payment, and let phases be found by the file's rules."""
        self.each = {**self.known.payments, **self.known.steps}
        self.phases = Phases(self.written, self._first_rule)

    def read(
        self, reader: Callable[[str], _Value], sentence: str, place: Place, each: str = ""
    ) -> _Value | None:
        """Return a sentence's value; None, with the faults kept, if it names something that is not there."""
        value = self.sentences.read(reader, sentence, place)
        faults = find_faults(value, replace(self.known, each=each))
        return None if value is None or self.sentences.refuse(faults, sentence, place) else value

    def event(self, text: str, each: str) -> StepEvent:
        """Return the step of the plan that a name means, seen from something with those periods."""
        name, *marks = text.split(".")
        happened = marks[-1] if marks and marks[-1] in _EVENTS else ""
        which = next((mark for mark in marks if mark not in _EVENTS), "")
        key = _EVENTS[happened](name) if happened else name
        own = self.each.get(name, "")
        several = bool(own) and own != each and not which
        if several and each:
            which = "last"
        return StepEvent(key, which, bool(happened), every=several and not each)

    def done(self, step: str, each: str) -> tuple[StepEvent, ...]:
        """Return the events that complete a step's figures: its own, and of the step that takes its last period."""
        last = self.written.steps[step].last
        into = last.into if last is not None and self.each[step] != each else None
        names = [step, into] if into in self.written.steps else [step]
        return tuple(self.event(f"{name}.done", each) for name in names)

    def rule(self, sentence: str | None, place: Place, each: str) -> Rule | None:
        """Return a rule of the file as the plan has it; None if the file has none, or none that can be read."""
        rule = self._written_rule(sentence, place, each)
        if rule is None:
            return None
        names = {name.text: self._plan_name(name, each) for name in points_of(rule) if isinstance(name, Name)}
        names |= {text: names[text].removesuffix(".done") for text in counted_back(rule)}
        return self._with_days_off(renamed(rule, names))

    def _plan_name(self, name: Name, each: str) -> str:
        if name.of_decision:
            return date_of(name.text.removesuffix(OF_THE_DECISION)) + OF_THE_DECISION
        return name.text if name.text in NAMES else self.event(name.text, each).text

    def _with_days_off(self, rule: Rule) -> Rule:
        if rule.otherwise is not None:
            return replace(rule, otherwise=self._with_days_off(rule.otherwise))
        # A day that is given, by name or by the calendar, stays as it is.
        says = rule.off is not None or rule.is_choice or isinstance(rule.what, Name | Day)
        return rule if says else replace(rule, off=_OFFS.get(self.written.days_off or ""))

    def _written_rule(self, sentence: str | None, place: Place, each: str) -> Rule | None:
        if sentence is not None and place not in self.rules:
            self.rules[place] = self.read(read_rule, sentence, place, each)
        return self.rules.get(place)

    def _first_rule(self, name: str) -> Rule | None:
        """Return the first rule that there is for a step, its approval or a payment's claim."""
        parts: dict[Place, object]
        if step := self.written.steps.get(name):
            parts = {("steps", name): step, ("steps", name, "approval"): step.approval}
        else:
            parts = {("payments", name, "claim"): self.written.payments[name].claim}
        sentences = {
            (*place, "due"): part.due for place, part in parts.items() if isinstance(part, WrittenPart)
        }
        rules = (self._written_rule(due, place, self.each[name]) for place, due in sentences.items())
        return next(filter(None, rules), None)

    def needs(self, names: tuple[str, ...], each: str, place: Place) -> tuple[StepEvent, ...]:
        """Return the events that the names wait for."""
        read = (self.read(NEED.read, sentence, place, each) for sentence in names)
        return tuple(self.event(event.text, each) for event in read if event is not None)

    def actor(self, by: str | None, place: Place, *, bodies: bool = False) -> Actor:
        """Return who acts."""
        if by is None:
            return Actor()
        by = by.removeprefix("the ")
        if by == "funder":
            return Actor(with_funder=True, words=FUNDER)
        if bodies and by in self.written.bodies:
            return Actor(Role.COMMITTEE, body=by, words=self.written.bodies[by].title)
        if by in [*Role]:
            return Actor(Role(by))
        known = ["funder", *Role, *(self.written.bodies if bodies else ())]
        self.sentences.say((*place, "by"), f"nobody is called '{shown(by)}'{did_you_mean(by, known)}")
        return Actor()


def make_part(
    builder: PlanBuilder,
    place: Place,
    part: WrittenPart,
    actor: Actor,
    called: Called,
    *,
    each: str,
    due: Rule,
    todo: Words,
    needs: tuple[str, ...] = (),
    **keys: object,
) -> StepRule | None:
    """Return the step of the plan; `due`, `todo`, `needs` and `keys` are its usual values."""
    more = (event.need for event in builder.needs(part.needs, each, (*place, "needs")))
    values = {
        "title": called.title,
        "definite": called.definite,
        "todo": part.todo or todo,
        "owner": actor.owner,
        "with_funder": actor.with_funder,
        "body": actor.body,
        "each": each or None,
        "due": builder.rule(part.due, (*place, "due"), each) or due,
        "needs": tuple(dict.fromkeys((*needs, *more))),
        "stake": part.stake,
        **_late(builder, part, (*place, "late")),
        **keys,
    }
    opens = builder.rule(part.opens, (*place, "opens"), each)
    optional = {"opens": opens, "ladder": part.ladder}
    values |= {key: value for key, value in optional.items() if value is not None}
    return builder.sentences.make(place, lambda: StepRule.model_validate(values))


def make_ends(
    builder: PlanBuilder, ends: tuple[WrittenEnd | None, WrittenEnd | None], each: str, place: Place
) -> dict[str, EndPeriod | None]:
    """Return the differences of the first and the last period."""
    if ends[0] is not None and ends[0].into is not None:
        builder.sentences.say((*place, "first", "into"), "only the last period is asked in another step")
    names = ("first", "last")
    return {name: _end(builder, end, each, (*place, name)) for name, end in zip(names, ends, strict=True)}


def _end(builder: PlanBuilder, end: WrittenEnd | None, each: str, place: Place) -> EndPeriod | None:
    if end is None:
        return None
    due = builder.rule(end.due, (*place, "due"), each)
    needs = tuple(event.need for event in builder.needs(end.needs, each, (*place, "needs")))
    return builder.sentences.make(
        place, lambda: EndPeriod(skip=end.skip, join=end.join, into=end.into, due=due, needs=needs)
    )


def make_thresholds(builder: PlanBuilder, step: WrittenStep, place: Place) -> tuple[When, ...]:
    """Return the thresholds of a step, which exists where all of them hold."""
    thresholds = tuple(filter(None, (builder.read(WHEN.read, sentence, place) for sentence in step.when)))
    sides = [(when.kind, when.side) for when in thresholds]
    if len(set(sides)) < len(sides) or len({when.amount for when in thresholds if when.kind == "award"}) > 1:
        fault = "two thresholds are of the same kind, or of different amounts: keep one"
        builder.sentences.say(place, fault)
    return tuple(
        replace(when, date=Name(date_of(when.date.text))) if when.date else when for when in thresholds
    )


def _late(builder: PlanBuilder, part: WrittenPart, place: Place) -> dict[str, object]:
    """Return the price of lateness, as keys of a step of the plan, in the order of time."""
    if "lapses" in part.late:
        return {"lapses": True}
    read = [
        builder.sentences.read(PRICE.read, f"{when} : {price}", place) for when, price in part.late.items()
    ]
    return {"late": tuple(sorted(filter(None, read), key=lambda price: price.from_on(date(2023, 12, 31))))}


def needs_of(events: tuple[StepEvent, ...]) -> tuple[str, ...]:
    """Return events as the plan's `needs` name them, each once."""
    return tuple(dict.fromkeys(event.need for event in events))
