"""The commands about one person: the one that lets them into the portal, and the one that forgets their name."""

from __future__ import annotations

import click

from deployments.cli.context import open_desk, show_json
from models.commands.clock import Clock
from models.commands.people import Forget
from tasks.perform import perform


@click.command("login")
@click.argument("email", required=False)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def login_command(email: str | None, as_json: bool) -> None:
    """Print an address that signs in to the portal once: as its operator, or as the person with EMAIL."""
    from tasks.people.sign_in import LOGIN_LINK_LIVES, login_address, person_to_sign_in

    desk = open_desk()
    person_id = person_to_sign_in(desk.engine, email, desk.today) if email else None
    address = login_address(desk.engine, desk.settings, person_id, desk.now)
    if as_json:
        show_json({"address": address, "expires_at": (desk.now + LOGIN_LINK_LIVES).isoformat()})
        return
    click.echo(address)
    minutes = int(LOGIN_LINK_LIVES.total_seconds()) // 60
    who = email.strip().lower() if email else "the operator, who sees what an admin sees"
    click.echo(f"It signs in once, within {minutes} minutes, as {who}.")


@click.command("forget")
@click.argument("email")
def forget_command(email: str) -> None:
    """Take the name, address and telephone number of somebody who has left out of the register of people."""
    desk = open_desk()
    name = perform(desk.engine, Forget(email), None, Clock(desk.today, desk.now))
    click.echo(f"They are shown as {name} from now on; letters and documents that were made keep the name.")
