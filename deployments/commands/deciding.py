"""The command that records what a funder decided."""

from __future__ import annotations

from datetime import date

import click

from deployments.commands.columns_out import money_text
from deployments.commands.said import sum_said
from deployments.desk import DAY, Desk, named_date, open_desk
from models.errors import BadInput
from models.vocabulary import DecisionKind
from tasks.decisions import DecisionInput, decide_at_work, find_unstated, record_decision
from tasks.grant_at_work import GrantAtWork
from tasks.imported_history import stated_sum
from tasks.standing import portfolio


@click.command("decide")
@click.argument("reference")
@click.option("--kind", type=click.Choice([str(kind) for kind in DecisionKind]), default="award")
@click.option("--amount", help="What the decision adds, as 500000 or '500 000'.")
@click.option("--total", help="The whole award after it, when its own part is not stated.")
@click.option("--on", "decided_on", type=DAY, required=True, help="The day of the decision.")
@click.option(
    "--date", "dates", multiple=True, metavar="NAME=DATE", help="A date that the decision letter sets."
)
@click.option(
    "--instalment",
    "instalments",
    multiple=True,
    metavar="NUMBER=SUM",
    help="What it says of an instalment, by its number in the programme: a sum, or a share as '60 %'.",
)
@click.option("--purpose", default="", help="What the money is for, in the decision's words.")
@click.option("--conditions", default="", help="Conditions, in the decision's words.")
@click.option("--source", default="", help="The decision letter's reference.")
@click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who records it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: for another program.")
def decide_command(
    reference: str,
    kind: str,
    amount: str | None,
    total: str | None,
    decided_on: date,
    dates: tuple[str, ...],
    instalments: tuple[str, ...],
    by_email: str | None,
    dry_run: bool,
    as_json: bool,
    **texts: str,
) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal."""
    desk = open_desk()
    if decided_on > desk.today:
        raise BadInput(f"--on {decided_on} lies in the future")
    grant = desk.grant(reference)
    reference, currency = grant.reference, grant.currency
    if amount is not None and total is not None:
        raise BadInput("give --amount or --total, not both")
    if amount is not None and amount.strip().startswith(("-", "\N{MINUS SIGN}")):
        raise BadInput(
            f"--amount: '{amount}' is below 0; where money is taken back say what is left: --total"
        )
    if kind == DecisionKind.AWARD and amount is None and total is None:
        click.echo("note: no sum is stated; the instalments wait until a decision states one", err=True)
    decision = DecisionInput(
        DecisionKind(kind),
        decided_on,
        sum_said("--amount", amount, currency),
        sum_said("--total", total, currency),
        dates=dict(named_date(one) for one in dates),
        instalments=dict(_stated(one, currency) for one in instalments),
        **texts,
    )
    if dry_run:
        _preview(desk, reference, decision, by_email, as_json=as_json)
        return
    missing = record_decision(
        desk.engine, reference, decision, by_email=by_email, today=desk.today, now=desk.now
    )
    standing = portfolio(desk.engine, desk.today, reference)[0]
    parts = ", ".join(money_text(part.amount_minor, part.currency) for part in standing.instalments)
    click.echo(f"{reference}: {kind} of {decided_on} recorded. Instalments: {parts}.")
    for name in missing:
        mend = f"grants decide {reference} --kind amendment --on {decided_on} --date {name}=DATE"
        click.echo(
            f"note: no decision says {name} yet, so what counts from it is not watched: '{mend}'", err=True
        )
    _note_unstated(desk, reference, decided_on)


def _note_unstated(desk: Desk, reference: str, decided_on: date) -> None:
    """Say which instalments wait for a sum that a decision must say."""
    for number, at_most in find_unstated(desk.engine, reference, desk.today, desk.now):
        mend = f"grants decide {reference} --kind amendment --on {decided_on} --instalment {number}=SUM"
        waits = (
            f"instalment {number} waits for its sum, at most {at_most} of the award, as no decision says it"
        )
        click.echo(f"note: {waits}: '{mend}'", err=True)


def _stated(text: str, currency: str) -> tuple[int, int | str]:
    number, sign, said = text.partition("=")
    try:
        if not sign or not number.strip().isdecimal():
            raise ValueError("write it as 1=300000 or 1=60 %")
        return int(number), stated_sum(said, currency)
    except ValueError as error:
        raise BadInput(f"--instalment {text}: {error}") from error


def _preview(
    desk: Desk, reference: str, decision: DecisionInput, by_email: str | None, *, as_json: bool
) -> None:
    """Show what a decision would move."""
    from deployments.commands.what_moves import show_consequences
    from tasks.what_if import what_if

    def decide(work: GrantAtWork) -> str:
        decide_at_work(work, decision, by_email, desk.now)
        return decision.source

    found = what_if(desk.engine, reference, desk.today, desk.now, decide, apply=False)
    show_consequences(found, applied=False, as_json=as_json, mend="record it without --dry-run")
