"""The command that brings running grants under an amended programme."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from deployments.cli.console.context import open_desk, show_json
from deployments.cli.console.moves import show_consequences
from deployments.cli.messages import Cli
from deployments.shipped_files import programme_folders
from models.commands.grants import Upgrade
from models.errors import BadInput, ImportInvalid
from tasks.commands.grants import Upgraded
from tasks.perform import perform
from tasks.programmes.files import read_programme
from tasks.programmes.registry import ProgrammeRegistry
from tasks.store.database import dry_run


@click.command("upgrade")
@click.argument("references", nargs=-1, metavar="[REF]...")
@click.option("--programme", required=True, help="The programme's name, or its file.")
@click.option("--all", "everyone", is_flag=True, help="Every running grant of that programme.")
@click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who does it.")
@click.option("--yes", is_flag=True, help="Do it; without it, the difference is only shown.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def upgrade_command(
    references: tuple[str, ...],
    programme: str,
    everyone: bool,
    by_email: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Bring running grants under the programme as its file is now; show first what is another."""
    if bool(references) == everyone:
        raise BadInput(Cli.NAME_GRANTS())
    desk = open_desk()
    folders = programme_folders(desk.settings.home)
    try:
        if programme.endswith((".yaml", ".yml")):
            amended = read_programme(Path(programme), *folders)
        else:
            amended = ProgrammeRegistry(*folders).get(programme)
    except ImportInvalid as error:
        raise BadInput(error.remark) from error
    said = Upgrade(amended, tuple(desk.grant(one).reference for one in references))
    done = perform(desk.engine if yes else dry_run(desk.engine), said, by_email, desk.clock)
    upgraded, found = done.upgraded, done.moved
    if as_json:
        show_json({"upgraded": upgraded, **found.as_json(), "applied": yes})
        return
    _show_versions(upgraded)
    if not upgraded:
        click.echo("Every grant is under the programme as it is.")
        if not found.changes:
            return
    show_consequences(found, applied=yes, as_json=False)


def _show_versions(upgraded: Sequence[Upgraded]) -> None:
    """Print which grants come from which version to which, and under each version what is said otherwise."""
    groups: dict[str, list[Upgraded]] = {}
    for one in upgraded:
        groups.setdefault(one.from_sha256, []).append(one)
    for group in groups.values():
        for one in group:
            click.echo(
                f"{one.grant}: {one.from_key} {one.from_sha256[:12]} -> {one.to_key} {one.to_sha256[:12]}"
            )
        for other in group[0].differences:
            click.echo(f"  {other.key}: {other.before or '-'} -> {other.after or '-'}")
