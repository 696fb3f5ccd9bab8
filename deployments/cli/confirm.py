"""The command that settles which reading of a due rule holds."""

from __future__ import annotations

from datetime import date

import click

from deployments.cli.console.context import DAY, open_desk
from deployments.cli.console.moves import show_consequences
from tasks.grants.acts.readings import confirm_reading


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
    reference = desk.grant(reference).reference
    found = confirm_reading(
        desk.engine,
        reference,
        step,
        due_on=due_on,
        note=note,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        apply=not dry_run,
    )
    show_consequences(found, applied=not dry_run, as_json=as_json, mend="confirm it without --dry-run")
