"""Word sums: accounts, what is left, and what was spent."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Literal

from models.facts.money import Payee, Unspent
from models.programme.language.kinds import print_fraction, print_sum
from models.reading.number import print_part
from tasks.words.templates import one_paragraph, word_from, words_module, words_of
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_name

_module = partial(words_module, name="money")


def word_money(say: Translator, name: str, *facts: object, **more: object) -> str:
    """Return the words of that name in `templates/explanations/money.j2`, about these facts."""
    return word_from(_module(say.language), name, *facts, **more)


def word_payee(say: Translator, payee: Payee | None, today: date) -> Iterator[tuple[str, str]]:
    """Yield the account to which money comes or goes back, and whether it changed since the last payment."""
    if payee is None or not payee.account:
        return
    words = _module(say.language, today=today)
    yield str(words.label("account", payee)), word_name(say, "account", payee.account)
    if payee.changed_on is not None:
        yield str(words.label("new_account", payee)), one_paragraph(words.new_account(payee))


def word_unspent(
    say: Translator, unspent: Unspent | None, adds_minor: int | None
) -> Iterator[tuple[str, str]]:
    """Yield what was spent of the received money, what is left, and what a part would add to that."""
    if unspent is not None and unspent.left_minor:
        words = _module(say.language)
        yield str(words.label("unspent", unspent)), one_paragraph(words.unspent(unspent, adds_minor))


def word_amount(
    language: str, what: Literal["share", "keeps", "repays", "when", "late", "check", "origin"], value: object
) -> str:
    """Return the words for a sentence's value; for `late`, its prices."""

    def marked(text: str) -> str:
        return text.replace(".", ",") if language == "sv" else text

    def part(held: Fraction) -> str:
        return marked(print_part(held))

    def number(held: int | Decimal | Fraction) -> str:
        return print_fraction(held) if isinstance(held, Fraction) else marked(print_sum(Decimal(held)))

    words = words_of(language, "explanations/amounts.j2", part=part, number=number)
    return word_from(words, what, value)
