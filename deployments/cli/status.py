"""The command that shows where each grant stands; it imports as little as it can."""

from __future__ import annotations

from datetime import date

import click

from deployments.cli.console.columns import days_text, listed, money_text, part_text, show_table
from deployments.cli.console.context import DAY, open_desk, show_json
from tasks.overview.status import GrantStanding, portfolio


@click.command("status")
@click.argument("reference", required=False)
@click.option("--on", type=DAY, default=None, help="Count from this day instead of today.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def status_command(reference: str | None, on: date | None, as_json: bool) -> None:
    """Show where each grant is: days of slack, who has the ball, money at risk."""
    desk = open_desk()
    standings = portfolio(
        desk.engine, on or desk.today, desk.grant(reference).reference if reference else None
    )
    if as_json:
        show_json([standing.as_json() for standing in standings])
        return
    if not standings:
        click.echo("No grants yet. 'grants import FILE' brings them in.")
        return
    head = ("GRANT", "PHASE", "NEXT STEP", "DUE", "SLACK", "BALL WITH", "AT RISK", "INSTALMENTS")
    show_table(head, [_status_row(standing) for standing in standings])
    for standing in standings:
        for step, name in standing.undated:
            click.echo(f"note: {standing.reference} {step} waits for {name}, which no decision gives")


def _status_row(standing: GrantStanding) -> tuple[str, ...]:
    slack = standing.slack_days
    days = "" if slack is None else days_text(slack) if slack >= 0 else f"{days_text(-slack)} LATE"
    parts = listed([f"{part.number} {part_text(part)}" for part in standing.instalments])
    return (
        standing.reference,
        standing.phase,
        standing.next_step or "-",
        standing.due_on.isoformat() if standing.due_on else _no_date(standing),
        days or "-",
        standing.ball_with or "-",
        money_text(standing.at_risk.amount_minor, standing.at_risk.currency),
        parts,
    )


def _no_date(standing: GrantStanding) -> str:
    waits = any(step == standing.next_step for step, _ in standing.undated)
    return "no date yet" if waits else "-"
