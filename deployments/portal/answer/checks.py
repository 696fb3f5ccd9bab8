"""Put what the programme's checks find in the figures of a form at its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deployments.portal.answer.fields import Field
from deployments.portal.web.message import message
from models.programme.question import WHY
from models.rules.answers.figure_checks import Finding, Misfit


@dataclass(frozen=True, slots=True)
class OddFigure:
    """A check that does not hold: what the programme says of it, and how; of a sum of money in a currency."""

    says: str
    misfit: Misfit
    currency: str


def with_odd_figures(language: str, fields: tuple[Field, ...], found: Sequence[Finding]) -> tuple[Field, ...]:
    """Return the fields with what the programme's checks found: to correct, or to explain where that is enough."""
    currencies = {field.name: field.currency for field in fields if field.kind == "money"}
    odd: dict[str, list[OddFigure]] = {}
    blocking = set[str]()
    for one in found:
        name = f"q-{one.question}"
        figure = OddFigure(getattr(one.check.says, language), one.misfit, currencies.get(name, ""))
        if one.blocks:
            blocking.add(name)
        else:
            name = f"{name}.{WHY}"
        odd.setdefault(name, []).append(figure)
    return tuple(
        replace(field, error=message("odd", figures=odd[field.name], blocks=field.name in blocking))
        if field.name in odd
        else field
        for field in fields
    )
