"""The command that lets people into the portal from where it runs: login."""

from __future__ import annotations

import click

from deployments.cli.console.context import open_desk, show_json


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
