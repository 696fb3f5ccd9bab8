"""Write what an administrator reads in Prefect: the overview, the round's report, its progress."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import httpx
from babel.numbers import format_decimal, get_currency_precision
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
)
from prefect.exceptions import PrefectException

from tasks.portfolio_figures import PortfolioFigures
from tasks.standing import GrantStanding

log = logging.getLogger(__name__)

OVERVIEW_KEY = "grants-overview"
REPORT_KEY = "round-report"
PROGRESS_KEY = "round-progress"
_UNWRITTEN = (PrefectException, httpx.HTTPError)


def overview_headline(figures: PortfolioFigures) -> str:
    """Return the figures that matter, in one line."""
    unpaid = sorted(figures.unpaid_minor.items())
    sums = ", ".join(money(minor, currency) for currency, minor in unpaid if minor)
    counts = f"{figures.open_grants} open grants, {figures.late} late, {figures.releasable} ready to release"
    return f"{counts}, at risk: {sums or 'nothing'}"


def overview_markdown(figures: PortfolioFigures, as_of: date) -> str:
    """Return the overview as a Markdown table, the tightest first.

    References, step keys and roles only: no titles, names, addresses or answers.
    """
    rows = "\n".join(_row(standing) for standing in figures.tightest)
    more = figures.open_grants - len(figures.tightest)
    rest = f"\n\n... and {more} more: `grants status` lists them all." if more > 0 else ""
    head = (
        "| grant | phase | next step | due | slack | at risk | ball with |\n|---|---|---|---|---:|---:|---|"
    )
    return f"## Where each grant stands\n\nAs of {as_of}.\n\n{head}\n{rows}{rest}\n"


def _row(standing: GrantStanding) -> str:
    risk = standing.at_risk
    cells = (
        standing.reference,
        standing.phase,
        standing.next_step or "",
        standing.due_on.isoformat() if standing.due_on else "",
        _slack(standing.slack_days),
        money(risk.amount_minor, risk.currency) if risk.amount_minor else "",
        (standing.ball_with or "").replace("_", " "),
    )
    return f"| {' | '.join(map(_cell, cells))} |"


def _slack(days: int | None) -> str:
    if days is None:
        return ""
    counted = f"{abs(days)} day" if abs(days) == 1 else f"{abs(days)} days"
    return f"**{counted} late**" if days < 0 else counted


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def money(minor: int, currency: str) -> str:
    """Return a sum in minor units as "100,000 SEK"."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    pattern = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
    return f"{format_decimal(amount, pattern, locale='en')} {currency}"


def report_markdown(on: date, counts: Mapping[str, int], failed: Iterable[str]) -> str:
    """Return the round's report: what it came to, and what it could not do."""
    rows = "\n".join(f"| {name} | {count} |" for name, count in counts.items())
    listed = "\n".join(f"* {title}" for title in failed)
    trouble = (
        f"\n\n### Not done\n\n{listed}\n\nThe log has the place. Run the round again: twice is once."
        if listed
        else ""
    )
    return f"## Round of {on}\n\n| what | how many |\n|---|---:|\n{rows}{trouble}\n"


async def write_overview(figures: PortfolioFigures, as_of: date) -> None:
    """Write the overview as an artifact with the key `grants-overview`."""
    await _write(OVERVIEW_KEY, overview_markdown(figures, as_of), overview_headline(figures))


async def write_round_report(on: date, counts: Mapping[str, int], failed: Sequence[str]) -> None:
    """Write the round's report as an artifact with the key `round-report`."""
    headline = ", ".join(f"{count} {name}" for name, count in counts.items())
    await _write(REPORT_KEY, report_markdown(on, counts, failed), f"{on}: {headline}")


async def _write(key: str, markdown: str, description: str) -> None:
    try:
        await acreate_markdown_artifact(key=key, markdown=markdown, description=description)
    except _UNWRITTEN as error:
        # What a page shows is decoration: no run fails for it.
        log.warning("artifact %s not written: %s", key, type(error).__name__)


class Progress:
    """A bar that appears with its first showing and fills up."""

    def __init__(self, description: str) -> None:
        self.description = description
        self._id: UUID | None = None

    async def show(self, percent: float) -> None:
        """Show the progress, in percent; a bar that cannot be shown stops nothing."""
        try:
            if self._id is None:
                self._id = await acreate_progress_artifact(
                    progress=percent, key=PROGRESS_KEY, description=self.description
                )
            else:
                await aupdate_progress_artifact(self._id, progress=percent)
        except _UNWRITTEN as error:
            log.warning("progress not shown: %s", type(error).__name__)
