"""Total the open grants, and find those with the least slack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, select

from models.currency import whole_units
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.vocabulary import GrantStatus, InstalmentStatus
from tasks.files.table_writer import Cell
from tasks.overview.grants import Figures, Wish, list_standings, sum_figures
from tasks.overview.standing import GrantStanding, InstalmentStanding
from tasks.overview.titles import next_titles
from tasks.store.database import reading
from tasks.words.money import word_money
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_heading, word_name

_GRANT = table_of(Grant)
# The number of grants that a page shows; `grants status` has the rest.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class PortfolioFigures:
    """Figures over the grants, and the standing of the most urgent open ones.

    `titles` names the next steps, by reference and step key.
    """

    figures: Figures
    tightest: tuple[GrantStanding, ...]
    titles: dict[tuple[str, str], str]


def portfolio_figures(engine: Engine, today: date, say: Translator) -> PortfolioFigures:
    """Return figures over all grants and the standing of the `MOST_LINES` open ones that are due first.

    What needs somebody comes first: late ones, the most overdue first, then instalments that wait
    for two people's release.
    """
    with reading(engine) as connection:
        first = list_standings(connection, today, wish=Wish(state="open"), most=MOST_LINES)
        titles = next_titles(connection, [row.reference for row in first], say)
        return PortfolioFigures(sum_figures(connection, today), tuple(sorted(first, key=_calls)), titles)


def _calls(standing: GrantStanding) -> tuple[bool, bool]:
    """Return a grant's rank by what it needs; the sort keeps the order of the due dates within it."""
    return not standing.is_late, not any(
        part.status == InstalmentStatus.RELEASABLE for part in standing.instalments
    )


_CHUNK = 500
_COLUMNS = (
    "reference",
    "grant",
    "phase",
    "next_step",
    "due",
    "days_left",
    "holder",
    "at_risk",
    "currency",
    "instalments",
    "contact",
)
WIDTHS = (16, 48, 16, 40, 12, 10, 28, 16, 10, 60, 48)  # of the columns, in characters


def portfolio_table(
    connection: Connection, say: Translator, rows: Sequence[GrantStanding]
) -> list[list[Cell]]:
    """Return the header and a line for each grant: texts, dates, whole days, and sums as decimals."""
    header: list[Cell] = [word_heading(say, column) for column in _COLUMNS]
    table = [header]
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        references = [row.reference for row in part]
        titles = next_titles(connection, references, say)
        contacts = _contacts(connection, references)
        table += [[*_line(say, row, titles), contacts[row.reference]] for row in part]
    return table


def _contacts(connection: Connection, references: Sequence[str]) -> dict[str, str | None]:
    """Return how to reach the funder's officer of each grant, by its reference; None where nobody is known."""
    how = (_GRANT.c.contact_name, _GRANT.c.contact_phone, _GRANT.c.contact_email)
    query = select(_GRANT.c.reference, *how).where(_GRANT.c.reference.in_(references))
    return {
        reference: ", ".join(filter(None, parts)) or None for reference, *parts in connection.execute(query)
    }


def _line(say: Translator, row: GrantStanding, titles: dict[tuple[str, str], str]) -> list[Cell]:
    step = titles.get((row.reference, row.next_step), row.next_step) if row.next_step else ""
    return [
        row.reference,
        row.title,
        word_name(say, "phase", row.phase) if row.next_step else word_name(say, "grant_status", row.status),
        capitalised(step),
        row.due_on,
        row.slack_days if row.status == GrantStatus.OPEN else None,
        capitalised(word_name(say, "role", row.ball_with)) if row.ball_with else "",
        whole_units(row.at_risk.amount_minor, row.at_risk.currency),
        row.at_risk.currency,
        "; ".join(word_money(say, "part", part, _waits(row, part, titles)) for part in row.instalments),
    ]


def _waits(row: GrantStanding, part: InstalmentStanding, titles: dict[tuple[str, str], str]) -> list[str]:
    """Return what an instalment waits for, by the steps' titles."""
    return [titles.get((row.reference, key), key) for key in part.missing]
