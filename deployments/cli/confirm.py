"""The commands that confirm: which reading of a due rule holds, and what was late when grants were imported."""

from __future__ import annotations

from datetime import date

import click

from deployments.cli.console.columns import days_text
from deployments.cli.console.context import DAY, open_desk
from deployments.cli.console.moves import show_consequences
from models.commands.grants import ConfirmLate
from models.commands.steps import ConfirmReading
from tasks.perform import perform
from tasks.store.database import dry_run as only_look


@click.command("confirm")
@click.argument("reference")
@click.argument("step")
@click.option(
    "--on", "due_on", type=DAY, required=True, help="The day that holds, one of the step's readings."
)
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who confirms it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
@click.option("--note", default="", help="How it is known: whom you asked, or where it is written.")
def confirm_command(
    reference: str, step: str, due_on: date, by_email: str, note: str, dry_run: bool, as_json: bool
) -> None:
    """Confirm which day holds where a due date can be read in more than one way; show what moves by it."""
    desk = open_desk()
    said = ConfirmReading(desk.grant(reference).reference, step, due_on, note)
    engine = only_look(desk.engine) if dry_run else desk.engine
    found = perform(engine, said, by_email, desk.clock)
    show_consequences(found, applied=not dry_run, as_json=as_json, mend="confirm it without --dry-run")


@click.command("confirm-import")
@click.argument("references", nargs=-1, required=True, metavar="REF...")
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who confirms it.")
@click.option("--on", type=DAY, default=None, help="Confirm as of this day (default: today).")
@click.option("--yes", is_flag=True, help="Do not ask.")
def confirm_import_command(references: tuple[str, ...], by_email: str, on: date | None, yes: bool) -> None:
    """Confirm what was late when grants were imported: from the next round on people are told.

    Until then nobody is told of anything in them. What is late is listed first, and asked about.
    """
    desk = open_desk()
    desk = desk.on(on) if on else desk
    wanted = [desk.grant(one).reference for one in references]
    for reference in wanted:
        for one in perform(only_look(desk.engine), ConfirmLate(reference), by_email, desk.clock):
            late = days_text((desk.today - one.due_on).days)
            click.echo(f"{reference} {one.key}: due {one.due_on}, {late} late")
    if not yes:
        click.confirm("Is that right, and are people to be told from now on?", abort=True)
    for reference in wanted:
        perform(desk.engine, ConfirmLate(reference), by_email, desk.clock)
    click.echo(f"{', '.join(wanted)}: confirmed; the next round tells who is to act.")
