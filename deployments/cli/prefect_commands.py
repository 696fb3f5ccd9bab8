"""Commands for a Prefect of one's own, under a service manager or on several machines: deploy, exec."""

import os

import click

from deployments.cli.context import open_desk
from deployments.cli.usage_faults import Cli
from models.errors import BadInput
from tasks.settings import load_settings


@click.command("deploy")
def deploy_command() -> None:
    """Make Prefect's deployments and schedules, unless they are there as they should be."""
    from deployments.up.deploy import deploy
    from deployments.up.home import at_its_port, installed_environment

    desk = open_desk()
    environment = installed_environment(desk.settings, os.environ)
    if deploy(at_its_port(desk.settings), desk.engine, environment):
        click.echo(f"The deployments are made at {environment['PREFECT_API_URL']}.")


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_command(command: tuple[str, ...]) -> None:
    """Run a command with the settings of this installation: Prefect's server, its worker, 'prefect' itself."""
    from deployments.up.home import installed_environment

    environment = installed_environment(load_settings(), os.environ)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606  (what the operator typed)
    except OSError as error:
        raise BadInput(Cli.NO_COMMAND(name=command[0])) from error
