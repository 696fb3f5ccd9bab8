"""What every command works with: settings, database, today; and how it prints tables, sums and periods."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar

import click
from sqlalchemy import Engine

from deployments.cli.usage_faults import Cli
from deployments.migrations.foundation import check_foundation
from models.commands.clock import Clock
from models.errors import BadInput, GrantError, Unreadable
from models.message import Common, Remark
from models.reading.day import Side, read_day
from models.reading.fields import iso_date
from models.rules.money.risk import find_shortfall
from models.rules.round_times import ACTS_AT
from tasks.log_format import set_up_logs
from tasks.settings import Settings, load_settings
from tasks.store.database import open_engine, require_schema
from tasks.store.grant_lookup import KnownGrant, find_grant

if TYPE_CHECKING:
    from tasks.overview.standing import InstalmentStanding
    from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class Desk:
    """The settings, the open database, and the clock as it was when the command began."""

    settings: Settings
    engine: Engine
    now: datetime

    @property
    def today(self) -> date:
        """The local date."""
        return self.settings.local_date(self.now)

    @property
    def clock(self) -> Clock:
        """The local date and the time, for a command that acts."""
        return Clock(self.today, self.now)

    def grant(self, reference: str) -> KnownGrant:
        """Return the grant that is meant; UnknownReference if there is none."""
        return find_grant(self.engine, reference)

    def on(self, day: date) -> Desk:
        """Return the desk on another day, at nine in the morning."""
        if day == self.today:
            return self
        at = datetime.combine(day, ACTS_AT, tzinfo=self.settings.zone)
        return Desk(self.settings, self.engine, at.astimezone(UTC))


def open_desk(*, check_schema: bool = True) -> Desk:
    """Return the desk; raises an error for faults in the settings or the database."""
    settings = load_settings()
    set_up_logs(settings)
    engine = open_engine(settings.database)
    click.get_current_context().call_on_close(engine.dispose)
    if check_schema:
        require_schema(engine)
        check_foundation(engine)
    return Desk(settings, engine, datetime.now(UTC))


T = TypeVar("T")


class Read(click.ParamType[T]):
    """A value that a function reads; BadInput names the option if it cannot be read."""

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return the value."""
        try:
            return self._read(str(value))
        except Unreadable as error:
            place = param.get_error_hint(ctx).strip("'") if param else self.name
            raise BadInput(Common.AT(place=place, why=error)) from error


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise Unreadable(Cli.WRITE_PAIR(text=text))
    return name.strip(), value.strip()


def _numbered(text: str) -> tuple[int, str]:
    number, value = _pair(text)
    if not number.isdecimal():
        raise Unreadable(Cli.WRITE_NUMBERED())
    return int(number), value


DAY = Read("date", iso_date)  # of the clock, as 2010-12-31; a paper's day is read as people write it
PAIR = Read("name=value", _pair)
NUMBERED = Read("number=value", _numbered)


def read_day_option(desk: Desk, option: str, text: str, side: Side = Side.EITHER) -> date:
    """Return an option's day, as people write it; BadInput names the option."""
    try:
        return read_day(text, desk.today, side)
    except Unreadable as error:
        raise BadInput(Common.AT(place=option, why=error)) from error


def show_json(value: object) -> None:
    """Print a value as JSON, for another program: dataclasses by their fields, days as ISO 8601."""
    from pydantic_core import to_jsonable_python  # nothing else in a command needs it

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=to_jsonable_python))


def part_text(part: InstalmentStanding) -> str:
    """Return an instalment's status; if it was paid in part, what was paid and what is missing."""
    missing = find_shortfall(part.amount_minor, part.paid_minor)
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
    """Return texts in a row, separated by semicolons if one contains a comma."""
    return ("; " if any(", " in text for text in texts) else ", ").join(texts)


def money_text(amount_minor: int | None, currency: str) -> str:
    """Return a sum as a table shows it: "100,000 SEK"; minor units only if there are any."""
    from models.currency import decimals_of

    if amount_minor is None:
        return "not known"
    precision = decimals_of(currency)
    whole, rest = divmod(abs(amount_minor), 10**precision)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{precision}}" if rest else "") + f" {currency}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 day", "5 days"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns that are as wide as they need to be."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: `ok`, and a line that says what is there or how to put it right."""

    what: str
    ok: bool
    said: str


Found = tuple[bool, str | Remark]  # whether all is well, and what is there


def find_checked(checks: Mapping[str, Callable[[], Found]], say: Translator) -> Iterator[Checked]:
    """Yield the result of each check, an error as trouble; nothing after a database that cannot be used."""
    from tasks.words.reasons import word_error, word_reason

    for what, check in checks.items():
        try:
            ok, said = check()
        except (GrantError, OSError) as error:
            ok = False
            said = word_error(say, error) if isinstance(error, GrantError) else str(error)
        yield Checked(what, ok, word_reason(say, said) if isinstance(said, Remark) else said)
        if what == "database" and not ok:
            return


def show_found(results: Sequence[Checked], *, as_json: bool) -> int:
    """Print the results of checks; return the exit code."""
    if as_json:
        show_json(results)
    for one in () if as_json else results:
        click.echo(f"{'ok     ' if one.ok else 'TROUBLE'}  {one.what:12} {one.said}")
    return 0 if all(one.ok for one in results) else 1
