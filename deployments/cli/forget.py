"""The command that takes the name of somebody who has left out of the rows: forget."""

from __future__ import annotations

import click

from deployments.cli.console.context import open_desk
from models.commands.clock import Clock
from models.commands.people import Forget
from tasks.perform import perform


@click.command("forget")
@click.argument("email")
def forget_command(email: str) -> None:
    """Take the name, address and telephone number of somebody who has left out of the register of people."""
    desk = open_desk()
    name = perform(desk.engine, Forget(email), None, Clock(desk.today, desk.now))
    click.echo(f"They are shown as {name} from now on; letters and documents that were made keep the name.")
