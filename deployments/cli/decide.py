"""`grants decide`, `grants date`: record what a funder decided, correct it, and give days that it left out."""

from typing import Any

import click

from deployments.cli.act_options import asking, asking_any, carry_out
from deployments.cli.common_options import BY, BY_SOMEBODY
from deployments.cli.context import open_desk, read_day_option
from deployments.cli.usage_faults import Cli
from models.errors import BadInput
from models.reading.day import Side
from models.vocabulary import DecisionKind


@click.command("decide")
@click.argument("reference")
@asking_any("decide", "correct", known=("recorded",))
@click.option(
    "--correct",
    "recorded_on",
    metavar="DAY",
    help="Correct the decision that is recorded as of DAY: the other options say what is otherwise in it; 'NAME=' takes"
    " a date away.",
)
@BY_SOMEBODY
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def decide_command(reference: str, kind: str | None, recorded_on: str | None, **given: Any) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal; or correct one."""
    desk = open_desk()
    grant = desk.grant(reference)
    if (given["told_by"] or given["told_on"]) and not given["annulled"]:
        raise BadInput(Cli.CALL_ANNULS())
    if recorded_on is not None:
        known = {
            "recorded_on": read_day_option(desk, "--correct", recorded_on, Side.PAST),
            "kind": DecisionKind(kind) if kind else None,
        }
        carry_out(desk, "correct", given, grant.currency, lists=True, grant=grant.reference, **known)
        return
    if given["annulled"] or given["reason"]:
        raise BadInput(Cli.ANNUL_WHICH())
    if given["decided_on"] is None:
        raise BadInput(Cli.DAY_OF_DECISION())
    said = {**given, "kind": kind or str(DecisionKind.AWARD)}
    carry_out(desk, "decide", said, grant.currency, lists=True, grant=grant.reference)


@click.command("date")
@click.argument("reference")
@asking("date", "kind", "amount", "total", "purpose", "conditions", "i-")
@BY
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def date_command(reference: str, **given: Any) -> None:
    """Record a letter of the funder's that says days which its decision left out."""
    desk = open_desk()
    grant = desk.grant(reference).reference
    letter = {**given, "kind": str(DecisionKind.AMENDMENT)}
    carry_out(desk, "date", letter, lists=True, grant=grant)
