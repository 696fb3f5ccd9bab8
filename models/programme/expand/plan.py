"""What is known of a written file while its plan is made: its names, its rules as read, and their phases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from models.programme.expand.names import Event, Named
from models.programme.expand.phases import Phases
from models.programme.expand.sentences import Sentences
from models.programme.expand.words import FUNDER
from models.programme.language.amounts.terms import read_needs
from models.programme.language.names import find_faults
from models.programme.language.parser import read_rule
from models.programme.language.rule import Rule
from models.programme.problem import Place
from models.programme.written.file import Written
from models.programme.written.step import WrittenPart
from models.reading.fields import Words
from models.reading.number import shown
from models.reading.suggestion import did_you_mean
from models.vocabulary import Role

_Value = TypeVar("_Value")


class Actor(NamedTuple):
    """Who acts: the role that answers, whether it is the funder's move, and which body takes it."""

    owner: Role = Role.COORDINATOR
    with_funder: bool = False
    body: str | None = None
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """A plan in the making."""

    written: Written
    named: Named
    rules: Mapping[Place, Rule]
    phases: Phases
    sentences: Sentences

    def read(self, reader: Callable[[str], _Value], said: str, place: Place, each: str = "") -> _Value | None:
        """Return what a sentence says; None, with what is wrong kept, where it names what is not there."""
        return _read(self.named, self.sentences, reader, said, place, each)

    def rule(self, place: Place, each: str) -> Rule | None:
        """Return a rule of the file as the plan has it; None where the file has none, or none that can be read."""
        rule = self.rules.get(place)
        return None if rule is None else self.named.plan_rule(rule, each)

    def needs(self, names: tuple[str, ...], each: str, place: Place) -> tuple[Event, ...]:
        """Return the events that something waits for."""
        read = (self.read(read_needs, said, place, each) or () for said in names)
        return tuple(self.named.event(one.text, each) for needs in read for one in needs)

    def actor(self, by: str | None, place: Place, *, bodies: bool = False) -> Actor:
        """Return who acts."""
        if by is None:
            return Actor()
        if by == "funder":
            return Actor(with_funder=True, words=FUNDER)
        if bodies and by in self.written.bodies:
            return Actor(Role.COMMITTEE, body=by, words=self.written.bodies[by].title)
        if by in [*Role]:
            return Actor(Role(by))
        known = ["funder", *Role, *(self.written.bodies if bodies else ())]
        self.sentences.say((*place, "by"), f"nobody is called '{shown(by)}'{did_you_mean(by, known)}")
        return Actor()


def read_rules(written: Written, named: Named, sentences: Sentences) -> dict[Place, Rule]:
    """Return every rule of the file by its place, as it is written; what is wrong with any is kept."""
    folded = {one.last.into: name for name, one in written.steps.items() if one.last and one.last.into}
    found = {}
    for place, said, own in _written_rules(written, named):
        taken_in = folded.get(str(place[1])) if place[0] == "steps" and not own else None
        each = named.steps[taken_in] if taken_in else own
        rule = _read(named, sentences, read_rule, said, place, each)
        if rule is not None:
            found[place] = rule
    return found


def _read(
    named: Named,
    sentences: Sentences,
    reader: Callable[[str], _Value],
    said: str,
    place: Place,
    each: str,
) -> _Value | None:
    value = sentences.read(reader, said, place)
    if value is None or sentences.refuse(find_faults(value, replace(named.known, each=each)), said, place):
        return None
    return value


def _written_rules(written: Written, named: Named) -> Iterator[tuple[Place, str, str]]:
    for name, step in written.steps.items():
        each, place = named.steps[name], ("steps", name)
        ends = ((end, getattr(step, end)) for end in ("first", "last"))
        dues = ((end, one.due) for end, one in ends if one is not None)
        for end, said in dues:
            if said is not None:
                yield (*place, end, "due"), said, each
        yield from _of_part(step, place, each)
        if step.approval is not None:
            yield from _of_part(step.approval, (*place, "approval"), each)
    for name, payment in written.payments.items():
        for key in ("claim", "paid"):
            move = getattr(payment, key)
            if isinstance(move, WrittenPart):
                yield from _of_part(move, ("payments", name, key), named.payments[name])


def _of_part(part: WrittenPart, place: Place, each: str) -> Iterator[tuple[Place, str, str]]:
    for key in ("due", "opens"):
        said = getattr(part, key)
        if said is not None:
            yield (*place, key), said, each
