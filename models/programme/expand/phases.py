"""Infer the phase of a step or a payment from what its sentence counts from, and put the steps in order by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.programme.expand.added_steps import asked
from models.programme.language.amounts.share import SHARE
from models.programme.language.rule import Name, Part, Point, Rule, points_of
from models.programme.names import template_key
from models.programme.step import StepRule
from models.programme.written.file import Written
from models.vocabulary import Phase

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
            self._found[name] = Phase.FINAL_REPORT  # of one that counts from itself
            self._found[name] = self._step(name)
        return self._found[name]

    def of_payment(self, name: str) -> Phase:
        """Return the phase of a payment's steps: release where they need something of the final report."""
        payment = self.written.payments[name]
        if payment.each is not None:
            return Phase.FOLLOW_UP
        asks = (one.step for one in asked(SHARE, payment.share) if one.step in self.written.steps)
        waits = [*payment.needs, *(f"{step}.done" for step in asks)]
        if any(self._of(one) in _LATE for one in waits):
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
        if isinstance(anchor, Part):
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
    """Return what a rule counts from first."""
    if rule is None:
        return None
    return next(one for one in points_of(rule.otherwise or rule) if not hasattr(one, "point"))


def in_order(steps: Iterable[StepRule]) -> tuple[StepRule, ...]:
    """Return the steps by phase; within one as the file has them, save that each follows what it waits for."""
    by_phase = sorted(steps, key=lambda one: [*Phase].index(one.phase))
    named = {one.key: one for one in by_phase}
    found: dict[str, StepRule] = {}

    def add(step: StepRule, seen: frozenset[str]) -> None:
        for key in map(template_key, step.may_await):
            other = named.get(key)
            if other is not None and other.phase is step.phase and key not in seen:
                add(other, seen | {key})
        found.setdefault(step.key, step)

    for one in by_phase:
        add(one, frozenset((one.key,)))
    return tuple(found.values())
