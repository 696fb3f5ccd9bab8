"""What is known of a written file while its plan is made: its names, its rules as read, and their phases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from models.programme.expand.names import Event, Named
from models.programme.expand.phases import Phases
from models.programme.expand.sentences import Sentences
from models.programme.expand.words import FUNDER
from models.programme.language.amounts.terms import find_need_faults, read_needs
from models.programme.language.amounts.unknown import Vocabulary, find_unknown
from models.programme.language.fault import SentenceFault
from models.programme.language.names import find_name_faults
from models.programme.language.parser import read_rule
from models.programme.language.rule import Rule
from models.programme.problem import Place
from models.programme.written.file import Written
from models.programme.written.step import WrittenPart
from models.reading.fields import Words
from models.reading.number import shown
from models.reading.suggestion import did_you_mean
from models.vocabulary import Role


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
    vocabulary: Vocabulary
    sentences: Sentences

    def rule(self, place: Place, each: str) -> Rule | None:
        """Return a rule of the file as the plan has it; None where the file has none, or none that can be read."""
        rule = self.rules.get(place)
        if rule is None:
            return None
        try:
            return self.named.plan_rule(rule, each)
        except SentenceFault as fault:
            self.sentences.refuse([fault], rule.said, place)
            return None

    def needs(self, names: tuple[str, ...], each: str, place: Place) -> tuple[Event, ...]:
        """Return the events that something waits for."""
        found = []
        for said in names:
            read = self.sentences.read(read_needs, said, place) or ()
            if not self.sentences.refuse(find_need_faults(read, self.named.known(each)), said, place):
                found += [self.named.event(one.text, each) for one in read]
        return tuple(found)

    def knows(self, value: object, said: str, place: Place) -> bool:
        """Return whether all that a sentence about sums names is there, keeping what is not."""
        return not self.sentences.refuse(find_unknown(value, self.vocabulary), said, place)

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
        rule = sentences.read(read_rule, said, place)
        if rule is None:
            continue
        if not sentences.refuse(find_name_faults(rule, named.known(each)), said, place):
            found[place] = rule
    return found


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
