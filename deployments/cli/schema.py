"""The command that says what a programme file or an import file may hold."""

from __future__ import annotations

import click

from deployments.cli.console.context import show_json
from deployments.shipped_files import PROGRAMMES
from tasks.programmes.schema import import_schema, programme_schema


@click.command("schema")
@click.option("--import", "of_import", is_flag=True, help="Of an import file, not of a programme file.")
@click.option(
    "--page", is_flag=True, help="Write the pages about the programme file again, next to the programmes."
)
def schema_command(of_import: bool, page: bool) -> None:
    """Print the JSON Schema of a programme file, so that editors complete and check while typing."""
    if of_import and page:
        raise click.UsageError("there is no page of the import file: leave out --page or --import")
    if not page:
        show_json(import_schema() if of_import else programme_schema())
        return
    from tasks.programmes.page import reference_pages  # Jinja2, which the schema needs not

    for name, text in reference_pages().items():
        (PROGRAMMES / name).write_text(text, encoding="utf-8")
        click.echo(f"written: {PROGRAMMES / name}")
