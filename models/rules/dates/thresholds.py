"""Decide whether a step applies by the size of the award, or is added by a later decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from models.currency import sum_text
from models.facts.receipt import Term, term
from models.reading.number import exact_amount
from models.rules.dates.anchors import KnownDate
from models.rules.money.shares import add_up_award, decision_sort_key, find_amount_of_year
from models.vocabulary import DecisionKind, StepKind

if TYPE_CHECKING:
    from models.programme.language.amounts import When
    from models.programme.plan import Programme
    from models.programme.step import StepRule
    from models.tables.grant import Decision


@dataclass(frozen=True, slots=True)
class ThresholdFound:
    """The least award, and the award that is too large, in minor units; both as text; a warning, if any."""

    from_minor: int
    below_minor: int | None
    bounds: Term
    warning: Term | None = None

    def holds(self, award_minor: int) -> bool:
        """Return whether an award lies within the bounds."""
        return self.from_minor <= award_minor and (self.below_minor is None or award_minor < self.below_minor)


def find_threshold(programme: Programme, rule: StepRule, year: int) -> ThresholdFound:
    """Return the threshold of a year's decisions, with how long the grant is.

    If no amount is published for the year, the year before counts, else the first year after; the
    receipt says so. A step too many is seen and taken away; a step too few is not.
    """
    amount_year = find_amount_of_year(programme, rule.amount, year)[0] if rule.amount else year
    bounds = {
        threshold.side: _bound(programme, threshold, amount_year)
        for threshold in rule.when
        if threshold.kind == "award"
    }
    least, most = (bounds[side][0] if side in bounds else None for side in ("from", "below"))
    warning = (
        term("amount_of_year", name=rule.amount, year=year, known=amount_year)
        if amount_year != year
        else None
    )
    lengths = {str(threshold.side): threshold.months for threshold in rule.when if threshold.kind == "length"}
    counted = term("threshold", **{f"award_{side}": text for side, (_, text) in bounds.items()}, **lengths)
    return ThresholdFound(least or 0, most, counted, warning)


def _bound(programme: Programme, when: When, year: int) -> tuple[int, str]:
    """Return one bound in minor units, and as text."""
    currency = programme.currency
    count = when.sum or Decimal(0)
    if when.amount is None:
        least = exact_amount(count, currency)
        return least, sum_text(least, currency)
    name = when.amount.text
    _, amount = find_amount_of_year(programme, name, year)
    least = int((count * amount).to_integral_value(rounding=ROUND_CEILING))
    return least, f"{sum_text(least, currency)} ({count:f} × {sum_text(amount, currency)}, {name} {year})"


@dataclass(frozen=True, slots=True)
class Stated:
    """A decision, and the whole award after it, in minor units; None while no decision states a sum.

    `sums` are the numbers of the instalments whose sums are stated by then.
    """

    kind: DecisionKind
    on: date
    total_minor: int | None
    source: str = ""
    sums: frozenset[int] = frozenset()


def add_up_so_far(decisions: Iterable[Decision]) -> tuple[Stated, ...]:
    """Return the whole award after each decision, oldest first."""
    ordered = sorted(decisions, key=decision_sort_key)
    stated = []
    sums = frozenset[int]()
    for place, decision in enumerate(ordered, start=1):
        sums |= {int(number) for number in decision.instalments or ()}
        stated.append(
            Stated(decision.kind, decision.decided_on, add_up_award(ordered[:place]), decision.source, sums)
        )
    return tuple(stated)


def find_bringing_decision(
    rule: StepRule, programme: Programme, stated: tuple[Stated, ...], added: Mapping[int, int]
) -> KnownDate | None:
    """Return the later decision that brings a step; None for a step that was there with the award.

    It is the decision that gives a claim or payment its money or states its sum, or by which the
    award passes the step's threshold for good. `added` is the sum of the parts before each
    instalment that is not the programme's: its money begins there.
    """
    if len(stated) < 2:
        return None
    tests = list(_tests(rule, programme, stated, added))
    if not tests:
        return None
    brought = None
    for decision in stated:
        if not all(test(decision) for test in tests):
            brought = None
        elif brought is None:
            brought = decision
    if brought is None or brought.kind is DecisionKind.AWARD:
        return None
    counted = (term("brought", decision=str(brought.kind), on=brought.on),)
    return KnownDate(brought.on, brought.source, counted=counted)


def _tests(
    rule: StepRule, programme: Programme, stated: tuple[Stated, ...], added: Mapping[int, int]
) -> Iterable[Callable[[Stated], bool]]:
    """Yield the conditions that a decision must meet for the step to exist."""
    if rule.kind in (StepKind.CLAIM, StepKind.PAYMENT):
        before = added.get(rule.instalment or 0, 0)
        yield lambda decision: (decision.total_minor or 0) > before
        if any(
            instalment.awaits and instalment.number == rule.instalment for instalment in programme.instalments
        ):
            yield lambda decision: rule.instalment in decision.sums
    if rule.when:
        award = next((decision for decision in stated if decision.kind is DecisionKind.AWARD), stated[0])
        threshold = find_threshold(programme, rule, award.on.year)
        yield lambda decision: threshold.holds(decision.total_minor or 0)
