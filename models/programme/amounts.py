"""What the sentences about sums are in a plan: the keys of its instalments, checks, terms and figures."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import get_currency_precision

from models.programme.language.amounts.check import Check
from models.programme.language.amounts.origin import Origin
from models.programme.language.amounts.share import Keeps, Repays, Share
from models.programme.language.amounts.terms import Price, When
from models.programme.money import KeptRule
from models.programme.source import GatherRule
from models.programme.terms import LateRule, RepaymentRule, Threshold
from models.reading.fields import Words
from models.reading.part import print_part


def plan_share(share: Share) -> dict[str, Any]:
    """Return how much an instalment is, as keys of InstalmentRule; ValueError for what a plan cannot say.

    What all payments come to at most (`in_all`) is the programme's `ceiling`.
    """
    found = _plan_base(share)
    if share.unused is not None:
        found["unused"] = share.unused.text
        found["unused_of"] = None if share.unused_of is None else print_part(share.unused_of)
    if share.unit is not None:
        found |= {"rounded": share.rounded, "unit": share.unit}
    return found


def _plan_base(share: Share) -> dict[str, Any]:
    if share.kind == "part" and share.part is not None:
        return {"share": _part(share.part)}
    if share.kind == "sum":
        return {"sum": f"{share.sum:f}"}
    if share.kind == "decided":
        return {"at_most": "100 %" if share.at_most is None else print_part(share.at_most)}
    if not share.asks:
        return {"share": share.kind}
    return {
        "share": "claimed" if share.kind == "costs" else "rest",
        "spending": tuple(one.text for one in share.asks),
        "rate": _part(share.part),
    }


def _part(part: Fraction | None) -> str | None:
    return None if part is None else print_part(part)


def plan_keeps(keeps: Keeps, share: Share) -> KeptRule:
    """Return what another keeps of an instalment; ValueError where it is of another sum than a plan's is."""
    if keeps.of_claim != (share.kind in ("costs", "claimed")):
        said = "take out 'of the claim'" if keeps.of_claim else "say 'of the claim'"
        raise ValueError(f"of costs a part of the claim is kept, of all else a part of the award: {said}")
    return KeptRule(share=print_part(keeps.part), title=Words(sv=keeps.title, en=keeps.title))


def plan_repays(repays: Repays, currency: str) -> RepaymentRule:
    """Return what goes back: from the first unit of the currency above the sum; ValueError for a rate as decided."""
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    return RepaymentRule(
        spending=tuple(one.text for one in repays.asks),
        rate=_part(repays.part),
        at_least=None if repays.over is None else f"{repays.over + unit:f}",
    )


def plan_when(whens: Iterable[When]) -> Threshold:
    """Return the grants in which a step is there: all of the sentences hold; ValueError for what a plan cannot say."""
    found: dict[str, Any] = {}
    for one in whens:
        if one.kind == "award":
            said = {f"award_{one.side}": f"{one.sum:f}", "of": one.amount and one.amount.text}
        else:
            said = {"given": f"{one.date.text}_on" if one.date else None}
        if any(found.get(key, text) != text for key, text in said.items()):
            raise ValueError("two thresholds are of the same kind, or of different amounts: keep one")
        found |= said
    return Threshold(**found)


def plan_late(prices: Iterable[Price]) -> tuple[LateRule, ...]:
    """Return what it costs to be late, in the order of time."""
    return tuple(
        LateRule(
            months=one.count if one.unit == "months" else None,
            days=None if one.unit == "months" else one.count,
            loses=print_part(one.part),
        )
        for one in sorted(prices, key=lambda one: one.count * (31 if one.unit == "months" else 1))
    )


_PERCENT_TESTS = {"changes": "jump_percent", "lines": "over_budget_percent", "moves": "moved_percent"}


def plan_check(check: Check) -> dict[str, Any]:
    """Return what a check tests and how strictly, as keys of CheckRule."""
    found: dict[str, Any] = {"level": "block" if check.refuse else "warn"}
    if check.kind in _PERCENT_TESTS:
        or_by = None if check.or_by is None else f"{check.or_by:f}"
        return {**found, _PERCENT_TESTS[check.kind]: check.percent, "or_by": or_by}
    if check.kind in ("in_period", "not_all_0"):
        return {**found, "in_period" if check.kind == "in_period" else "something": True}
    if isinstance(check.limit, Decimal):
        test = "highest" if check.kind == "at_most" else "lowest"
        return {**found, test: f"{check.limit:f}", "so_far": check.so_far}
    return {**found, check.kind: check.limit, "percent": check.percent, "so_far": check.so_far}


def plan_origin(origin: Origin, question: str, *, of_service: bool = False) -> GatherRule:
    """Return where a figure comes from: a source's column is a way through the answer where it is a web service's."""
    if origin.answer is not None:
        return GatherRule(answer=origin.answer.text, rows=origin.rows)
    source = origin.source.text if origin.source else None
    if origin.cell:
        return GatherRule(source=source, cell=origin.cell, rows=origin.rows)
    said = origin.column or question
    return GatherRule(
        source=source,
        column=None if of_service else said,
        path=said if of_service else None,
        rows=origin.rows,
        account=origin.account or None,
        where=dict(origin.where),
    )
