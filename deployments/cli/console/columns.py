"""Print tables, sums and spans of days to a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from models.rules.money.at_risk import missing_of
from tasks.overview.standing import InstalmentStanding


def part_text(part: InstalmentStanding) -> str:
    """Return how far an instalment has come; of one that was paid in part what came and what is missing."""
    missing = missing_of(part.amount_minor, part.paid_minor)
    if not missing:
        return part.status
    paid, whole, left = (
        money_text(minor, part.currency) for minor in (part.paid_minor, part.amount_minor, missing)
    )
    if part.no_more_why is not None:
        return f"paid {paid} of {whole}, {left} does not come: {part.no_more_why}"
    expected = f", expected on {part.expected_on}" if part.expected_on else ""
    return f"paid {paid} of {whole}, {left} missing{expected}"


def listed(texts: Sequence[str]) -> str:
    """Return texts in a row; semicolons part them where one holds a comma of its own."""
    return ("; " if any(", " in text for text in texts) else ", ").join(texts)


def money_text(amount_minor: int | None, currency: str) -> str:
    """Return a sum as a table shows it: "100,000 SEK"; minor units only when there are any."""
    from babel.numbers import get_currency_precision

    if amount_minor is None:
        return "not known"
    precision = get_currency_precision(currency)
    whole, rest = divmod(amount_minor, 10**precision)
    return f"{whole:,}" + (f".{rest:0{precision}}" if rest else "") + f" {currency}"


def days_text(count: int) -> str:
    """Return a number of days in words: "1 day", "5 days"."""
    return f"{count} day" if count == 1 else f"{count} days"


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns that are as wide as they need to be."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: `ok`, and a line that says what is there or how to put it right."""

    what: str
    ok: bool
    said: str


def show_checked(found: Iterable[Checked]) -> None:
    """Print them."""
    for one in found:
        click.echo(f"{'ok     ' if one.ok else 'TROUBLE'}  {one.what:12} {one.said}")
