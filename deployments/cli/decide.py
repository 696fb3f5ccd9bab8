"""The command that records what a funder decided, and corrects what was recorded."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from deployments.cli.acts import FILES, listening, show_consequences, sum_said
from deployments.cli.context import DAY, NUMBERED, PAIR, open_desk
from deployments.cli.messages import Cli
from models.commands.grants import Correct, Decide, DecisionInput
from models.commands.steps import StoredFile
from models.errors import BadInput, Unreadable
from models.message import Common
from models.reading.fields import date_of, iso_date
from models.vocabulary import DecisionKind
from tasks.commands.files.documents import vault_of
from tasks.intake.decisions import stated_sum
from tasks.people.told import Told
from tasks.perform import perform


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
@click.option(
    "--source",
    default=None,
    metavar="NUMBER",
    help="The letter's; a day of the funder's moves by it or --file.",
)
@FILES
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
@click.option(
    "--told-by", default="", metavar="WHO", help="With --annul: who at the funder said so by telephone."
)
@click.option("--told-on", type=DAY, default=None, help="With --annul: on which day they said so.")
@click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who records it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run or --correct: for another program.")
def decide_command(
    reference: str,
    recorded_on: date | None,
    files: tuple[Path, ...],
    by_email: str | None,
    dry_run: bool,
    **given: Any,
) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal; or correct one."""
    desk = open_desk()
    grant = desk.grant(reference)
    command = _command(grant.reference, grant.currency, recorded_on, given)
    applied, heard = not dry_run, dict[Told, None]()
    vault, kept = vault_of(desk.settings), list[StoredFile]()
    with vault.unless_refused(kept, applied=applied):
        for path in files:
            kept.append(vault.take(path))
        said = replace(command, files=tuple(kept))
        done = perform(listening(desk, heard, applied=applied), said, by_email, desk.clock)
    show_consequences(done, heard, desk.today, applied=applied, as_json=given["as_json"])


def _command(
    reference: str, currency: str, recorded_on: date | None, given: Mapping[str, Any]
) -> Decide | Correct:
    """Return the command that the options give; `recorded_on` is the day of the decision that is corrected."""
    said = _said(given, currency, corrects=recorded_on is not None)
    kind = DecisionKind(given["kind"]) if given["kind"] else None
    reason, annul = given["reason"], given["annul"]
    told_by, told_on = given["told_by"], given["told_on"]
    if (told_by or told_on) and not annul:
        raise BadInput(Cli.CALL_ANNULS())
    if recorded_on is not None:
        return Correct(reference, recorded_on, kind, said, reason, annul, told_by, told_on)
    if annul or reason:
        raise BadInput(Cli.ANNUL_WHICH())
    if "decided_on" not in said:
        raise BadInput(Cli.DAY_OF_DECISION())
    return Decide(reference, DecisionInput(kind or DecisionKind.AWARD, **said))


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
