"""Decide whether an award is large enough, and its grant long enough, for a step to be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from babel.numbers import get_currency_precision

from models.facts.receipt import Term, term
from models.reading.number import exact_amount, read_amount

if TYPE_CHECKING:
    from models.programme.language.amounts.terms import When
    from models.programme.plan import Programme
    from models.programme.step import StepRule


@dataclass(frozen=True, slots=True)
class ThresholdFound:
    """The least award and the award from which it is too large, in minor units; both as sums; what should be known."""

    from_minor: int
    below_minor: int | None
    bounds: Term
    warning: Term | None = None

    def holds(self, award_minor: int) -> bool:
        """Return whether an award is within it."""
        return self.from_minor <= award_minor and (self.below_minor is None or award_minor < self.below_minor)


def find_threshold(programme: Programme, rule: StepRule, year: int) -> ThresholdFound:
    """Return the threshold of a year's decisions, with how long the grant is.

    An amount that nobody has published for the year is that of the year before it, else of the first year after,
    and says so: a step too many is seen and taken away, one too few is not.
    """
    years = programme.amounts[rule.amount] if rule.amount else {}
    known = max((one for one in years if one <= year), default=min(years, default=year))
    bounds = {one.side: _bound(programme, one, known) for one in rule.when if one.kind == "award"}
    least, most = (bounds[side][0] if side in bounds else None for side in ("from", "below"))
    warning = term("amount_of_year", name=rule.amount, year=year, known=known) if known != year else None
    lengths = {str(one.side): one.months for one in rule.when if one.kind == "length"}
    said = term("threshold", **{f"award_{side}": text for side, (_, text) in bounds.items()}, **lengths)
    return ThresholdFound(least or 0, most, said, warning)


def _bound(programme: Programme, when: When, year: int) -> tuple[int, str]:
    """Return one bound in minor units, and as a text."""
    currency, count = programme.currency, when.sum or Decimal(0)
    if when.amount is None:
        least = exact_amount(count, currency)
        return least, sum_text(least, currency)
    amount, name = read_amount(programme.amounts[when.amount.text][year], currency), when.amount.text
    least = int((count * amount).to_integral_value(rounding=ROUND_CEILING))
    return least, f"{sum_text(least, currency)} ({count:f} × {sum_text(amount, currency)}, {name} {year})"


def reached_threshold(
    programme: Programme, rule: StepRule, award_minor: int | None, decided_on: date | None
) -> ThresholdFound | None:
    """Return the threshold when the award is within it; None while there is no award, or when it is not."""
    if award_minor is None or decided_on is None:
        return None
    found = find_threshold(programme, rule, decided_on.year)
    return found if found.holds(award_minor) else None


def sum_text(minor: int, currency: str) -> str:
    """Return a sum as "294 000 SEK", in full units where it is even."""
    precision = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-precision)
    shown = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.{precision}f}"
    return f"{shown.replace(',', ' ')} {currency}"
