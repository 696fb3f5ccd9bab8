"""The commands that write files for others: papers for the registry, portfolio and plan, what an import takes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click

from deployments.cli.context import Desk, open_desk, write_file
from models.errors import BadInput
from models.message import Common
from models.reading.line import in_file_names
from tasks.files.inspection import why_unread
from tasks.settings import load_settings


@click.group("export")
def export_command() -> None:
    """Write what others keep: papers for the registry, the portfolio and the plan, the workbook for an import."""


@export_command.command("bundle")
@click.argument("reference")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The zip to write (default: REF.zip, in this folder)."
)
def bundle_command(reference: str, out: Path | None) -> int:
    """Write one zip with an index, documents, letters as .eml and the journal (exit 1: a file is left out)."""
    from tasks.commands.files.documents import vault_of
    from tasks.documents.bundle.index import write_bundle
    from tasks.words.translator import translator

    desk = open_desk()
    reference = desk.grant(reference).reference
    target = out or Path(f"{in_file_names(reference)}.zip")
    try:
        bundle = write_bundle(
            desk.engine, vault_of(desk.settings), reference, target, translator(desk.settings.language)
        )
    except OSError as problem:
        raise BadInput(Common.AT(place=target, why=why_unread(problem))) from problem
    click.echo(f"{target}: index.csv ({_counted(bundle.lines, 'line')}), documents, letters and journal.csv")
    if bundle.to_try:
        click.echo(
            f"note: {_counted(bundle.to_try, 'line')} of the index to be tried for confidentiality before handing out",
            err=True,
        )
    for about in bundle.left_out:
        click.echo(f"left out: {about}; put the file back from a backup and write it again", err=True)
    return 1 if bundle.left_out else 0


@export_command.command("xlsx")
@click.argument("references", nargs=-1)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("grants.xlsx"), show_default=True, help="The file."
)
def xlsx_command(references: tuple[str, ...], out: Path) -> None:
    """Write the portfolio and the plan, of all grants or of some, as a spreadsheet.

    A name that ends in .csv gets the portfolio alone, as a CSV file.
    """
    from tasks.files.tables import SheetOut, csv_of, xlsx_of
    from tasks.overview.grants import list_standings
    from tasks.overview.plan_sheet import WIDTHS as PLAN_WIDTHS
    from tasks.overview.plan_sheet import plan_table
    from tasks.overview.portfolio import WIDTHS, portfolio_table
    from tasks.store.database import reading
    from tasks.words.translator import translator

    desk = open_desk()
    say = translator(desk.settings.language)
    with reading(desk.engine) as connection:
        rows = list_standings(connection, desk.today)
        wanted = _chosen(desk, [row.reference for row in rows], references)
        rows = [row for row in rows if row.reference in wanted]
        table = portfolio_table(connection, say, rows)
        if out.suffix.lower() == ".csv":
            content = csv_of(table)
        else:
            plan = plan_table(connection, say, sorted(wanted), desk.today)
            content = xlsx_of(
                SheetOut(say.gettext("Portfolio"), table, WIDTHS),
                SheetOut(say.gettext("Plan"), plan, PLAN_WIDTHS),
            )
    write_file(out, content)
    click.echo(f"{_counted(len(rows), 'grant')} written to {out}.")


@export_command.command("ics")
@click.argument("references", nargs=-1)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("grants.ics"), show_default=True, help="The file."
)
def ics_command(references: tuple[str, ...], out: Path) -> None:
    """Write what is due, of all grants or of some, and their committees' meetings, as a calendar file."""
    from email.utils import parseaddr

    from tasks.outbox.render import write_calendar
    from tasks.overview.grants import list_references
    from tasks.overview.plan_sheet import plan_dates
    from tasks.store.database import reading
    from tasks.words.translator import translator

    desk = open_desk()
    domain = parseaddr(desk.settings.mail_from)[1].partition("@")[2]
    with reading(desk.engine) as connection:
        wanted = _chosen(desk, list_references(connection), references)
        dates = plan_dates(connection, translator(desk.settings.language), sorted(wanted), domain)
    write_file(out, write_calendar(dates, desk.now))
    click.echo(f"{_counted(len(dates), 'date')} written to {out}.")


@export_command.command("import")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("import.xlsx"), show_default=True, help="The file."
)
def import_workbook_command(out: Path) -> None:
    """Write the workbook that 'grants import' takes, with its headings, to be filled in."""
    from tasks.intake.workbook import empty_workbook

    content = empty_workbook(load_settings().language)
    write_file(out, content)
    click.echo(f"{out}: {len(content):,} bytes; 'grants import {out}' reads it.")


def _chosen(desk: Desk, known: Collection[str], wanted: Collection[str]) -> set[str]:
    """Return the references that are meant, all when none is named; UnknownReference for one that is not there."""
    return {desk.grant(typed).reference for typed in wanted} or set(known)


def _counted(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"
