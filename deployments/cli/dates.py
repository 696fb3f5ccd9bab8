"""Commands that move dates: extend a step, confirm a reading or an import, upgrade a programme, a body's meetings."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Unpack

import click

from deployments.cli.act_options import asking, carry_out
from deployments.cli.common_options import (
    BY,
    BY_SOMEBODY,
    CHANGING,
    How,
    listening,
    show_consequences,
    show_told,
    together,
)
from deployments.cli.context import DAY, counted, open_desk, show_json, show_table
from deployments.cli.usage_faults import Cli
from models.commands.grants import Upgrade
from models.errors import BadInput, GrantError, ImportInvalid
from models.tables.step import Meeting
from tasks.commands.grants import Upgrades
from tasks.commands.meetings import list_meetings
from tasks.people.notice_recipients import Recipient
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry, read_programme
from tasks.programmes.folders import programme_folders
from tasks.store.database import reading
from tasks.words.reasons import word_reason
from tasks.words.translator import translator


@click.command("extend")
@click.argument("reference")
@click.argument("step")
@asking("extend", "step", dry_run=False)
@BY
@CHANGING
def extend_command(reference: str, step: str, **given: Any) -> None:
    """Move a step's due date; show first every date, letter and payment that moves with it.

    A date of the funder's moves by --paper or --file; what was said by telephone is noted, and moves nothing.
    """
    desk = open_desk()
    carry_out(desk, "extend", given, lists=True, grant=desk.grant(reference).reference, step=step)


@click.command("upgrade")
@click.argument("references", nargs=-1, metavar="[REF]...")
@click.option("--programme", required=True, help="The programme's name, or its file.")
@click.option("--all", "everyone", is_flag=True, help="Every running grant of that programme.")
@BY_SOMEBODY
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
    applied = how["applied"]
    heard = dict[Recipient, None]()
    done = perform(listening(desk, heard, applied=applied), said, how["by_email"], desk.clock)
    assert isinstance(done, Upgrades)  # noqa: S101  (what its handler returns)
    upgraded = done.upgraded
    found = done.moved
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
@asking("confirm-reading", "step")
@BY
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def confirm_command(reference: str, step: str, **given: Any) -> None:
    """Confirm which day holds where a due date can be read in more than one way; show what moves by it."""
    desk = open_desk()
    carry_out(desk, "confirm-reading", given, lists=True, grant=desk.grant(reference).reference, step=step)


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
    from tasks.import_confirmation import confirm_imports

    desk = open_desk()
    heard = dict[Recipient, None]()
    engine = listening(desk, heard, applied=yes)
    say = translator(desk.settings.language)
    named = [desk.grant(one).reference for one in references]
    refused = False
    # Each is reported once it is done: if the run breaks off half-way, its output shows which are.
    for reference, outcome in confirm_imports(engine, named, by_email, desk.clock, on):
        if isinstance(outcome, GrantError):
            refused = True
            refusal = word_reason(say, Cli.NOT_CONFIRMED(grant=reference, why=outcome))
            click.echo(f"grants: {refusal}", err=True)
            continue
        for one in outcome:
            late = counted((desk.today - one.due_on).days, "day")
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
        meetings = list_meetings(session, body)
        if as_json:
            show_json(
                [{"body": key, **row.model_dump(exclude={"id", "organisation_id"})} for key, row in meetings]
            )
            return
        head = ("BODY", "HELD", "KIND", "AGENDA", "DOCUMENTS", "MINUTES AFTER", "NOTE")
        show_table(head, [_row(key, row) for key, row in meetings])


def _row(key: str, row: Meeting) -> tuple[str, ...]:
    notes = [
        "cancelled" if row.cancelled else "",
        f"moved from {row.moved_from_on}" if row.moved_from_on else "",
        "a choice, not known" if row.choice else "",
    ]
    days = row.minutes_days
    return (
        key,
        str(row.held_on),
        str(row.kind),
        str(row.agenda_on or "-"),
        str(row.documents_on or "-"),
        "as the programme says" if days is None else f"{days} days",
        ", ".join(filter(None, notes)),
    )


_TAKES = click.option(
    "--takes",
    type=(str, str),
    multiple=True,
    metavar="REFERENCE STEP",
    help="An item that moves to the meeting: its grant, and the key of its approval. Without it none moves.",
)


def _changing(name: str, act: str, about: str, *more: Callable[[Any], Any]) -> None:
    """Add a command that changes a body's meetings, with `more` options of what it does."""

    @meeting_command.command(name, help=about)
    @click.argument("body")
    @click.argument("held_on", metavar="DAY")
    @asking(act, "held_on", dry_run=False)
    @together(*more)
    @BY_SOMEBODY
    @CHANGING
    def command(body: str, **given: Any) -> None:
        items = {"takes": given.pop("takes")} if "takes" in given else {}
        carry_out(open_desk(), act, given, lists=True, body=body, **items)


_changing(
    "add",
    "add-meeting",
    "Add a meeting of BODY (its organisation's key), and say which items it takes; show first what moves.",
    _TAKES,
)
_changing("cancel", "cancel-meeting", "Cancel BODY's meeting of a day; show first what moves.")
_changing(
    "move",
    "move-meeting",
    "Move BODY's meeting of a day; its agenda and documents move as far. Show first what moves.",
)
