"""The commands by which people, grants and decisions come in, with progress and troubles, and a name goes out again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.acts import show_consequences, sum_said
from deployments.cli.context import DAY, NUMBERED, PAIR, open_desk, show_json
from deployments.cli.messages import Cli
from models.commands.grants import Correct, Decide, DecisionInput
from models.errors import BadInput, ImportInvalid, Unreadable, on_one_line
from models.message import Common
from models.reading.fields import date_of, iso_date
from models.vocabulary import DecisionKind
from tasks.intake.decisions import stated_sum
from tasks.perform import perform
from tasks.store.database import dry_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasks.intake.document import ReadFile
    from tasks.intake.report import ImportReport
    from tasks.words.translator import Translator


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--on", type=DAY, default=None, help="Import as of this day (default: today).")
@click.option("--dry-run", "only_try", is_flag=True, help="Check everything and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def import_command(files: tuple[Path, ...], on: date | None, only_try: bool, as_json: bool) -> int:
    """Import people, grants, meetings and budgets from XLSX, CSV or YAML (all of it or nothing; twice is once).

    What a sheet holds is told by its headings, in Swedish or English; 'grants export import' writes one to fill in.
    Everything that is wrong is told by its cell, in the office's language.
    """
    from deployments.shipped_files import programme_folders
    from tasks.intake.files import known_of, read_import
    from tasks.intake.imports import import_read
    from tasks.intake.report import ImportDay
    from tasks.programmes.files import ProgrammeRegistry
    from tasks.store.database import dry_run, reading
    from tasks.words.translator import translator

    desk = open_desk()
    desk = desk.on(on) if on else desk
    engine = dry_run(desk.engine) if only_try else desk.engine
    day = ImportDay(desk.today, desk.now, desk.settings.language)
    registry = ProgrammeRegistry(*programme_folders(desk.settings.home))
    say = translator(desk.settings.language)
    read: dict[str, ReadFile] = {}
    try:
        with reading(desk.engine) as connection:
            known = known_of(connection, files, registry)
            for path in files:
                read[str(path)] = read_import(path, known)
        count = sum(len(file.content.grants) for file in read.values())
        with click.progressbar(
            length=count,
            label=say.gettext("Importing grants"),
            file=sys.stderr,
            hidden=not (count and sys.stderr.isatty()),
            update_min_steps=max(1, count // 100),
        ) as bar:
            reports = import_read(engine, read, registry, replace(day, progress=bar.update))
    except ImportInvalid as error:
        _show_troubles(say, error, read, as_json=as_json)
        return 2
    if as_json:
        show_json({name: report.as_json() for name, report in reports.items()})
    else:
        _show_reports(say, reports, read, only_try=only_try)
    return 0


@click.command("forget")
@click.argument("email")
def forget_command(email: str) -> None:
    """Take the name, address and telephone number of somebody who has left out of the register of people."""
    from models.commands.people import Forget
    from tasks.perform import perform

    desk = open_desk()
    name = perform(desk.engine, Forget(email), None, desk.clock)
    click.echo(f"They are shown as {name} from now on; letters and documents that were made keep the name.")


def _show_reports(
    say: Translator, reports: Mapping[str, ImportReport], read: Mapping[str, ReadFile], *, only_try: bool
) -> None:
    from deployments.cli.acts import show_moves, show_told
    from tasks.words.reasons import word_reason

    for name, report in reports.items():
        tried = say.gettext(" (dry run: nothing is written)") if only_try else ""
        click.echo(f"{name}: {report.line(say)}{tried}")
        for said in read[name].notes:
            _note(say, f"{name}: {word_reason(say, said)}")
        if only_try:
            for line in report.grants_named(say):
                click.echo(line)
            show_moves(report.moved, say)
        for note in report.notes(say):
            _note(say, note)
        show_told(report.moved, applied=not only_try, say=say)


def _note(say: Translator, said: str) -> None:
    click.echo(say.gettext("note: %(said)s", said=said))


def _show_troubles(
    say: Translator, error: ImportInvalid, read: Mapping[str, ReadFile], *, as_json: bool
) -> None:
    """Print all that is wrong; for another program also which sheets and columns are not read."""
    from tasks.intake.imports import ImportTroubles
    from tasks.words.reasons import word_reason

    troubles = error.troubles if isinstance(error, ImportTroubles) else []
    if as_json:
        notes = [f"{name}: {word_reason(say, said)}" for name, file in read.items() for said in file.notes]
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
        # One alone is the complaint itself.
        for trouble in troubles if len(troubles) > 1 else ():
            click.echo(on_one_line(word_reason(say, trouble.said)), err=True)
    why = on_one_line(word_reason(say, error))
    click.echo(say.gettext("grants: The import file is not valid: %(why)s", why=why), err=True)


@click.command("decide")
@click.argument("reference")
@click.option("--kind", type=click.Choice([str(kind) for kind in DecisionKind]), help="Default: award.")
@click.option("--amount", help="What the decision adds, as 500000, '500 000' or '500 tkr'.")
@click.option("--total", help="The whole award after it, when its own part is not stated.")
@click.option("--on", "decided_on", type=DAY, default=None, help="The day of the decision.")
@click.option(
    "--date",
    "dates",
    type=PAIR,
    multiple=True,
    metavar="NAME=DATE",
    help="A date that the decision letter sets, grant_end for one that extends the grant; 'NAME=' corrects one that"
    " it does not set.",
)
@click.option(
    "--instalment",
    "instalments",
    type=NUMBERED,
    multiple=True,
    metavar="NUMBER=SUM",
    help="What it says of an instalment, by its number on the grant's page: a sum, or a share as '60 %'.",
)
@click.option("--purpose", default=None, help="What the money is for, in the decision's words.")
@click.option("--conditions", default=None, help="Conditions, in the decision's words.")
@click.option("--source", default=None, help="The decision letter's reference.")
@click.option(
    "--correct",
    "recorded_on",
    type=DAY,
    default=None,
    metavar="DAY",
    help="Correct the decision that is recorded as of DAY: the other options say what is otherwise in it.",
)
@click.option("--annul", is_flag=True, help="With --correct: the decision was never made.")
@click.option("--reason", default="", help="With --correct: why; those whose dates move are told.")
@click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who records it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run or --correct: for another program.")
def decide_command(reference: str, recorded_on: date | None, annul: bool, reason: str, **given: Any) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal; or correct one."""
    desk = open_desk()
    grant = desk.grant(reference)
    said = _said(given, grant.currency, corrects=recorded_on is not None)
    kind = DecisionKind(given["kind"]) if given["kind"] else None
    command: Decide | Correct
    if recorded_on is not None:
        command = Correct(grant.reference, recorded_on, kind, said, reason, annul)
    elif annul or reason:
        raise BadInput(Cli.ANNUL_WHICH())
    elif "decided_on" not in said:
        raise BadInput(Cli.DAY_OF_DECISION())
    else:
        command = Decide(grant.reference, DecisionInput(kind or DecisionKind.AWARD, **said))
    applied = not given["dry_run"]
    engine = desk.engine if applied else dry_run(desk.engine)
    done = perform(engine, command, given["by_email"], desk.clock)
    show_consequences(done, applied=applied, as_json=given["as_json"])


def _said(given: Mapping[str, Any], currency: str, *, corrects: bool) -> dict[str, Any]:
    """Return what the options say of the decision, by the names of its fields; None takes a date or sum away."""

    def read(place: str, text: str, read_it: Callable[[str], Any]) -> Any:
        try:
            return read_it(text) if text or not corrects else None
        except Unreadable as error:
            raise BadInput(Common.AT(place=place, why=error)) from error

    dates = {date_of(name): read("--date", text, iso_date) for name, text in given["dates"]}
    sums = {
        number: read("--instalment", text, lambda said: stated_sum(said, currency))
        for number, text in given["instalments"]
    }
    said = {
        "decided_on": given["decided_on"],
        "amount_minor": sum_said("--amount", given["amount"], currency),
        "total_minor": sum_said("--total", given["total"], currency),
        "dates": dates or None,
        "instalments": sums or None,
        **{name: given[name] for name in ("purpose", "conditions", "source")},
    }
    return {name: value for name, value in said.items() if value is not None}
