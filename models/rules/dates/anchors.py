"""What a due rule counts from (a decision, a grant's date, another step), and the source of that day."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from models.facts.receipt import Source, Term, our_choice
from models.programme.language.rule import OUR_CHOICE, Rule

_NONE: Mapping[str, Any] = MappingProxyType({})


class KnownDate(NamedTuple):
    """A date and its source; `choice` marks a date that was chosen because nobody knows it.

    `counted` is how it was worked out, if it was.
    """

    on: date
    source: Source = ""
    choice: bool = False
    counted: tuple[Term, ...] = ()


class Anchors(NamedTuple):
    """What a rule may count from: named dates, steps' due dates, the days steps were done, the period.

    The days of the period are among the dates. `brought` is the later decision that brings the
    step: what was done before that decision counts as done on its day.
    """

    dates: Mapping[str, KnownDate] = _NONE
    due: Mapping[str, date | None] = _NONE
    done: Mapping[str, date | None] = _NONE
    period: str | None = None
    brought: KnownDate | None = None

    def is_counted_from(self, names: Iterable[str]) -> bool:
        """Return whether any of the names stands for the later decision that brings the step."""
        return any(self.find(name) is self.brought for name in names)

    def find(self, name: str) -> KnownDate | None:
        """Return the day that the name stands for, or None while it is not known."""
        if name.endswith(".done"):
            day = self.done.get(name.removesuffix(".done"))
            if day and self.brought is not None and day < self.brought.on:
                return self.brought
            return KnownDate(day) if day else None
        if name in self.dates:
            return self.dates[name]
        day = self.due.get(name)
        return KnownDate(day) if day else None


def find_origin(rule: Rule) -> Source:
    """Return where the rule is written, or that it is our own choice."""
    why = rule.source[len(OUR_CHOICE) :].strip(" ,:")
    return our_choice(why, why) if rule.is_choice else rule.source
