"""Lay the portfolio out as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision
from sqlalchemy import Connection

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import GrantStatus
from tasks.files.tables import Cell
from tasks.overview.standing import GrantStanding
from tasks.overview.titles import next_titles
from tasks.words.money import word_part
from tasks.words.names import word_grant_status, word_heading, word_phase, word_role
from tasks.words.translator import Translator, capitalised

_GRANT, _STEP = table_of(Grant), table_of(Step)
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
)
WIDTHS = (16, 48, 16, 40, 12, 10, 28, 16, 10, 60)  # of the columns, in characters


def portfolio_table(
    connection: Connection, say: Translator, rows: Sequence[GrantStanding]
) -> list[list[Cell]]:
    """Return the header and a line a grant: texts, dates, whole days, and sums as decimals."""
    header: list[Cell] = [word_heading(say, column) for column in _COLUMNS]
    table = [header]
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        titles = next_titles(connection, [row.reference for row in part], say)
        table += [_line(say, row, titles) for row in part]
    return table


def _line(say: Translator, row: GrantStanding, titles: dict[tuple[str, str], str]) -> list[Cell]:
    step = titles.get((row.reference, row.next_step), row.next_step) if row.next_step else ""
    return [
        row.reference,
        row.title,
        word_phase(say, row.phase) if row.next_step else word_grant_status(say, row.status),
        capitalised(step),
        row.due_on,
        row.slack_days if row.status == GrantStatus.OPEN else None,
        capitalised(word_role(say, row.ball_with)) if row.ball_with else "",
        _amount(row.at_risk.amount_minor, row.at_risk.currency),
        row.at_risk.currency,
        "; ".join(word_part(say, part) for part in row.instalments),
    ]


def _amount(minor: int, currency: str) -> Decimal:
    digits = get_currency_precision(currency)
    return Decimal(minor).scaleb(-digits)
