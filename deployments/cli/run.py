"""Commands that run things: up, portal, init, round, deliver."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from deployments.cli.context import DAY, Desk, open_desk, show_json
from deployments.cli.messages import Cli
from models.errors import BadInput, Unreadable
from models.message import Common
from models.reading.fields import iso_date
from tasks.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from tasks.outbox.deliver import DeliveryReport
    from tasks.round.days import Counts
    from tasks.round.dry import WouldTell


@click.command("up")
@click.option("--sample", is_flag=True, help="Load a sample portfolio and run its first round.")
@click.option(
    "--port",
    type=click.IntRange(1, 65533),
    default=None,
    help="The portal's port; Prefect takes the next two.",
)
def up_command(sample: bool, port: int | None) -> int:
    """Start everything: Prefect server and worker, schedules, portal, delivery."""
    from deployments.up.start import run_embedded

    return run_embedded(load_settings(), port=port, sample=sample)


@click.command("portal")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The portal's port.")
def portal_command(port: int | None) -> None:
    """Serve the portal alone, next to a Prefect of your own or under a service manager."""
    from deployments.portal.server import serve_portal
    from deployments.up.web import port_of, require_free

    desk = open_desk()
    desk.engine.dispose()
    chosen = port or port_of(desk.settings)
    require_free(desk.settings.portal_host, chosen)
    serve_portal(desk.settings, chosen)


@click.command("init")
@click.option(
    "--adopt", is_flag=True, help="Take this machine's key and folder of files as those of all machines."
)
def init_command(adopt: bool) -> None:
    """Create or upgrade the database."""
    from deployments.migrations.upgrade import upgrade_schema
    from tasks.store.secrets import share

    desk = open_desk(check_schema=False)
    upgrade_schema(desk.engine)
    share(desk.engine, desk.settings, adopt=adopt)
    click.echo(f"The database is ready: {desk.engine.url.render_as_string(hide_password=True)}")


# How many lines of a dry round fit a person's reading.
_ROUND_LINES = 50


@click.command("round")
@click.option("--on", type=DAY, default=None, help="The day (default: today).")
@click.option("--grant", default=None, help="Only this grant.")
@click.option("--dry-run", "only_try", is_flag=True, help="Show who would be told of what; write nothing.")
@click.option("--preview", is_flag=True, help="Print the letters of any day whole; write nothing.")
@click.option("--deliver", "delivers", is_flag=True, help="Hand the letters to the mail server right after.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def round_command(
    on: date | None, grant: str | None, only_try: bool, preview: bool, delivers: bool, as_json: bool
) -> int:
    """Run the daily round, here and now, without a Prefect server."""
    from tasks.round.days import RoundDay, day_off, is_completed
    from tasks.round.dry import DryRound
    from tasks.round.phases import run_round
    from tasks.store.database import reading

    if (only_try or preview) and delivers:
        raise BadInput(Cli.ONE_OF(options=f"{'--preview' if preview else '--dry-run'}, --deliver"))
    if preview:
        return _preview(on, grant)
    desk = open_desk()
    day = on or desk.today
    if day > desk.today and not only_try:
        raise BadInput(Cli.LETTERS_TODAY(day=day))
    reference = None if grant is None else desk.grant(grant).reference
    dry = DryRound(desk.engine, desk.now) if only_try else None
    closed = day_off(day, desk.settings.country)
    counts = run_round(
        dry.tried() if dry else desk.engine, RoundDay(day, desk.now, reference, desk.settings.country)
    )
    delivery = _deliver(desk) if delivers else None
    letters = len(dry.letters) if dry else counts.letters
    if as_json:
        told = None if dry is None else sorted(dry.told)
        show_json(_round_told(day, counts, letters, told) | ({"delivery": delivery} if delivery else {}))
    elif closed:
        click.echo(f"{day.isoformat()}: offices are closed ({closed}); nothing is sent.")
    else:
        if dry:
            with reading(desk.engine) as connection:
                _show_would_tell(sorted(dry.told), has_run=is_completed(connection, day))
        tried = " (dry run: nothing is written)" if dry else ""
        written = f"{letters} {'letter' if letters == 1 else 'letters'}"
        click.echo(f"{day.isoformat()}: {counts}, {written}{counts.silence}{tried}")
    if delivery and not as_json:
        click.echo(str(delivery))
    return 1 if counts.failed or _is_troubled(delivery) else 0


def _preview(on: date | None, grant: str | None) -> int:
    """Print the letters that a day's round would send; return 1 where one cannot be written."""
    from deployments.portal.letter_parts import read_letter, without_links
    from models.facts.worded_letter import FailedLetter, FinishedLetter
    from tasks.outbox.deliver import letter_settings
    from tasks.round.dry import letters_of_day

    desk = open_desk()
    day = on or desk.today
    reference = None if grant is None else desk.grant(grant).reference
    found = letters_of_day(
        desk.engine, day, desk.settings.zone, letter_settings(desk.settings), desk.settings.country, reference
    )
    if found is None:
        click.echo(f"{day.isoformat()}: offices are closed; nothing is sent.")
        return 0
    for one in found:
        if isinstance(one, FinishedLetter):
            text = without_links(read_letter(one.content)).text
            click.echo(f"{'=' * 72}\nTo: {one.recipient}\nSubject: {one.subject}\n\n{text}")
        elif isinstance(one, FailedLetter):
            click.echo(f"a letter cannot be written: {one.error}", err=True)
    finished = sum(isinstance(one, FinishedLetter) for one in found)
    click.echo(f"{day.isoformat()}: {finished} letters (preview: nothing is written)")
    return 1 if any(isinstance(one, FailedLetter) for one in found) else 0


def _round_told(
    day: date, counts: Counts, letters: int, told: Sequence[WouldTell] | None
) -> dict[str, object]:
    """Return what a round came to; `told` is who would be told of what, by one that is only tried."""
    found: dict[str, object] = {
        "on": day.isoformat(),
        "due": counts.due,
        "reminded": counts.reminded,
        "escalated": counts.escalated,
        "letters": letters,
        "failed": counts.broken,
        "without_figures": counts.unfed,
        "silent": sorted(counts.silent),
    }
    if told is not None:
        found["told"] = list(told)
    return found


def _show_would_tell(told: Sequence[WouldTell], *, has_run: bool) -> None:
    from deployments.cli.context import show_table
    from tasks.words.names import word_name
    from tasks.words.translator import translator

    if not told:
        if has_run:
            click.echo("The round of the day has run already; --on DATE tries another day's.")
        return
    say, shown = translator("en"), told[:_ROUND_LINES]
    show_table(
        ("WHO", "GRANT", "STEP", "DUE", "LETTER"),
        [
            (
                one.person,
                one.grant,
                one.step,
                one.due_on.isoformat(),
                word_name(say, "news", one.kind, one.rung),
            )
            for one in shown
        ],
    )
    if more := len(told) - len(shown):
        click.echo(f"... and {more:,} more; --json shows all")


@click.command("deliver")
@click.option(
    "--on",
    "moment",
    default=None,
    metavar="DATETIME",
    help="As if it were then: its time zone is GRANTS_TIMEZONE where it says none.",
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def deliver_command(moment: str | None, as_json: bool) -> int:
    """Drain the outbox: hand every letter that is due to the mail server."""
    desk = open_desk()
    report = _deliver(desk, _moment(moment, desk.settings.zone) if moment else None)
    if as_json:
        show_json(report)
    else:
        click.echo(report.said_in("en"))
    return 1 if _is_troubled(report) else 0


def _deliver(desk: Desk, moment: datetime | None = None) -> DeliveryReport:
    from tasks.outbox.deliver import deliver

    return deliver(desk.engine, desk.settings, lambda: moment or datetime.now(UTC))


def _is_troubled(report: DeliveryReport | None) -> bool:
    return report is not None and bool(
        report.troubles or report.leased or report.route_error or report.mailbox_error
    )


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment; one without a time zone is of the office's own."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(Cli.WRITE_MOMENT(text=text)) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    try:
        iso_date(found.date())
    except Unreadable as error:
        raise BadInput(Common.AT(place=f"--on {text}", why=error)) from error
    return found.astimezone(UTC)
