"""Translate the names in a programme file to the keys of its plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.programme.language.rule import OUR_CHOICE, Name, Rule, SeveralDays, Shift, points_of
from models.programme.step import StepRule
from models.vocabulary import StepKind

# The terms that a file leaves open: days until an approval, a payment, and the decision on an application.
APPROVAL_DAYS = 30
PAYMENT_DAYS = 30
DECISION_DAYS = 90


def approval_of(step: str) -> str:
    """Return the plan's key of the approval of a step."""
    return f"{step}-approval"


def reading_of(step: str, reader: str) -> str:
    """Return the plan's key of the reading of a step before it is approved."""
    return f"{step}-{reader.replace('_', '-')}"


def claim_of(payment: str) -> str:
    """Return the plan's key of the claim of a payment."""
    return f"claim-{payment}"


def coming_of(payment: str) -> str:
    """Return the plan's key of the payment's coming."""
    return f"payment-{payment}"


def name_of(step: StepRule, payments: Sequence[str]) -> str:
    """Return a file's name of a step of its plan, as final-report.approved or balance.paid."""
    if step.approves is not None and step.key != reading_of(step.approves, step.owner):
        return f"{step.approves}.approved"
    if step.instalment is None:
        return step.key
    event = "claimed" if step.kind is StepKind.CLAIM else "paid"
    return f"{payments[step.instalment - 1]}.{event}"


@dataclass(frozen=True, slots=True)
class StepEvent:
    """A step of the plan, which of its periods, and whether its completion is meant instead of its due date.

    `every` means all its periods: the last of them is the last to happen.
    """

    key: str
    which: str = ""
    happened: bool = True
    every: bool = False

    @property
    def need(self) -> str:
        """The event's name in the plan's `needs`."""
        return f"{self.key}.{self.which}" if self.which else self.key

    @property
    def text(self) -> str:
        """The event's name in the plan's rules."""
        named = f"{self.key}.last" if self.every else self.need
        return f"{named}.done" if self.happened else named


def counted_back(rule: Rule) -> Iterator[str]:
    """Yield the names before which a rule counts; an event there means its last day, as it has not happened."""
    back = False
    for point in points_of(rule):
        if back and isinstance(point, Name):
            yield point.text
        back = hasattr(point, "point") and (back or getattr(point, "before", False))


def after(count: int, *events: str) -> Rule:
    """Return the rule "COUNT days after an event", or after the last of several, as our own choice."""
    points = tuple(Shift(count, "days", False, Name(event)) for event in events)
    return Rule(points[0] if len(points) == 1 else SeveralDays(True, points), source=OUR_CHOICE)
