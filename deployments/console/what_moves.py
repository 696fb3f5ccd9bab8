"""Print what a change moves: as a table before it is made, or for another program."""

from __future__ import annotations

import click

from deployments.console.columns_out import money_text, show_table
from deployments.console.desk import show_json
from tasks.grants.planning.what_if import Change, Consequences, What


def show_consequences(
    found: Consequences, *, applied: bool, as_json: bool, mend: str = "add --yes to do it"
) -> None:
    """Print what moves and who is told, and whether it is done; `mend` says how it is done."""
    if as_json:
        show_json({**found.as_json(), "applied": applied})
        return
    if not found.changes:
        click.echo("Nothing moves.")
    many = show_moves(found)
    for note in found.notes:
        click.echo(f"note: {f'{note.grant} ' if many else ''}{note.step}: {note.en}")
    show_told(found, applied=applied)
    click.echo("Done." if applied else f"Nothing is changed yet; {mend}.")


def show_moves(found: Consequences, *, names_grant: bool = False) -> bool:
    """Print what moves as a table, with the grant where asked or needed; return whether that is so."""
    many = names_grant or len({one.grant for one in found.changes} | {one.grant for one in found.notes}) > 1
    head = ("GRANT", "WHAT", "OF", "", "FROM", "TO")
    if found.changes:
        rows = [_row(one) for one in found.changes]
        show_table(head if many else head[1:], rows if many else [row[1:] for row in rows])
    return many


def show_told(found: Consequences, *, applied: bool) -> None:
    """Print who is told at once."""
    if found.told:
        people = dict.fromkeys(one.email for one in found.told)
        click.echo(f"{'Told' if applied else 'Would be told'} at once: {', '.join(people)}.")


def _row(one: Change) -> tuple[str, ...]:
    return one.grant, str(one.what), one.name, one.detail, _text(one, one.before), _text(one, one.after)


def _text(one: Change, value: str | None) -> str:
    if value is None:
        return "-"
    if one.what is What.PAYMENT and one.detail == "sum":
        minor, currency = value.split(" ")
        return money_text(int(minor), currency)
    return value
