"""Translate the names in a programme file to the keys of its plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.programme.language.rule import OUR_CHOICE, Name, Rule, SeveralDays, Shift, points_of
from models.programme.step import StepRule
from models.vocabulary import StepKind

# What a file leaves open: within how many days an approval is given, a claim paid and an application decided.
APPROVAL_DAYS = 30
PAYMENT_DAYS = 30
DECISION_DAYS = 90


def approval_of(step: str) -> str:
    """Return what the plan calls the approval of a step."""
    return f"{step}-approval"


def reading_of(step: str, reader: str) -> str:
    """Return what the plan calls the reading of a step by somebody before it is approved."""
    return f"{step}-{reader.replace('_', '-')}"


def claim_of(payment: str) -> str:
    """Return what the plan calls the claim of a payment."""
    return f"claim-{payment}"


def coming_of(payment: str) -> str:
    """Return what the plan calls the coming of a payment."""
    return f"payment-{payment}"


def name_of(step: StepRule, payments: Sequence[str]) -> str:
    """Return what a file calls a step of its plan, as final-report.approved or balance.paid."""
    if step.approves is not None and step.key != reading_of(step.approves, step.owner):
        return f"{step.approves}.approved"
    if step.instalment is None:
        return step.key
    event = "claimed" if step.kind is StepKind.CLAIM else "paid"
    return f"{payments[step.instalment - 1]}.{event}"


@dataclass(frozen=True, slots=True)
class StepEvent:
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


def counted_back(rule: Rule) -> Iterator[str]:
    """Yield the names before which a rule counts. An event means its last day there, since it has not happened yet."""
    back = False
    for point in points_of(rule):
        if back and isinstance(point, Name):
            yield point.text
        back = hasattr(point, "point") and (back or getattr(point, "before", False))


def after(count: int, *events: str) -> Rule:
    """Return the rule "COUNT days after an event", or after the last of several, as our own choice."""
    points = tuple(Shift(count, "days", False, Name(event)) for event in events)
    return Rule(points[0] if len(points) == 1 else SeveralDays(True, points), source=OUR_CHOICE)
