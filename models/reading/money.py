"""Read sums of money as people write them: 500 000, 10.000,50 kr, 500000.00, 500 tkr."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from babel.numbers import get_currency_precision
from pydantic import BeforeValidator, WithJsonSchema

from models.errors import Unreadable
from models.reading.messages import Reading
from models.reading.number import NotANumber, bare_sum, in_full, read_number, shown

_CURRENCY = re.compile(r"\b[A-Z]{3}\b")


def not_a_sum(value: object) -> Unreadable:
    """Return the error that says so of what was written."""
    return Unreadable(Reading.NOT_A_SUM(value=shown(value)))


def _sum(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise not_a_sum(value)
    return str(value)


# A sum as it is written; read_amount gives it its size once the currency is known.
Sum = Annotated[
    str, BeforeValidator(_sum), WithJsonSchema({"type": ["string", "integer"], "title": "a sum of money"})
]


def currency_in(text: str) -> str:
    """Return the currency that a sum names by its code; kronor where it names none."""
    found = _CURRENCY.search(text)
    return found[0] if found else "SEK"


def read_amount(value: str | int, currency: str) -> int:
    """Return a sum in minor units: "500 000", "10.000,50", "500000.00" or "500 tkr"; ValueError if not one."""
    text = bare_sum(in_full(str(value), currency), currency)
    precision = get_currency_precision(currency)
    try:
        return int(read_number(text, precision).scaleb(precision))
    except NotANumber as error:
        raise not_a_sum(value) from error
    except ValueError as error:
        raise Unreadable(Reading.SUM_IN(why=error, currency=currency)) from error


def exact_amount(value: Decimal, currency: str) -> int:
    """Return a sum that is known exactly in minor units; ValueError where it has too many decimals."""
    minor = value.scaleb(get_currency_precision(currency))
    return int(minor) if minor == int(minor) else read_amount(f"{value:f}", currency)


def minor_units(value: str | int | None, currency: str) -> int | None:
    """Return a sum as a file writes it in minor units, or None where it writes none."""
    return None if value is None else read_amount(value, currency)
