"""Options that acts share on the command line, and how it prints what an act moves and who is told."""

from collections.abc import Callable, Collection
from datetime import date
from functools import reduce
from typing import TypedDict, TypeVar

import click
from sqlalchemy import Engine

from deployments.cli.context import Desk, counted, show_json, show_table
from models.reading.fields import written_date
from tasks.commands.people import PassedOn
from tasks.commands.replan.preview import Change, Consequences, What
from tasks.people.notice_recipients import Recipient, hearing
from tasks.step_facts.meanwhile import Meanwhile
from tasks.store.database import dry_run
from tasks.words.recipients import word_told
from tasks.words.translator import Translator, plain_spaces, translator

BY = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who does it.")
BY_SOMEBODY = click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who does it.")
Command = TypeVar("Command", bound=Callable[..., object])


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return options and arguments that several commands share as one decorator, in order."""

    def decorate(command: Command) -> Command:
        return reduce(lambda made, option: option(made), reversed(options), command)

    return decorate


CHANGING = together(
    click.option("--yes", "applied", is_flag=True, help="Do it; without it, what moves is only shown."),
    click.option("--json", "as_json", is_flag=True, help="For another program."),
)


class How(TypedDict):
    """How a change is made, by its options."""

    by_email: str | None
    applied: bool
    as_json: bool


_ENGLISH = translator("en")


def listening(desk: Desk, heard: dict[Recipient, None], *, applied: bool) -> Engine:
    """Return the desk's engine, or one that keeps nothing; who is told is added to `heard`."""
    engine = hearing(desk.engine, heard)
    return engine if applied else dry_run(engine)


def show_consequences(
    consequences: Consequences,
    heard: Collection[Recipient],
    today: date,
    *,
    applied: bool,
    as_json: bool,
    paper: str | None = None,
    goes_over: PassedOn | Meanwhile | None = None,
) -> None:
    """Print what moves or `goes_over`, the paper that supports it, who is told, and whether it is done."""
    if as_json:
        show_json({**consequences.as_json(), "told": list(heard), "paper": paper, "applied": applied})
        return
    if goes_over is not None:
        show_what_goes_over(goes_over)
    elif not consequences.changes:
        click.echo("Nothing moves.")
    show_moves(consequences)
    for name in (written_date(name) for name, _ in consequences.unsaid):
        mend = f"--correct DAY --date {name}=DATE"
        click.echo(f"note: no decision says {name} yet, so what counts from it is not watched: '{mend}'")
    for number in consequences.unstated:
        mend = f"--correct DAY --instalment {number}=SUM"
        click.echo(f"note: instalment {number} waits, as no decision says its sum: '{mend}'")
    if paper is not None:
        click.echo(f"Based on {paper}." if paper else "No paper is named for it.")
    show_told(heard, today)
    click.echo("Done." if applied else "Nothing is changed yet.")


def show_what_goes_over(what: PassedOn | Meanwhile) -> None:
    """Print how much is handed over, or whose letters, and to whom."""
    if isinstance(what, PassedOn):
        grants = counted(what.grants, "grant")
        click.echo(f"{grants} and {counted(what.steps, 'step')} go to {what.to_name or 'nobody'}.")
        return
    for name, count in what.letters:
        click.echo(f"Meanwhile {counted(count, 'email')} to {name}.")
    if not what.stand_in:
        click.echo(f"Nobody can be reached in place of {what.person}: give --deputy EMAIL.")
    elif not what.letters:
        click.echo(f"Emails that come meanwhile go to {what.stand_in}.")


def show_moves(consequences: Consequences, say: Translator = _ENGLISH) -> None:
    """Print what moves as a table."""
    columns = (
        say.gettext("grant"), say.gettext("what"), say.gettext("of"), "", say.gettext("from"), say.gettext("to")
    )  # fmt: skip
    if consequences.changes:
        show_table([word.upper() for word in columns], [_row(one, say) for one in consequences.changes])


def show_told(heard: Collection[Recipient], today: date, say: Translator = _ENGLISH) -> None:
    """Print who is written to, and on which day."""
    for line in word_told(say, heard, today):
        click.echo(plain_spaces(line))


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
