"""Say how many decimals a currency has, and how a sum is written plainly."""

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision

_UNNAMED = 2  # where no currency is named


def decimals_of(currency: str) -> int:
    """Return the number of decimals of sums in the currency: 2 for "SEK", and for "" (no currency)."""
    return get_currency_precision(currency) if currency else _UNNAMED


def whole_units(amount_minor: int, currency: str) -> Decimal:
    """Return a sum in minor units as whole units of its currency: 10050 öre are 100.50 kronor."""
    return Decimal(amount_minor).scaleb(-decimals_of(currency))


def sum_text(minor: int, currency: str) -> str:
    """Return a sum as "294 000 SEK", without decimals if it is in full units."""
    return f"{_digits(minor, currency)} {currency}".replace(",", " ")


def _digits(minor: int, currency: str) -> str:
    amount = whole_units(minor, currency)
    decimals = 0 if amount == amount.to_integral_value() else decimals_of(currency)
    return f"{amount:,.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum that a message names, in minor units; written as its reader writes sums."""

    minor: int
    currency: str

    def __str__(self) -> str:
        """Return it as English writes it: "294,000 SEK"."""
        return f"{_digits(self.minor, self.currency)} {self.currency}"
