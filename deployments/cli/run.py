"""Commands that run things: up, portal, init, round, deliver, login."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from deployments.cli.context import DAY, Desk, counted, open_desk, show_json
from deployments.cli.usage_faults import Cli, Restoring
from models.commands.clock import Clock
from models.errors import BadInput
from tasks.settings import FILE_VARIABLE, load_settings
from tasks.store.database import shown_address, transaction

if TYPE_CHECKING:
    from tasks.outbox.deliver import DeliveryReport
    from tasks.round.days import Counts, RoundDay


@click.command("up")
@click.option("--sample", is_flag=True, help="Load a sample portfolio and run its first round.")
@click.option(
    "--port",
    type=click.IntRange(1, 65534),
    default=None,
    help="The portal's port; Prefect takes the next.",
)
def up_command(sample: bool, port: int | None) -> int:
    """Start everything: Prefect server and worker, schedules, portal, delivery; where one ends, all end."""
    from deployments.up.launcher import run_everything

    if sample and (file := os.environ.get(FILE_VARIABLE)):
        from deployments.sample.portfolio import Sample

        raise BadInput(Sample.OWN_FILE_ONLY(file=file))
    # A sample sends nothing, whatever mail server is in the working folder's file of settings.
    settings = load_settings(channel="captured") if sample else load_settings()
    return run_everything(settings, port=port, sample=sample)


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
    from tasks.store.secrets import take_key
    from tasks.store.triggers.statements import put_back
    from tasks.words.reasons import word_reason
    from tasks.words.translator import translator

    desk = open_desk(check_schema=False)
    upgrade_schema(desk.engine)
    say = translator("en")
    with transaction(desk.engine) as connection:
        if names := put_back(connection):
            click.echo(word_reason(say, Restoring.PUT_BACK(names=", ".join(names))))
    key = take_key(desk.engine, desk.settings, adopt=adopt)
    click.echo(f"The database is ready: {shown_address(desk.engine)}")
    click.echo(word_reason(say, key))


@click.command("move")
@click.option(
    "--to", "address", required=True, metavar="URL", help="An empty database: sqlite:/// or postgresql://"
)
def move_command(address: str) -> None:
    """Move everything to an empty database, and leave this one as it is. Stop the services first."""
    from deployments.migrations.move import move_rows
    from tasks.store.database import open_engine

    desk = open_desk()
    target = open_engine(address)
    click.get_current_context().call_on_close(target.dispose)
    moved = move_rows(desk.engine, target)
    click.echo(
        f"{sum(moved.values())} rows of {len(moved)} tables are in {shown_address(target)}; the journal holds."
    )
    click.echo("Name that database in GRANTS_DATABASE_URL, run 'grants init', and start the services.")


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
    from tasks.follow_through import follow_again
    from tasks.round.days import Counts, RoundDay, is_day_off, require_come
    from tasks.round.phases import run_round

    if sum((only_try, preview, delivers)) > 1:
        raise BadInput(Cli.ONE_OF(options="--dry-run, --preview, --deliver"))
    desk = open_desk()
    day = on or desk.today
    round_day = RoundDay(day, desk.now, desk.grant(grant).reference if grant else None, desk.settings.country)
    closed = is_day_off(day, desk.settings.country)
    if closed and not as_json:
        click.echo(_told_closed(desk, day))
    elif preview:
        return _preview(desk, round_day)
    elif only_try:
        return _try(desk, round_day, as_json=as_json)
    else:
        require_come(day, desk.today)
    counts = run_round(desk.engine, round_day)
    if grant is None and not closed:
        _, failed = follow_again(desk.engine, Clock(desk.today, desk.now), desk.settings)
        counts += Counts(failed=failed)
    delivery = _deliver(desk) if delivers else None
    if as_json:
        show_json(_as_json(day, counts) | ({"delivery": delivery} if delivery else {}))
    elif not closed:
        click.echo(_told(day, counts))
    if delivery and not as_json:
        click.echo(str(delivery))
    return 1 if counts.failed or _is_troubled(delivery) else 0


def _as_json(day: date, counts: Counts) -> dict[str, object]:
    return asdict(counts) | {"on": day, "failed": counts.broken, "silent": sorted(counts.silent)}


def _told_closed(desk: Desk, day: date) -> str:
    from models.rules.dates.calendar import offices_in
    from tasks.words.reasons import word_reason
    from tasks.words.translator import translator

    say = translator(desk.settings.language)
    why = offices_in(desk.settings.country).holiday(day, say.language) or say.weekday(day)
    return word_reason(say, Cli.OFFICES_CLOSED(day=day.isoformat(), why=why))


def _told(day: date, counts: Counts) -> str:
    return f"{day}: {counts}, {counted(counts.letters, 'letter')}{counts.silence}"


def _try(desk: Desk, day: RoundDay, *, as_json: bool) -> int:
    """Show who would be told of what; write nothing."""
    from deployments.cli.restore import show_told
    from tasks.round.dry_run import DryRound
    from tasks.round.phases import run_round
    from tasks.words.translator import translator

    dry = DryRound(desk.engine, desk.now)
    counts = run_round(dry.tried(), day)
    counts = replace(counts, letters=len(dry.letters))
    tellings = sorted(dry.told)
    if as_json:
        show_json(_as_json(day.on, counts) | {"told": tellings})
    else:
        show_told(tellings, translator(desk.settings.language))
        click.echo(f"{_told(day.on, counts)} (dry run: nothing is written)")
    return int(counts.failed > 0)


def _preview(desk: Desk, day: RoundDay) -> int:
    """Print the letters that a day's round would send; return 1 if one cannot be written."""
    from deployments.portal.letter_parts import read_letter, without_links
    from models.facts.worded_letter import FailedLetter, FinishedLetter
    from tasks.round.dry_run import letters_of_day

    letters = letters_of_day(desk.engine, day.on, desk.settings, day.grant) or ()
    for one in letters:
        if isinstance(one, FinishedLetter):
            text = without_links(read_letter(one.content)).text
            click.echo(f"{'=' * 72}\nTo: {one.recipient}\nSubject: {one.subject}\n\n{text}")
        elif isinstance(one, FailedLetter):
            click.echo(f"a letter cannot be written: {one.error}", err=True)
    finished = sum(isinstance(one, FinishedLetter) for one in letters)
    click.echo(f"{day.on}: {counted(finished, 'letter')} (preview: nothing is written)")
    return int(any(isinstance(one, FailedLetter) for one in letters))


@click.command("deliver")
@click.option("--keep-on", is_flag=True, help="Look every few seconds, until it is stopped.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def deliver_command(keep_on: bool, as_json: bool) -> int:
    """Drain the outbox: hand every letter that is due to the mail server."""
    if keep_on and as_json:
        raise BadInput(Cli.ONE_OF(options="--keep-on, --json"))
    if keep_on:
        return _keep_on(open_desk())
    report = _deliver(open_desk())
    if as_json:
        show_json(report)
    else:
        click.echo(report.said_in("en"))
    return 1 if _is_troubled(report) else 0


def _keep_on(desk: Desk) -> int:
    from deployments.up.letters import keep_delivering
    from tasks.outbox.deliver import until_told

    until_told(partial(keep_delivering, desk.engine, desk.settings, lambda: datetime.now(UTC)))
    return 0


def _deliver(desk: Desk) -> DeliveryReport:
    from tasks.outbox.deliver import deliver

    return deliver(desk.engine, desk.settings, lambda: datetime.now(UTC))


def _is_troubled(report: DeliveryReport | None) -> bool:
    return report is not None and bool(report.troubles or report.route_error or report.mailbox_error)


@click.command("login")
@click.argument("email", required=False)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def login_command(email: str | None, as_json: bool) -> None:
    """Print an address that signs in to the portal once: as its operator, or as the person with EMAIL."""
    from models.reading.address import as_compared
    from models.rules.lifetimes import LOGIN_LINK_LIVES
    from tasks.people.sign_in import login_address, person_to_sign_in

    desk = open_desk()
    person_id = person_to_sign_in(desk.engine, email, desk.today) if email else None
    address = login_address(desk.engine, desk.settings, person_id, desk.now)
    if as_json:
        show_json({"address": address, "expires_at": (desk.now + LOGIN_LINK_LIVES).isoformat()})
        return
    click.echo(address)
    minutes = int(LOGIN_LINK_LIVES.total_seconds()) // 60
    who = as_compared(email) if email else "the operator, who sees what an admin sees"
    click.echo(f"It signs in once, within {minutes} minutes, as {who}.")
