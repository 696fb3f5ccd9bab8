"""Commands about the meetings of bodies: list them, add one, move one, cancel one."""

from __future__ import annotations

from datetime import date
from typing import Unpack

import click

from deployments.cli.acts import CHANGING, How, change
from deployments.cli.context import DAY, open_desk, show_json, show_table
from models.commands.meetings import AddMeeting, CancelMeeting, MoveMeeting
from models.tables.step import Meeting
from models.vocabulary import MeetingKind
from tasks.commands.meetings import list_meetings
from tasks.store.database import reading

_BY = click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who records it.")


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
