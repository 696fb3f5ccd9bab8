"""Find which steps a later decision than the award brings: they count from its day, all others from the award's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.facts.receipt import term
from models.rules.dates.anchors import KnownDate
from models.rules.dates.thresholds import find_threshold
from models.rules.money.shares import add_up_award, decision_order
from models.vocabulary import DecisionKind, StepKind

if TYPE_CHECKING:
    from models.programme.plan import Programme
    from models.programme.step import StepRule
    from models.tables.grant import Decision


@dataclass(frozen=True, slots=True)
class Stated:
    """A decision, and what the award comes to by it, in minor units; None while none states a sum.

    `sums` are the numbers of the instalments whose sums are stated by then.
    """

    kind: DecisionKind
    on: date
    total_minor: int | None
    source: str = ""
    sums: frozenset[int] = frozenset()


def award_so_far(decisions: Iterable[Decision]) -> tuple[Stated, ...]:
    """Return what the award comes to by each decision, oldest first."""
    ordered = sorted(decisions, key=decision_order)
    found, sums = [], frozenset[int]()
    for place, one in enumerate(ordered, start=1):
        sums |= {int(number) for number in one.instalments or ()}
        found.append(Stated(one.kind, one.decided_on, add_up_award(ordered[:place]), one.source, sums))
    return tuple(found)


def bringing_decision(
    rule: StepRule, programme: Programme, stated: tuple[Stated, ...], added: Mapping[int, int]
) -> KnownDate | None:
    """Return the later decision that brings a step; None for a step that was there with the award.

    That is the decision by which there is money for a claim or payment to be about, which states the sum that it is
    about, or by which the award reaches the step's threshold, and has done since. `added` is what the parts come to
    before each instalment that is none of the programme's: its money begins there.
    """
    tests = list(_tests(rule, programme, stated, added)) if len(stated) > 1 else ()
    brought = None
    for one in stated if tests else ():
        if not all(test(one) for test in tests):
            brought = None
        elif brought is None:
            brought = one
    if brought is None or brought.kind is DecisionKind.AWARD:
        return None
    counted = (term("brought", decision=str(brought.kind), on=brought.on),)
    return KnownDate(brought.on, brought.source, counted=counted)


def _tests(
    rule: StepRule, programme: Programme, stated: tuple[Stated, ...], added: Mapping[int, int]
) -> Iterable[Callable[[Stated], bool]]:
    """Yield what must be decided for the step to be there."""
    if rule.kind in (StepKind.CLAIM, StepKind.PAYMENT):
        before = added.get(rule.instalment or 0, 0)
        yield lambda said: (said.total_minor or 0) > before
        if any(one.awaits and one.number == rule.instalment for one in programme.instalments):
            yield lambda said: rule.instalment in said.sums
    if rule.when:
        award = next((one for one in stated if one.kind is DecisionKind.AWARD), stated[0])
        found = find_threshold(programme, rule, award.on.year)
        yield lambda said: found.holds(said.total_minor or 0)
