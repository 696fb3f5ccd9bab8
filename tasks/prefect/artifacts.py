"""Write what an administrator reads in Prefect: the overview and the round's report."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from textwrap import wrap

import httpx
from prefect.artifacts import acreate_markdown_artifact
from prefect.exceptions import PrefectException

from tasks.overview.portfolio import PortfolioFigures
from tasks.overview.standing import GrantStanding
from tasks.words.names import word_role
from tasks.words.steps import word_slack
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator, capitalised

log = logging.getLogger(__name__)

OVERVIEW_KEY = "grants-overview"
REPORT_KEY = "round-report"
_UNWRITTEN = (PrefectException, httpx.HTTPError)


def overview_headline(figures: PortfolioFigures, say: Translator) -> str:
    """Return the figures that matter, in one line."""
    unpaid = sorted(figures.unpaid_minor.items())
    sums = [say.money(minor, currency) for currency, minor in unpaid if minor]
    facts = {"open": figures.open_grants, "late": figures.late, "ready": figures.releasable, "sums": sums}
    return _said(say, "headline", **facts)


def overview_markdown(figures: PortfolioFigures, as_of: date, say: Translator) -> str:
    """Return the overview as a Markdown table, what needs somebody first.

    References, the programme's titles and roles only: no titles of grants, names, addresses or answers.
    """
    lines = [
        f"## {_said(say, 'overview')}",
        "",
        _said(say, "as_of", day=as_of),
        "",
        _said(say, "grants_head"),
        "|---|---|---|---:|",
        *(_row(standing, figures, as_of, say) for standing in figures.tightest),
    ]
    more = figures.open_grants - len(figures.tightest)
    if more > 0:
        lines += ["", _said(say, "more_grants", count=more)]
    return "\n".join(lines) + "\n"


def _said(say: Translator, name: str, **facts: object) -> str:
    """Return the words of that name in `templates/explanations/artifacts.j2`, about these facts."""
    return one_paragraph(getattr(words_module(say.language, "artifacts"), name)(**facts))


def _row(standing: GrantStanding, figures: PortfolioFigures, as_of: date, say: Translator) -> str:
    key, due_on, risk = standing.next_step or "", standing.due_on, standing.at_risk
    late = due_on is not None and due_on < as_of
    mark = "**" if late else ""
    cells = (
        _cell(standing.reference),
        _cell(
            capitalised(figures.titles.get((standing.reference, key), key)),
            capitalised(word_role(say, standing.ball_with or "")),
        ),
        _cell(f"{mark}{word_slack(say, due_on, as_of)}{mark}", say.short_date(due_on, as_of))
        if due_on
        else "",
        _cell(say.money(risk.amount_minor, risk.currency)) if risk.amount_minor else "",
    )
    return f"| {' | '.join(cells)} |"


# Prefect's page breaks no line of a table by itself, and what does not fit next to its right column is cut off.
_WIDEST_LINE = 40


def _cell(*lines: str) -> str:
    broken = (part for line in lines for part in wrap(line, _WIDEST_LINE))
    return "<br>".join(part.replace("|", "\\|").replace("<", "&lt;") for part in broken)


def _plain(text: str) -> str:
    """Return a text as Markdown that shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


def report_markdown(
    on: date,
    counts: Mapping[str, int],
    named: Mapping[str, Sequence[str]],
    silent: Mapping[str, Sequence[str]],
    failed: Iterable[str],
    say: Translator,
) -> str:
    """Return the round's report: what it came to, in words that need no manual, and what it could not do.

    `named` lists references under a heading each; `silent` is why the sources that gave no figures did not, by their
    names.
    """
    lines = [f"## {_said(say, 'round', day=on)}", "", _said(say, "counts_head"), "|---|---:|"]
    lines += [f"| {name} | {count} |" for name, count in counts.items()]
    for heading, references in named.items():
        if references:
            lines += ["", f"### {heading}", "", *(f"* {_plain(one)}" for one in references)]
    missing = [f"* {_plain(name)}: {_plain(why)}" for name, reasons in silent.items() for why in reasons]
    if missing:
        lines += ["", f"### {_said(say, 'no_figures')}", "", *missing, "", _said(say, "told_once")]
    listed = [f"* {title}" for title in failed]
    if listed:
        lines += ["", f"### {_said(say, 'not_done')}", "", *listed, "", _said(say, "run_again")]
    return "\n".join(lines) + "\n"


async def write_overview(figures: PortfolioFigures, as_of: date, say: Translator) -> None:
    """Write the overview as an artifact with the key `grants-overview`."""
    markdown = overview_markdown(figures, as_of, say)
    await _write(OVERVIEW_KEY, markdown, overview_headline(figures, say))


async def write_round_report(
    on: date,
    counts: Mapping[str, int],
    named: Mapping[str, Sequence[str]],
    silent: Mapping[str, Sequence[str]],
    failed: Sequence[str],
    say: Translator,
) -> None:
    """Write the round's report as an artifact with the key `round-report`."""
    headline = ". ".join(f"{name}: {count}" for name, count in counts.items())
    await _write(
        REPORT_KEY, report_markdown(on, counts, named, silent, failed, say), f"{say.dated(on)}. {headline}."
    )


async def _write(key: str, markdown: str, description: str) -> None:
    try:
        await acreate_markdown_artifact(key=key, markdown=markdown, description=description)
    except _UNWRITTEN as error:
        # What a page shows is decoration: no run fails for it.
        log.warning("artifact %s not written: %s", key, type(error).__name__)
