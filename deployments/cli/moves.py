"""Commands that move dates: extend a step, confirm a reading or an import, upgrade a programme, a body's meetings."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Unpack

import click

from deployments.cli.acts import BY, CHANGING, FILES, How, change, listening, show_consequences, show_told
from deployments.cli.context import DAY, days_text, open_desk, show_json, show_table
from deployments.cli.messages import Cli
from models.commands.grants import AddMeeting, CancelMeeting, MoveMeeting, Upgrade
from models.commands.steps import ConfirmReading, Extend, StoredFile
from models.errors import BadInput, GrantError, ImportInvalid
from models.tables.step import Meeting
from models.vocabulary import MeetingKind
from tasks.commands.files.documents import vault_of
from tasks.commands.grants import Upgrades
from tasks.commands.meetings import list_meetings
from tasks.people.told import Told
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry, read_programme
from tasks.programmes.folders import programme_folders
from tasks.store.database import reading
from tasks.words.reasons import word_reason
from tasks.words.translator import translator

_BY = click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who does it.")


@click.command("extend")
@click.argument("reference")
@click.argument("step")
@click.option("--to", "to_on", type=DAY, required=True, help="The new due date.")
@click.option("--reason", required=True, help="Who granted it, and why.")
@click.option("--paper", default="", metavar="NUMBER", help="The funder's decision or letter that says so.")
@FILES
@click.option("--told-by", default="", metavar="WHO", help="Who at the funder said so by telephone.")
@click.option("--told-on", type=DAY, default=None, help="On which day they said so.")
@BY
@CHANGING
def extend_command(
    reference: str,
    step: str,
    to_on: date,
    reason: str,
    paper: str,
    files: tuple[Path, ...],
    told_by: str,
    told_on: date | None,
    **how: Unpack[How],
) -> None:
    """Move a step's due date; show first every date, letter and payment that moves with it.

    A date of the funder's moves by --paper or --file; what was said by telephone is noted, and moves nothing.
    """
    desk = open_desk()
    vault, kept = vault_of(desk.settings), list[StoredFile]()
    said = Extend(desk.grant(reference).reference, step, to_on, reason, paper, told_by, told_on)
    with vault.unless_refused(kept, applied=how["applied"]):
        for path in files:
            kept.append(vault.take(path))
        change(desk, replace(said, files=tuple(kept)), **how)


@click.command("upgrade")
@click.argument("references", nargs=-1, metavar="[REF]...")
@click.option("--programme", required=True, help="The programme's name, or its file.")
@click.option("--all", "everyone", is_flag=True, help="Every running grant of that programme.")
@_BY
@CHANGING
def upgrade_command(references: tuple[str, ...], programme: str, everyone: bool, **how: Unpack[How]) -> None:
    """Bring running grants under the programme as its file is now; show first what moves."""
    if bool(references) == everyone:
        raise BadInput(Cli.NAME_GRANTS())
    desk = open_desk()
    folders = programme_folders(desk.settings.office_folder)
    try:
        if programme.endswith((".yaml", ".yml")):
            amended = read_programme(Path(programme), *folders)
        else:
            amended = ProgrammeRegistry(*folders).get(programme)
    except ImportInvalid as error:
        raise BadInput(error.remark) from error
    said = Upgrade(amended, tuple(desk.grant(one).reference for one in references))
    applied, heard = how["applied"], dict[Told, None]()
    done: Upgrades = perform(listening(desk, heard, applied=applied), said, how["by_email"], desk.clock)
    upgraded, found = done.upgraded, done.moved
    if how["as_json"]:
        show_json({"upgraded": upgraded, **found.as_json(), "told": list(heard), "applied": applied})
        return
    for one in upgraded:
        click.echo(f"{one.grant}: {one.from_key} {one.from_sha256[:12]} -> {one.to_key} {one.to_sha256[:12]}")
    if not upgraded:
        click.echo("Every grant is under the programme as it is.")
        if not found.changes:
            return
    show_consequences(found, heard, desk.today, applied=applied, as_json=False)


@click.command("confirm")
@click.argument("reference")
@click.argument("step")
@click.option(
    "--on", "due_on", type=DAY, required=True, help="The day that holds, one of the step's readings."
)
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who confirms it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
@click.option("--note", default="", help="How it is known: whom you asked, or where it is written.")
def confirm_command(
    reference: str, step: str, due_on: date, by_email: str, note: str, dry_run: bool, as_json: bool
) -> None:
    """Confirm which day holds where a due date can be read in more than one way; show what moves by it."""
    desk = open_desk()
    said = ConfirmReading(desk.grant(reference).reference, step, due_on, note)
    change(desk, said, by_email=by_email, applied=not dry_run, as_json=as_json)


@click.command("confirm-import")
@click.argument("references", nargs=-1, required=True, metavar="REF...")
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who confirms it.")
@click.option("--on", type=DAY, default=None, help="Count what is late from this day (default: today).")
@click.option("--yes", is_flag=True, help="Do it; without it, what is late and who is told is only shown.")
def confirm_import_command(references: tuple[str, ...], by_email: str, on: date | None, yes: bool) -> int:
    """Confirm imported grants and what is late in them: what was held leaves, and rounds tell what they find.

    Until then nobody is told of anything in them. Each is confirmed by itself: one that cannot be is told, and stops no
    other.
    """
    from tasks.late_imports import confirm_imports

    desk, heard = open_desk(), dict[Told, None]()
    engine = listening(desk, heard, applied=yes)
    say = translator(desk.settings.language)
    named = [desk.grant(one).reference for one in references]
    refused = False
    # Each is told once it is done: what breaks off half-way leaves said which are.
    for reference, found in confirm_imports(engine, named, by_email, desk.clock, on):
        if isinstance(found, GrantError):
            refused = True
            said = word_reason(say, Cli.NOT_CONFIRMED(grant=reference, why=found))
            click.echo(f"grants: {said}", err=True)
            continue
        for one in found:
            late = days_text((desk.today - one.due_on).days)
            click.echo(f"{reference} {one.key}: due {one.due_on}, {late} late")
        if yes and len(named) > 1:
            click.echo(word_reason(say, Cli.IS_CONFIRMED(grant=reference)))
    show_told(heard, desk.today)
    if not yes:
        click.echo("Nothing is changed yet.")
    elif not refused:
        click.echo("Confirmed; the next round tells who is to act.")
    return 1 if refused else 0


@click.group("meeting")
def meeting_command() -> None:
    """List, add, move or cancel a body's meetings; every grant that they touch is planned again."""


@meeting_command.command("list")
@click.option("--body", default=None, help="One body's meetings (its organisation's key).")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def list_command(body: str | None, as_json: bool) -> None:
    """List the meetings, with their deadlines."""
    from sqlmodel import Session

    with reading(open_desk().engine) as connection, Session(connection) as session:
        found = list_meetings(session, body)
        if as_json:
            show_json(
                [{"body": key, **row.model_dump(exclude={"id", "organisation_id"})} for key, row in found]
            )
            return
        head = ("BODY", "HELD", "KIND", "AGENDA", "DOCUMENTS", "ADJUSTED AFTER", "NOTE")
        show_table(head, [_row(key, row) for key, row in found])


def _row(key: str, row: Meeting) -> tuple[str, ...]:
    notes = [
        "cancelled" if row.cancelled else "",
        f"moved from {row.moved_from_on}" if row.moved_from_on else "",
        "a choice, not known" if row.choice else "",
    ]
    days = row.adjustment_days
    return (
        key,
        str(row.held_on),
        str(row.kind),
        str(row.agenda_on or "-"),
        str(row.documents_on or "-"),
        "as the programme says" if days is None else f"{days} days",
        ", ".join(filter(None, notes)),
    )


@meeting_command.command("add")
@click.argument("body")
@click.argument("held_on", type=DAY)
@click.option("--agenda", "agenda_on", type=DAY, default=None, help="The last day to be on the agenda.")
@click.option("--documents", "documents_on", type=DAY, default=None, help="The last day for the documents.")
@click.option("--adjustment-days", type=click.IntRange(0, 60), default=None, help="Days to adjusted minutes.")
@click.option("--extra", is_flag=True, help="It is called for a matter of its own.")
@_BY
@CHANGING
def add_command(
    body: str,
    held_on: date,
    agenda_on: date | None,
    documents_on: date | None,
    adjustment_days: int | None,
    extra: bool,
    **how: Unpack[How],
) -> None:
    """Add a meeting of BODY (its organisation's key); show first what moves."""
    kind = MeetingKind.EXTRA if extra else MeetingKind.ORDINARY
    change(open_desk(), AddMeeting(body, held_on, kind, agenda_on, documents_on, adjustment_days), **how)


@meeting_command.command("cancel")
@click.argument("body")
@click.argument("held_on", type=DAY)
@click.option("--reason", required=True, help="Why; those whose dates move are told.")
@_BY
@CHANGING
def cancel_command(body: str, held_on: date, reason: str, **how: Unpack[How]) -> None:
    """Cancel BODY's meeting of a day; show first what moves."""
    change(open_desk(), CancelMeeting(body, held_on, reason), **how)


@meeting_command.command("move")
@click.argument("body")
@click.argument("held_on", type=DAY)
@click.option("--to", "to_on", type=DAY, required=True, help="The new day.")
@click.option("--agenda", "agenda_on", type=DAY, default=None, help="The new last day to be on the agenda.")
@click.option(
    "--documents", "documents_on", type=DAY, default=None, help="The new last day for the documents."
)
@click.option("--reason", required=True, help="Why; those whose dates move are told.")
@_BY
@CHANGING
def move_command(
    body: str,
    held_on: date,
    to_on: date,
    agenda_on: date | None,
    documents_on: date | None,
    reason: str,
    **how: Unpack[How],
) -> None:
    """Move BODY's meeting of a day; its agenda and documents move as far. Show first what moves."""
    change(open_desk(), MoveMeeting(body, held_on, to_on, reason, agenda_on, documents_on), **how)
