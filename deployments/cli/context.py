"""What every command works with: settings, database, today and now; and how it prints tables, sums and spans."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import click
from sqlalchemy import Engine

from deployments.cli.messages import Cli
from models.commands.clock import Clock
from models.errors import BadInput
from models.reading.fields import date_of, iso_date
from models.rules.money.at_risk import missing_of
from tasks.log_format import set_up_logs
from tasks.settings import Settings, load_settings
from tasks.store.database import open_engine, require_schema
from tasks.store.references import KnownGrant, find_grant

if TYPE_CHECKING:
    from tasks.overview.standing import InstalmentStanding


@dataclass(frozen=True, slots=True)
class Desk:
    """The settings, the open database, and the clock as it stood when the command began."""

    settings: Settings
    engine: Engine
    now: datetime

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(self.settings.zone).date()

    @property
    def clock(self) -> Clock:
        """The local date and the time, for a command that acts."""
        return Clock(self.today, self.now)

    def grant(self, reference: str) -> KnownGrant:
        """Return the grant that is meant; UnknownReference when there is none."""
        return find_grant(self.engine, reference)

    def on(self, day: date) -> Desk:
        """Return the desk on another day, at nine in the morning there."""
        if day == self.today:
            return self
        at = datetime.combine(day, time(9), tzinfo=self.settings.zone)
        return Desk(self.settings, self.engine, at.astimezone(UTC))


def open_desk(*, check_schema: bool = True) -> Desk:
    """Return the desk; raises what is wrong with the settings or the database."""
    settings = load_settings()
    set_up_logs(settings)
    engine = open_engine(settings.database)
    click.get_current_context().call_on_close(engine.dispose)
    if check_schema:
        require_schema(engine)
    return Desk(settings, engine, datetime.now(UTC))


class Day(click.ParamType[date]):
    """A day of the calendar, as 2010-12-31."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date, or fail with one line."""
        try:
            return iso_date(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY = Day()


def show_json(value: object) -> None:
    """Print a value as JSON, for another program: dataclasses by their fields, days as ISO 8601."""
    from pydantic_core import to_jsonable_python  # of all else a command needs nothing of it

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=to_jsonable_python))


def named_date(text: str) -> tuple[str, date]:
    """Return a name and a date from "final_report=2011-01-20"."""
    name, sign, value = text.partition("=")
    try:
        if not sign:
            raise ValueError
        return date_of(name.strip()), iso_date(value)
    except ValueError as error:
        raise BadInput(Cli.WRITE_DATE(text=text)) from error


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
