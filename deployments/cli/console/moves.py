"""Print what a change moves: as a table before it is made, or for another program."""

from __future__ import annotations

import click

from deployments.cli.console.columns import show_table
from deployments.cli.console.context import show_json
from tasks.commands.replan.what_if import Change, Consequences, What
from tasks.words.receipts import noted_words
from tasks.words.translator import Translator, plain_spaces, translator

_ENGLISH = translator("en")


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
        said = noted_words("en", note.step, note.why, note.programme)
        click.echo(f"note: {f'{note.grant} ' if many else ''}{said}")
    show_told(found, applied=applied)
    click.echo("Done." if applied else f"Nothing is changed yet; {mend}.")


def show_moves(found: Consequences, *, names_grant: bool = False, say: Translator = _ENGLISH) -> bool:
    """Print what moves as a table, with the grant where asked or needed; return whether that is so."""
    many = names_grant or len({one.grant for one in found.changes} | {one.grant for one in found.notes}) > 1
    columns = (
        say.gettext("grant"), say.gettext("what"), say.gettext("of"), "", say.gettext("from"), say.gettext("to")
    )  # fmt: skip
    head = tuple(word.upper() for word in columns)
    if found.changes:
        rows = [_row(one, say) for one in found.changes]
        show_table(head if many else head[1:], rows if many else [row[1:] for row in rows])
    return many


def show_told(found: Consequences, *, applied: bool, say: Translator = _ENGLISH) -> None:
    """Print who is told at once."""
    if found.told:
        people = ", ".join(dict.fromkeys(one.email for one in found.told))
        told = say.gettext("Told at once: %(people)s.", people=people)
        click.echo(told if applied else say.gettext("Would be told at once: %(people)s.", people=people))


def _row(one: Change, say: Translator) -> tuple[str, ...]:
    what = {
        What.STEP: say.gettext("step"),
        What.DATE: say.gettext("date"),
        What.OPENS: say.gettext("opens"),
        What.PAYMENT: say.gettext("payment"),
        What.LETTER: say.gettext("letter"),
    }[one.what]
    detail = {
        "by": say.gettext("by"),
        "sum": say.gettext("sum"),
        "waits for": say.gettext("waits for"),
    }.get(one.detail, one.detail)
    return one.grant, what, one.name, detail, _text(one, one.before, say), _text(one, one.after, say)


def _text(one: Change, value: str | None, say: Translator) -> str:
    if value is None:
        return "-"
    if one.what is What.PAYMENT and one.detail == "sum":
        minor, currency = value.split(" ")
        return plain_spaces(say.money(int(minor), currency))
    return say.gettext("is there") if one.what is What.STEP else value
