"""Add the steps that every grant has, infer the phase of each step, and order them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from models.programme.expand.plan_names import DECISION_DAYS
from models.programme.language.amounts import REPAYS, SHARE
from models.programme.language.grammar import Sentence
from models.programme.language.kinds import AskedQuestion
from models.programme.language.known_names import SPENT
from models.programme.language.rule import Name, PartOfTime, Point, Rule, points_of
from models.programme.language.tokens import SentenceFault
from models.programme.step import StepRule
from models.programme.step_names import template_key
from models.programme.written.file import Written
from models.programme.written.step import WrittenQuestion, WrittenStep
from models.vocabulary import Phase


def with_usual(written: Written) -> Written:
    """Return the file with the steps that every grant has, and with the questions that it implies.

    Spending is asked wherever a sentence names it. A step that takes another's last period asks
    that step's questions.
    """
    usual = {
        "application": "at application",
        "funder-decision": f"{DECISION_DAYS} days after application.done (our choice)",
    }
    steps = {name: written.steps.get(name) or WrittenStep() for name in usual} | dict(written.steps)
    asks = {name: step.questions for name, step in steps.items()}
    for name in _spending(written, steps):
        if SPENT not in asks[name]:
            asks[name] = {SPENT: WrittenQuestion(kind="money"), **asks[name]}
    for name, step in steps.items():
        into = step.last.into if step.last is not None else None
        if into in asks:
            taken_in = {
                key: question.with_own(asks[into].get(key, question)) for key, question in asks[name].items()
            }
            asks[into] = {**taken_in, **asks[into], **taken_in}
    for name, step in steps.items():
        usual_keys = {"due": step.due or usual.get(name), "questions": asks[name]}
        steps[name] = step.model_copy(update=usual_keys)
    return written.model_copy(update={"steps": steps})


def _spending(written: Written, steps: dict[str, WrittenStep]) -> Iterator[str]:
    """Yield the steps whose spending a sentence names."""
    sentences: list[tuple[Sentence[Any], str]] = [
        *((SHARE, payment.share) for payment in written.payments.values()),
        *((REPAYS, step.repays) for step in steps.values() if step.repays is not None),
    ]
    asks = (ask for reader, sentence in sentences for ask in asked(reader, sentence))
    yield from (ask.step for ask in asks if ask.question == SPENT and ask.step in steps)


def asked(reader: Sentence[Any], sentence: str) -> tuple[AskedQuestion, ...]:
    """Return the questions that a sentence names; none if it cannot be read, as the plan reports that."""
    try:
        sentence_value = reader.read(sentence)
    except SentenceFault:
        return ()
    return (
        *sentence_value.asks,
        *([sentence_value.unused] if getattr(sentence_value, "unused", None) else []),
    )


_OF_NAMES = {
    "application": Phase.APPLICATION,
    "decision": Phase.DECISION,
    "grant_start": Phase.FOLLOW_UP,
    "period_start": Phase.FOLLOW_UP,
    "period_end": Phase.FOLLOW_UP,
    "period_cut_end": Phase.FOLLOW_UP,
    "next_period_start": Phase.FOLLOW_UP,
}
OF_STEPS = {"application": Phase.APPLICATION, "funder-decision": Phase.DECISION}
_LATE = (Phase.FINAL_REPORT, Phase.RELEASE)


@dataclass(slots=True)
class Phases:
    """The phases found so far; `rule_of` gives the rule of a step, or of a payment's claim, by name."""

    written: Written
    rule_of: Callable[[str], Rule | None]
    _found: dict[str, Phase] = field(default_factory=dict)

    def of_step(self, name: str) -> Phase:
        """Return the phase of a step."""
        if name not in self._found:
            self._found[name] = Phase.FINAL_REPORT  # for a step that counts from itself
            self._found[name] = self._step(name)
        return self._found[name]

    def of_payment(self, name: str) -> Phase:
        """Return the phase of a payment's steps: release if they need something of the final report."""
        payment = self.written.payments[name]
        if payment.each is not None:
            return Phase.FOLLOW_UP
        asks = (ask.step for ask in asked(SHARE, payment.share) if ask.step in self.written.steps)
        waits = [*payment.needs, *(f"{step}.done" for step in asks)]
        if any(self._of(awaited) in _LATE for awaited in waits):
            return Phase.RELEASE
        anchor = _anchor(self.rule_of(name))
        is_decision = anchor is None or (isinstance(anchor, Name) and anchor.text == "decision")
        return Phase.DECISION if is_decision and not waits else Phase.FOLLOW_UP

    def _step(self, name: str) -> Phase:
        step = self.written.steps[name]
        if step.phase is not None or name in OF_STEPS:
            return step.phase or OF_STEPS[name]
        if step.repays is not None:
            return Phase.RELEASE
        if step.each is not None:
            return Phase.FOLLOW_UP
        anchor = _anchor(self.rule_of(name))
        if isinstance(anchor, PartOfTime):
            return Phase.FOLLOW_UP
        return self._of(anchor.text) if isinstance(anchor, Name) else Phase.FINAL_REPORT

    def _of(self, text: str) -> Phase:
        name, _, event = text.partition(".")
        if name in self.written.payments and (event or name not in self.written.steps):
            return self.of_payment(name)
        if name in self.written.steps and (event or name not in _OF_NAMES):
            return self.of_step(name)
        return _OF_NAMES.get(text, Phase.FINAL_REPORT)


def _anchor(rule: Rule | None) -> Point | None:
    """Return the point that a rule counts from first."""
    if rule is None:
        return None
    return next(point for point in points_of(rule.otherwise or rule) if not hasattr(point, "point"))


def in_order(steps: Iterable[StepRule]) -> tuple[StepRule, ...]:
    """Return the steps by phase; within a phase in the file's order, but each after the steps it waits for."""
    by_phase = sorted(steps, key=lambda step: [*Phase].index(step.phase))
    named = {step.key: step for step in by_phase}
    ordered: dict[str, StepRule] = {}

    def add(step: StepRule, seen: frozenset[str]) -> None:
        for key in map(template_key, step.may_await):
            other = named.get(key)
            if other is not None and other.phase is step.phase and key not in seen:
                add(other, seen | {key})
        ordered.setdefault(step.key, step)

    for first in by_phase:
        add(first, frozenset((first.key,)))
    return tuple(ordered.values())
