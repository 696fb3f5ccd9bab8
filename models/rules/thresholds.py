"""Decide whether an award is large enough for a step to be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from babel.numbers import get_currency_precision

from models.import_file import read_amount
from models.rules.both import Both
from models.written_numbers import read_number

if TYPE_CHECKING:
    from models.programme import Programme
    from models.step_terms import Threshold


@dataclass(frozen=True, slots=True)
class ThresholdFound:
    """The least award in minor units, the threshold in words, and what a person should know about it."""

    from_minor: int
    words: Both
    warning: Both | None = None


def find_threshold(programme: Programme, when: Threshold, year: int) -> ThresholdFound:
    """Return the threshold of a year's decisions.

    An amount that nobody has published for the year is that of the year before it, else of the first year after,
    and says so: a step too many is seen and taken away, one too few is not.
    """
    currency = programme.currency
    if when.of is None:
        least = read_amount(when.award_from, currency)
        return ThresholdFound(least, _from(sum_text(least, currency)))
    years = programme.amounts[when.of]
    known = max((one for one in years if one <= year), default=min(years))
    amount = read_amount(years[known], currency)
    count = read_number(when.award_from)
    least = int((count * amount).to_integral_value(rounding=ROUND_CEILING))
    counted = f"{count:f} × {sum_text(amount, currency)}, {when.of} {known}"
    words = _from(f"{sum_text(least, currency)} ({counted})")
    if known == year:
        return ThresholdFound(least, words)
    return ThresholdFound(
        least,
        words,
        Both(
            f"programmet har inget belopp '{when.of}' för {year}: det för {known} gäller tills det läggs till",
            f"the programme has no amount '{when.of}' for {year}: that of {known} holds until it is added",
        ),
    )


def reached_threshold(
    programme: Programme, when: Threshold, award_minor: int | None, decided_on: date | None
) -> ThresholdFound | None:
    """Return the threshold when the award reaches it; None while there is no award, or when it is smaller."""
    if award_minor is None or decided_on is None:
        return None
    found = find_threshold(programme, when, decided_on.year)
    return found if award_minor >= found.from_minor else None


def sum_text(minor: int, currency: str) -> str:
    """Return a sum as "294 000 SEK", in full units where it is even."""
    precision = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-precision)
    shown = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.{precision}f}"
    return f"{shown.replace(',', ' ')} {currency}"


def _from(text: str) -> Both:
    return Both(f"från ett bidrag på {text}", f"from an award of {text}")
