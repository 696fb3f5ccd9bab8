"""Say to which account money is paid, what is left of what came, what was spent, and sentences about sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Literal, Protocol

from models.facts.money import Forecast, Payee, Unspent
from models.programme.language.kinds import print_sum
from models.reading.number import print_part
from models.rules.money.at_risk import missing_of
from tasks.words.names import word_name
from tasks.words.templates import one_paragraph, words_module, words_of
from tasks.words.translator import Translator

_module = partial(words_module, name="money")


class StandingPart(Protocol):
    """A part of the money, as far as where it stands is to be said; sums in minor units."""

    @property
    def amount_minor(self) -> int | None:
        """How much it is, where that is known."""

    @property
    def paid_minor(self) -> int | None:
        """What of it came."""


def word_payee(say: Translator, payee: Payee | None, today: date) -> Iterator[tuple[str, str]]:
    """Yield to which account money is to come or goes back, and that it was changed since money last came."""
    if payee is None or not payee.account:
        return
    words = _module(say.language, today=today)
    yield str(words.label("account", payee)), word_name(say, "account", payee.account)
    if payee.changed_on is not None:
        yield str(words.label("new_account", payee)), one_paragraph(words.new_account(payee))


def word_unspent(
    say: Translator, unspent: Unspent | None, adds_minor: int | None
) -> Iterator[tuple[str, str]]:
    """Yield what was spent of the money that came, what is left of it, and what a part would add to that."""
    if unspent is not None:
        words = _module(say.language)
        yield str(words.label("unspent", unspent)), one_paragraph(words.unspent(unspent, adds_minor))


def word_threshold(say: Translator, unspent: Unspent) -> str:
    """Return whether what is left is below the funder's threshold; empty where there is none, or nothing is left."""
    return str(_module(say.language).threshold(unspent))


def word_forecast(say: Translator, forecast: Forecast | None) -> str:
    """Return what will be left on a grant's last day, with how that is reckoned; empty where nothing will."""
    return "" if forecast is None else str(_module(say.language).forecast(forecast))


def word_came(
    say: Translator,
    amount_minor: int | None,
    paid_minor: int | None,
    currency: str,
    *,
    no_more: bool,
    expected_on: date | None = None,
) -> str:
    """Return how much of an instalment came and what is missing, where something is; else nothing.

    `no_more` says that what is missing is lost, `expected_on` is the day on which it is expected.
    """
    if not missing_of(amount_minor, paid_minor):
        return ""
    return str(_module(say.language).came(amount_minor, paid_minor, currency, no_more, expected_on))


def word_part(say: Translator, part: StandingPart) -> str:
    """Return an instalment's sum and how far it has come; where less came than that, how much."""
    return str(_module(say.language).part(part, missing_of(part.amount_minor, part.paid_minor)))


def word_ledger_account(say: Translator, account: str, title: str) -> str:
    """Return an account as people call it; of bookings without one, that they have none."""
    return str(_module(say.language).ledger_account(account, title))


def word_amount(
    language: str, what: Literal["share", "keeps", "repays", "when", "late", "check", "origin"], value: object
) -> str:
    """Return what the value of a sentence says; of `late`, its prices."""

    def marked(text: str) -> str:
        return text.replace(".", ",") if language == "sv" else text

    def part(held: Fraction) -> str:
        return marked(print_part(held))

    def number(held: int | Decimal) -> str:
        return marked(print_sum(Decimal(held)))

    words = words_of(language, "explanations/amounts.j2", part=part, number=number)
    return str(getattr(words, what)(value))
