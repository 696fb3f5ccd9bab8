"""The command that records what a funder decided, and corrects what was recorded."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import click

from deployments.cli.acts import listening, show_consequences, sum_said
from deployments.cli.context import DAY, NUMBERED, PAIR, open_desk
from deployments.cli.messages import Cli
from models.commands.grants import Correct, Decide, DecisionInput
from models.errors import BadInput, Unreadable
from models.message import Common
from models.reading.fields import date_of, iso_date
from models.vocabulary import DecisionKind
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
    heard = dict[Told, None]()
    done = perform(listening(desk, heard, applied=applied), command, given["by_email"], desk.clock)
    show_consequences(done, heard, desk.today, applied=applied, as_json=given["as_json"])


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
