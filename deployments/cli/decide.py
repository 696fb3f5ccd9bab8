"""`grants decide`: record what a funder decided, and correct what was recorded."""

from typing import Any

import click

from deployments.cli.act_options import asking, carry_out
from deployments.cli.acts import BY_SOMEBODY
from deployments.cli.context import open_desk, read_day_option
from deployments.cli.usage_faults import Cli
from models.errors import BadInput
from models.forms.spec import ACTS
from models.vocabulary import DecisionKind

_OF_DECISION = ("recorded", "annulled", *ACTS["decide"].asks)


@click.command("decide")
@click.argument("reference")
@asking("decide", required=False)
@click.option(
    "--correct",
    "recorded_on",
    metavar="DAY",
    help="Correct the decision that is recorded as of DAY: the other options say what is otherwise in it; 'NAME=' takes"
    " a date away.",
)
@click.option("--annul", is_flag=True, help="With --correct: the decision was never made.")
@asking("correct", *_OF_DECISION, required=False, dry_run=False)
@BY_SOMEBODY
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def decide_command(
    reference: str, kind: str | None, recorded_on: str | None, annul: bool, **given: Any
) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal; or correct one."""
    desk = open_desk()
    grant = desk.grant(reference)
    if (given["told_by"] or given["told_on"]) and not annul:
        raise BadInput(Cli.CALL_ANNULS())
    if recorded_on is not None:
        known = {
            "recorded_on": read_day_option(desk, "--correct", recorded_on),
            "kind": DecisionKind(kind) if kind else None,
            "annulled": annul,
        }
        carry_out(desk, "correct", given, grant.currency, lists=True, grant=grant.reference, **known)
        return
    if annul or given["reason"]:
        raise BadInput(Cli.ANNUL_WHICH())
    if given["decided_on"] is None:
        raise BadInput(Cli.DAY_OF_DECISION())
    said = {**given, "kind": kind or str(DecisionKind.AWARD)}
    carry_out(desk, "decide", said, grant.currency, lists=True, grant=grant.reference)
