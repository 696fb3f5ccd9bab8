"""`grants status`: show where each grant stands; it imports as little as it can."""

from collections.abc import Sequence
from datetime import date

import click

from deployments.cli.context import (
    DAY,
    counted,
    listed,
    money_text,
    open_desk,
    part_text,
    show_json,
    show_table,
)
from tasks.overview.grants import PAGE_ROWS, Figures, Page, Wish, load_page, portfolio, sum_figures
from tasks.overview.standing import GrantStanding
from tasks.store.database import reading


@click.command("status")
@click.argument("reference", required=False)
@click.option("--on", type=DAY, default=None, help="Count from this day instead of today.")
@click.option(
    "--page", type=click.IntRange(min=1), default=1, help=f"Which {PAGE_ROWS} grants (default: the first)."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def status_command(reference: str | None, on: date | None, page: int, as_json: bool) -> None:
    """Show where each grant is: days of slack, who has the ball, money at risk."""
    desk = open_desk()
    today = on or desk.today
    if reference:
        _show(portfolio(desk.engine, today, desk.grant(reference).reference), as_json=as_json)
        return
    with reading(desk.engine) as connection:
        shown = load_page(connection, today, wish=Wish(), page=page)
        figures = sum_figures(connection, today)
    if as_json or shown.rows:
        _show(shown.rows, as_json=as_json)
    elif not shown.found:
        click.echo("No grants yet. 'grants import FILE' brings them in.")
    if not as_json and shown.pages > 1:
        click.echo(_totals(shown, figures))


def _show(standings: Sequence[GrantStanding], *, as_json: bool) -> None:
    if as_json:
        show_json([standing.as_json() for standing in standings])
        return
    head = ("GRANT", "PHASE", "NEXT STEP", "DUE", "SLACK", "WITH", "AT RISK", "INSTALMENTS")
    show_table(head, [_status_row(standing) for standing in standings])
    for standing in standings:
        if standing.quiet:
            click.echo(
                f"note: {standing.reference} is quiet: nobody is told of anything until its import is"
                f" confirmed ('grants confirm-import {standing.reference} --by EMAIL')"
            )
        for step, name in standing.undated:
            click.echo(f"note: {standing.reference} {step} waits for {name}, which no decision gives")


def _totals(shown: Page, figures: Figures) -> str:
    """Return the line below a page: its number, the totals of all grants, and how to see more."""
    sums = listed([money_text(minor, currency) for currency, minor in figures.at_risk_minor]) or "nothing"
    more = f" 'grants status --page {shown.page + 1}' shows more." if shown.page < shown.pages else ""
    return (
        f"Page {shown.page} of {shown.pages}. {counted(figures.grants, 'grant')}, {figures.open_grants} open:"
        f" {figures.late} late, {figures.with_funder} with the funder, at risk {sums}.{more}"
    )


def _status_row(standing: GrantStanding) -> tuple[str, ...]:
    slack = standing.slack_days
    days = counted(abs(slack), "day") if slack is not None else ""
    if standing.is_late:
        days += " LATE"
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
