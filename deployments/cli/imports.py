"""`grants import` takes people and grants in, with progress and faults; `grants forget` erases a person."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.context import DAY, open_desk, show_json
from models.errors import ImportInvalid, on_one_line
from tasks.perform import perform

if TYPE_CHECKING:
    from tasks.intake.report import ImportReport
    from tasks.words.translator import Translator


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--on", type=DAY, default=None, help="What was done and late on this day (default: today).")
@click.option("--dry-run", "only_try", is_flag=True, help="Check everything and write nothing.")
@click.option(
    "--yes", "confirmed", is_flag=True, help="Do it also where people get mail about running grants."
)
@click.option("--accept-corrections", is_flag=True, help="Take what cells most likely mean, as 250101.")
@click.option(
    "--programme", multiple=True, metavar="[FUNDER=]NAME", help="Of new grants whose rows name no programme."
)
@click.option(
    "--recipient", multiple=True, metavar="[FUNDER=]NAME", help="Of new grants whose rows name no recipient."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def import_command(
    files: tuple[Path, ...],
    on: date | None,
    only_try: bool,
    confirmed: bool,
    accept_corrections: bool,
    programme: tuple[str, ...],
    recipient: tuple[str, ...],
    as_json: bool,
) -> int:
    """Import people, grants, meetings and budgets from XLSX, CSV or YAML (all of it or nothing; twice is once).

    Nobody is told of anything of a new grant before 'grants confirm-import'; what would send mail about running grants
    is only shown, without --yes.

    What a sheet holds is told by its headings, in Swedish or English; 'grants export import' writes one to fill in.
    Everything that is wrong is told by its cell, in the office's language.
    """
    from deployments.cli.common_options import listening, show_told
    from tasks.intake.answers import FileAnswers
    from tasks.intake.files import read_imports
    from tasks.intake.imports import import_read
    from tasks.intake.report import ImportDay
    from tasks.people.notice_recipients import Recipient
    from tasks.programmes.files import ProgrammeRegistry
    from tasks.programmes.folders import programme_folders
    from tasks.store.database import reading, undone_if
    from tasks.words.translator import translator

    desk = open_desk()
    heard = dict[Recipient, None]()

    def waits() -> bool:
        return not confirmed and any(one.on is not None for one in heard)

    engine = undone_if(listening(desk, heard, applied=not only_try), waits)
    day = ImportDay(on or desk.today, desk.now, desk.settings.language, holds=True)
    registry = ProgrammeRegistry(*programme_folders(desk.settings.office_folder))
    say = translator(desk.settings.language)
    answers = FileAnswers(_by_funder(programme), _by_funder(recipient), accept_corrections)
    try:
        with reading(desk.engine) as connection:
            read = read_imports(connection, files, registry, answers)
        with _progress(say, sum(len(file.content.grants) for file in read.values())) as bar:
            reports = import_read(engine, read, registry, replace(day, progress=bar.update))
    except ImportInvalid as error:
        _show_troubles(say, error, as_json=as_json)
        return 2
    needs_yes = waits() and not only_try
    if as_json:
        said = {name: report.as_json() for name, report in reports.items()}
        show_json({**said, "told": list(heard), "applied": not (only_try or needs_yes)})
    else:
        _show_reports(say, reports, only_try=only_try or needs_yes)
        show_told(heard, day.today, say)
        if needs_yes:
            click.echo(say.gettext("Nothing is written: people would get mail. Run it again with --yes."))
    return int(needs_yes)


def _progress(say: Translator, count: int) -> AbstractContextManager[Any]:
    """Return a bar that shows how many of the grants are imported; hidden where nobody looks on."""
    return click.progressbar(
        length=count,
        label=say.gettext("Importing grants"),
        file=sys.stderr,
        hidden=not (count and sys.stderr.isatty()),
        update_min_steps=max(1, count // 100),
    )


def _by_funder(values: tuple[str, ...]) -> dict[str, str]:
    """Return the options' values by the funder that they name; by "" those for every row."""
    parts = (one.rpartition("=") for one in values)
    return {funder.strip(): name.strip() for funder, _, name in parts}


@click.command("forget")
@click.argument("email")
def forget_command(email: str) -> None:
    """Take the name, address and telephone number of somebody who has left out of the register of people."""
    from models.commands.people import Forget

    desk = open_desk()
    name = perform(desk.engine, Forget(email), None, desk.clock)
    click.echo(f"They are shown as {name} from now on; letters and documents that were made keep the name.")


def _show_reports(say: Translator, reports: Mapping[str, ImportReport], *, only_try: bool) -> None:
    from deployments.cli.common_options import show_moves

    for name, report in reports.items():
        for line in report.of_file_lines(say):
            _note(say, f"{name}: {line}")
        tried = say.gettext(" (dry run: nothing is written)") if only_try else ""
        click.echo(f"{name}: {report.line(say)}{tried}")
        if only_try:
            for line in report.named(say):
                click.echo(line)
            show_moves(report.moved, say)
        for note in report.notes(say):
            _note(say, note)


def _note(say: Translator, said: str, *, err: bool = False) -> None:
    click.echo(say.gettext("note: %(said)s", said=said), err=err)


def _show_troubles(say: Translator, error: ImportInvalid, *, as_json: bool) -> None:
    """Print which sheets and columns are not read, and all faults."""
    from tasks.intake.imports import ImportTroubles
    from tasks.words.reasons import word_reason

    troubles = error.troubles if isinstance(error, ImportTroubles) else []
    notes = [word_reason(say, one) for one in error.notes] if isinstance(error, ImportTroubles) else []
    if as_json:
        problems = [
            {
                "file": one.file,
                "place": one.place.name or str(one.place.row or ""),
                "sentence": word_reason(say, one.reason),
            }
            for one in troubles
        ]
        show_json({"problems": problems, "notes": notes})
    else:
        for note in notes:
            _note(say, note, err=True)
        # A single one is the error itself.
        for trouble in troubles if len(troubles) > 1 else ():
            click.echo(on_one_line(word_reason(say, trouble.said)), err=True)
    why = on_one_line(word_reason(say, error))
    click.echo(say.gettext("grants: The import file is not valid: %(why)s", why=why), err=True)
