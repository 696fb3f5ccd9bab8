"""The commands that write files for others: a grant's papers for the registry, the portfolio as a table."""

from __future__ import annotations

from pathlib import Path

import click

from deployments.desk import open_desk
from models.errors import BadInput


@click.group("export")
def export_command() -> None:
    """Write what others keep: a grant's papers for the registry, the portfolio as a spreadsheet."""


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
    reference = desk.grant(reference).reference
    target = out or Path(f"{reference}.zip")
    try:
        count = write_bundle(
            desk.engine, vault_of(desk.settings.home), reference, target, speaker(desk.settings.language)
        )
    except OSError as problem:
        raise BadInput(f"{target}: {problem.strerror}") from problem
    click.echo(f"{target}: {count} documents and letters, with index.csv and journal.csv")


@export_command.command("xlsx")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("grants.xlsx"), show_default=True, help="The file."
)
def xlsx_command(out: Path) -> None:
    """Write the portfolio as a spreadsheet; a name that ends in .csv gets a CSV file instead."""
    from deployments.portfolio_sheet import WIDTHS, portfolio_table
    from tasks.database import reading
    from tasks.standing import standings
    from tasks.table_files import csv_of, xlsx_of
    from tasks.words import speaker

    desk = open_desk()
    with reading(desk.engine) as connection:
        rows = standings(connection, desk.today)
        table = portfolio_table(connection, speaker(desk.settings.language), rows)
    content = csv_of(table) if out.suffix.lower() == ".csv" else xlsx_of(table, WIDTHS)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise BadInput(f"--out {out}: {error.strerror}") from error
    click.echo(f"{len(rows)} grants written to {out}.")
