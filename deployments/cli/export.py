"""Commands that write files for others: papers, what the registry keeps, portfolio, plan, what an import takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.common_options import Command
from deployments.cli.context import DAY, Desk, counted, open_desk
from deployments.cli.usage_faults import Cli
from models.errors import BadInput
from models.languages import LANGUAGES
from models.reading.reference import in_file_names
from tasks.settings import load_settings

if TYPE_CHECKING:
    from tasks.documents.papers import Paper, Wanted


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
    from tasks.commands.files.drafts import file_store_of
    from tasks.documents.bundle.index import write_bundle
    from tasks.words.translator import translator

    desk = open_desk()
    reference = desk.grant(reference).reference
    target = out or Path(f"{in_file_names(reference)}.zip")
    say = translator(desk.settings.language)
    bundle = write_bundle(desk.engine, file_store_of(desk.settings), reference, target, say)
    click.echo(f"{target}: index.csv ({counted(bundle.lines, 'line')}), documents, letters and journal.csv")
    if bundle.to_try:
        click.echo(
            f"note: {counted(bundle.to_try, 'line')} of the index to be tried for confidentiality before handing out",
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
    from tasks.files.table_writer import SheetOut, csv_of, xlsx_of
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
        wanted = _meant(desk, [row.reference for row in rows], references)
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
    click.echo(f"{counted(len(rows), 'grant')} written to {out}.")


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
        wanted = _meant(desk, list_references(connection), references)
        dates = plan_dates(connection, translator(desk.settings.language), sorted(wanted), domain)
    out.write_bytes(write_calendar(dates, desk.now))
    click.echo(f"{counted(len(dates), 'date')} written to {out}.")


@export_command.command("fields")
@_out("fields.csv")
def fields_command(out: Path) -> None:
    """Write the fields that a Word template can use, each with what it is and an example."""
    from tasks.documents.word.fields import field_table
    from tasks.files.table_writer import csv_of
    from tasks.words.translator import translator

    rows = [*field_table(translator(load_settings().language))]
    out.write_bytes(csv_of(rows))
    click.echo(f"{counted(len(rows) - 1, 'field')} written to {out}.")


@export_command.command("import")
@_out("import.xlsx")
def import_workbook_command(out: Path) -> None:
    """Write the workbook that 'grants import' takes, with its headings, to be filled in."""
    from tasks.intake.workbook import empty_workbook

    content = empty_workbook(load_settings().language)
    out.write_bytes(content)
    click.echo(f"{out}: {len(content):,} bytes; 'grants import {out}' reads it.")


def _meant(desk: Desk, references: Collection[str], wanted: Collection[str]) -> set[str]:
    """Return the references that are meant, all if none is named; UnknownReference for an unknown one."""
    return {desk.grant(typed).reference for typed in wanted} or set(references)


CHOICES = ("show", "fewer", "totals")
KINDS = ("memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment")


@click.command("memo")
@click.argument("reference")
@click.option(
    "--kind", type=click.Choice(KINDS), default="memo", help="Which document (default: the committee memo)."
)
@click.option("--step", help="Of which step, for a follow-up.")
@click.option("--instalment", type=int, help="Of which instalment, for a claim.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Default: GRANTS_LANGUAGE.")
@click.option("--pdf", is_flag=True, help="As a PDF; --out NAME.pdf says so too.")
@click.option("--on", type=DAY, default=None, help="As it is on this day (default: today).")
@click.option(
    "--small",
    type=click.Choice(CHOICES),
    help="What becomes of small numbers of people, in this and the grant's later documents: show them, print"
    " 'fewer than' and only the total of what they are part of, or print only totals; wants --by.",
)
@click.option(
    "--confirm-texts",
    is_flag=True,
    help="The texts are read, and state no number that is not printed; wants --by.",
)
@click.option(
    "--confirm-provisional",
    is_flag=True,
    help="What it states provisionally is right: it is no draft any more; wants --by.",
)
@click.option("--keep", is_flag=True, help="Keep it as a version that never changes; wants --by.")
@click.option("--by", "by_email", metavar="EMAIL", help="Who makes it.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write it (default: its name, in this folder)."
)
def memo_command(reference: str, kind: Any, out: Path | None, **wanted: Any) -> None:
    """Write a grant's document, ready to sign: the committee memo, the final report and what goes with them."""
    from models.rules.answers.small_numbers import SmallNumbers
    from tasks.documents.papers import Wanted, confirm_all
    from tasks.documents.versions import choose_for_documents, decided_paper
    from tasks.documents.word.templates import own_templates

    if wanted["by_email"] is None and any(
        wanted[name] for name in ("small", "confirm_texts", "confirm_provisional", "keep")
    ):
        raise BadInput(Cli.SAY_WHO())
    desk = open_desk()
    reference = desk.grant(reference).reference
    pdf = wanted["pdf"] or (out is not None and out.suffix.lower() == ".pdf")
    paper_wanted = Wanted(
        kind=kind,
        language=wanted["language"] or desk.settings.language,
        step=wanted["step"],
        instalment=wanted["instalment"],
        pdf=pdf,
        small=SmallNumbers(wanted["small"]) if wanted["small"] else None,
        templates=own_templates(desk.settings.office_folder),
    )
    on = wanted["on"] or desk.today
    paper_wanted = confirm_all(
        desk.engine,
        reference,
        paper_wanted,
        on,
        texts=wanted["confirm_texts"],
        provisional=wanted["confirm_provisional"],
    )
    # Before anything is kept: it may be refused.
    paper = decided_paper(desk.engine, reference, paper_wanted, on)
    if wanted["keep"]:
        _keep(desk, reference, paper_wanted, wanted["by_email"], on)
    elif paper_wanted.small is not None or paper_wanted.confirmed or paper_wanted.settled:
        choose_for_documents(
            desk.engine, reference, paper_wanted, by_email=wanted["by_email"], today=desk.today, now=desk.now
        )
    target = out or Path(paper.name)
    target.write_bytes(paper.content)
    click.echo(f"{target}: {len(paper.content):,} bytes")
    for note in _notes(paper):
        click.echo(f"note: {note}", err=True)


def _notes(paper: Paper) -> Iterator[str]:
    """Yield what the person who makes it should check."""
    if paper.look_at:
        quoted = " ".join(f'"{one}"' for one in paper.look_at)
        yield f"texts that hold a personal identity number are edited by hand: {quoted}"
    yield from (f"{label.lower()}: {text}" for label, text in paper.payee)
    if paper.provisional:
        stated = "; ".join(one.words for one in paper.provisional)
        yield f"a draft until this is confirmed (--confirm-provisional): {stated}"
    if paper.blanks:
        yield f"not known, and left blank: {', '.join(paper.blanks)}"


def _keep(desk: Desk, reference: str, paper_wanted: Wanted, by_email: str, on: date) -> None:
    from tasks.commands.files.drafts import file_store_of
    from tasks.documents.versions import keep_paper

    kept = keep_paper(
        desk.engine,
        file_store_of(desk.settings),
        reference,
        paper_wanted,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        on=on,
    )
    before = " (it was there already)" if kept.again else ""
    click.echo(f"kept as {kept.name} and as PDF, version {kept.version}, SHA-256 {kept.sha256}{before}")
