"""Write what an administrator reads in Prefect: the overview, the round's report, its progress."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import httpx
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
)
from prefect.exceptions import PrefectException

from tasks.portfolio_figures import PortfolioFigures
from tasks.standing import GrantStanding
from tasks.standing_words import word_role, word_slack
from tasks.words import Speaker, capitalised

log = logging.getLogger(__name__)

OVERVIEW_KEY = "grants-overview"
REPORT_KEY = "round-report"
PROGRESS_KEY = "round-progress"
_UNWRITTEN = (PrefectException, httpx.HTTPError)


def overview_headline(figures: PortfolioFigures, say: Speaker) -> str:
    """Return the figures that matter, in one line."""
    unpaid = sorted(figures.unpaid_minor.items())
    sums = [say.money(minor, currency) for currency, minor in unpaid if minor]
    return say.gettext(
        "Open grants: %(open)s. Late: %(late)s. Parts ready to release: %(ready)s. Money at risk: %(sums)s.",
        open=figures.open_grants,
        late=figures.late,
        ready=figures.releasable,
        sums=say.listed(sums) if sums else "0",
    )


def overview_markdown(figures: PortfolioFigures, as_of: date, say: Speaker) -> str:
    """Return the overview as a Markdown table, what needs somebody first.

    References, the programme's titles and roles only: no titles of grants, names, addresses or answers.
    """
    labels = (
        say.gettext("Grant"),
        say.gettext("Next step"),
        say.gettext("Slack"),
        say.gettext("Money at risk"),
        say.gettext("Who has it"),
    )
    heading = say.gettext("Where each grant stands")
    lines = [
        f"## {heading}",
        "",
        say.gettext("As of %(day)s.", day=say.long_date(as_of)),
        "",
        f"| {' | '.join(labels)} |",
        "|---|---|---|---:|---|",
        *(_row(standing, figures, as_of, say) for standing in figures.tightest),
    ]
    more = figures.open_grants - len(figures.tightest)
    if more > 0:
        rest = say.gettext("... and %(count)s more: `grants status` lists them all.", count=more)
        lines += ["", rest]
    return "\n".join(lines) + "\n"


def _row(standing: GrantStanding, figures: PortfolioFigures, as_of: date, say: Speaker) -> str:
    # No more columns than Prefect's page shows at once.
    key, due_on, risk = standing.next_step or "", standing.due_on, standing.at_risk
    slack = word_slack(say, due_on, as_of)
    slack = f"**{slack}**" if due_on is not None and due_on < as_of else slack
    cells = (
        _cell(standing.reference),
        _cell(capitalised(figures.titles.get((standing.reference, key), key))),
        _cell(f"{slack}, {say.short_date(due_on, as_of)}") if due_on else "",
        _cell(say.money(risk.amount_minor, risk.currency)) if risk.amount_minor else "",
        _cell(capitalised(word_role(say, standing.ball_with or ""))),
    )
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


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


async def write_overview(figures: PortfolioFigures, as_of: date, say: Speaker) -> None:
    """Write the overview as an artifact with the key `grants-overview`."""
    markdown = overview_markdown(figures, as_of, say)
    await _write(OVERVIEW_KEY, markdown, overview_headline(figures, say))


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
