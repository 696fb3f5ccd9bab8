"""The command that puts a grant's documents, letters and journal together for the registry."""

from __future__ import annotations

from pathlib import Path

import click

from deployments.desk import open_desk
from models.errors import BadInput


@click.group("export")
def export_command() -> None:
    """Write what others keep: a grant's papers for the registry."""


@export_command.command("bundle")
@click.argument("reference")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The zip to write (default: REF.zip, in this folder)."
)
def bundle_command(reference: str, out: Path | None) -> None:
    """Write one zip with an index, the documents, the letters as .eml files and the journal."""
    from tasks.documents import vault_of
    from tasks.registry_bundle import write_bundle
    from tasks.words import speaker

    desk = open_desk()
    target = out or Path(f"{reference}.zip")
    try:
        count = write_bundle(
            desk.engine, vault_of(desk.settings.home), reference, target, speaker(desk.settings.language)
        )
    except OSError as problem:
        raise BadInput(f"{target}: {problem.strerror}") from problem
    click.echo(f"{target}: {count} documents and letters, with index.csv and journal.csv")
