"""The command that settles which reading of a due rule holds."""

from __future__ import annotations

from datetime import date

import click

from deployments.desk import DAY, open_desk
from tasks.readings import confirm_reading


@click.command("confirm")
@click.argument("reference")
@click.argument("step")
@click.option(
    "--on", "due_on", type=DAY, required=True, help="The day that holds, one of the step's readings."
)
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who confirms it.")
@click.option("--note", default="", help="How it is known: whom you asked, or where it is written.")
def confirm_command(reference: str, step: str, due_on: date, by_email: str, note: str) -> None:
    """Confirm which day holds where a due date can be read in more than one way."""
    desk = open_desk()
    reference = desk.grant(reference).reference
    moved = confirm_reading(
        desk.engine,
        reference,
        step,
        due_on=due_on,
        note=note,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
    )
    click.echo(f"{reference} {step}: due on {due_on}, confirmed.")
    for one in moved:
        click.echo(f"{one.key}: {one.from_on or '-'} -> {one.to_on or '-'}")
