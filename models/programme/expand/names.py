"""What the sentences of a written file name, and what the plan calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from models.programme.language.names import Known
from models.programme.language.rule import (
    NAMES,
    OF_THE_DECISION,
    Name,
    Off,
    Rule,
    Several,
    Shift,
    points_of,
    renamed,
)
from models.programme.step import StepRule
from models.programme.written.file import Written
from models.reading.fields import date_of
from models.vocabulary import StepKind

_EVENTS = ("done", "approved", "claimed", "paid")
_OFFS = {"stays": "stays", "next": "next", "previous": "previous", "SFS 1930:173": "statute"}
OUR_CHOICE = "our choice"
# What a file leaves open: within how many days an approval is given, a claim paid and an application decided.
APPROVAL_DAYS, PAYMENT_DAYS, DECISION_DAYS = 30, 30, 90


def approval_of(step: str) -> str:
    """Return what the plan calls the approval of a step."""
    return f"{step}-approval"


def claim_of(payment: str) -> str:
    """Return what the plan calls the claim of a payment."""
    return f"claim-{payment}"


def coming_of(payment: str) -> str:
    """Return what the plan calls the coming of a payment."""
    return f"payment-{payment}"


def name_of(step: StepRule, payments: Sequence[str]) -> str:
    """Return what a file calls a step of its plan, as final-report.approved or balance.paid."""
    if step.approves is not None:
        return f"{step.approves}.approved"
    if step.instalment is None:
        return step.key
    event = "claimed" if step.kind is StepKind.CLAIM else "paid"
    return f"{payments[step.instalment - 1]}.{event}"


@dataclass(frozen=True, slots=True)
class Event:
    """A step of the plan, which of its periods, and whether its being done is meant, not its due day.

    `every` says that all its periods are meant: the last of them is the last to happen.
    """

    key: str
    which: str = ""
    happened: bool = True
    every: bool = False

    @property
    def need(self) -> str:
        """It as the plan's `needs` name it."""
        return f"{self.key}.{self.which}" if self.which else self.key

    @property
    def text(self) -> str:
        """It as the plan's rules name it."""
        named = f"{self.key}.last" if self.every else self.need
        return f"{named}.done" if self.happened else named


@dataclass(frozen=True, slots=True)
class Named:
    """What a written file has to name; its steps and payments with their periods, empty for what comes once."""

    written: Written
    known: Known

    @property
    def steps(self) -> Mapping[str, str]:
        """The periods of each step."""
        return self.known.steps

    @property
    def payments(self) -> Mapping[str, str]:
        """The periods of each payment."""
        return self.known.payments

    def event(self, text: str, each: str) -> Event:
        """Return the step of the plan that a name stands for, from something with those periods."""
        name, *marks = text.split(".")
        happened = marks[-1] if marks and marks[-1] in _EVENTS else ""
        which = next((mark for mark in marks if mark not in _EVENTS), "")
        of_payment = name in self.payments
        key = {"approved": approval_of, "claimed": claim_of, "paid": coming_of}.get(happened, str)(name)
        own = self.payments.get(name, "") if of_payment else self.steps.get(name, "")
        several = bool(own) and own != each and not which
        if several and each:
            which = "last"
        return Event(key, which, bool(happened), every=several and not each)

    def taking_in(self, step: str, each: str) -> tuple[Event, ...]:
        """Return the step that takes in the last period of another, for what waits for all that one's figures."""
        last = self.written.steps[step].last
        if last is None or last.into not in self.steps or self.steps[step] == each:
            return ()
        return (self.event(f"{last.into}.done", each),)

    def plan_rule(self, rule: Rule, each: str) -> Rule:
        """Return a rule with its names as the plan has them, and with what the file says of days off."""
        names = {one.text: self._plan_name(one, each) for one in points_of(rule) if isinstance(one, Name)}
        names |= {text: names[text].removesuffix(".done") for text in _counted_back(rule)}
        return self._with_days_off(renamed(rule, names))

    def _plan_name(self, name: Name, each: str) -> str:
        if name.of_decision:
            return date_of(name.text.removesuffix(OF_THE_DECISION)) + OF_THE_DECISION
        if name.text in NAMES:
            return name.text
        return self.event(name.text, each).text

    def _with_days_off(self, rule: Rule) -> Rule:
        if rule.otherwise is not None:
            return replace(rule, otherwise=self._with_days_off(rule.otherwise))
        says = rule.off is not None or rule.is_choice or not is_counted(rule)
        if says or self.written.days_off is None:
            return rule
        return replace(rule, off=Off(_OFFS[self.written.days_off]))  # type: ignore[arg-type]


def _counted_back(rule: Rule) -> Iterator[str]:
    """Yield the names before which a rule counts: of an event its last day is meant, since it has not happened then."""
    back = False
    for point in points_of(rule):
        if back and isinstance(point, Name):
            yield point.text
        back = hasattr(point, "point") and (back or getattr(point, "before", False))


def is_counted(rule: Rule) -> bool:
    """Return whether a rule counts its day: one that is given by name or by the calendar stays as it is."""
    return getattr(rule.what, "kind", "counted") not in ("name", "day")


def after(count: int, *events: str) -> Rule:
    """Return the rule of so many days after an event, or after the last of several, by our own choice."""
    points = tuple(Shift(count, "days", False, Name(one)) for one in events)
    return Rule(points[0] if len(points) == 1 else Several(True, points), source=OUR_CHOICE)
