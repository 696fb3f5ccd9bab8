"""The commands that write files for others: papers for the registry, portfolio and plan, what an import takes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import click

from deployments.cli.acts import Command
from deployments.cli.context import Desk, open_desk
from models.reading.line import in_file_names
from tasks.settings import load_settings


def _out(default: str) -> Callable[[Command], Command]:
    return click.option(
        "--out", type=click.Path(path_type=Path), default=default, show_default=True, help="The file."
    )


@click.group("export")
def export_command() -> None:
    """Write what others keep: papers for the registry, the portfolio and the plan, the workbook for an import."""


@export_command.command("bundle")
@click.argument("reference")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The zip to write (default: REF.zip, in this folder)."
)
def bundle_command(reference: str, out: Path | None) -> int:
    """Write one zip: index.csv, the documents, letters.csv and journal.csv (exit 1: a file is left out)."""
    from tasks.commands.files.documents import vault_of
    from tasks.documents.bundle.index import write_bundle
    from tasks.words.translator import translator

    desk = open_desk()
    reference = desk.grant(reference).reference
    target = out or Path(f"{in_file_names(reference)}.zip")
    say = translator(desk.settings.language)
    bundle = write_bundle(desk.engine, vault_of(desk.settings), reference, target, say)
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
@_out("grants.xlsx")
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
    out.write_bytes(content)
    click.echo(f"{_counted(len(rows), 'grant')} written to {out}.")


@export_command.command("ics")
@click.argument("references", nargs=-1)
@_out("grants.ics")
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
    out.write_bytes(write_calendar(dates, desk.now))
    click.echo(f"{_counted(len(dates), 'date')} written to {out}.")


@export_command.command("import")
@_out("import.xlsx")
def import_workbook_command(out: Path) -> None:
    """Write the workbook that 'grants import' takes, with its headings, to be filled in."""
    from tasks.intake.workbook import empty_workbook

    content = empty_workbook(load_settings().language)
    out.write_bytes(content)
    click.echo(f"{out}: {len(content):,} bytes; 'grants import {out}' reads it.")


def _chosen(desk: Desk, known: Collection[str], wanted: Collection[str]) -> set[str]:
    """Return the references that are meant, all when none is named; UnknownReference for one that is not there."""
    return {desk.grant(typed).reference for typed in wanted} or set(known)


def _counted(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"
