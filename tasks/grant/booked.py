"""Sum what a grant's ledger says: its costs, by account and month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, extract, func, select

from models.rules.ledger import is_cost, projects_of
from models.tables.columns import table_of
from models.tables.ledger import LedgerEntry, LedgerReading

_ENTRY = table_of(LedgerEntry)
_READING = table_of(LedgerReading)


@dataclass(frozen=True, slots=True)
class BookedCosts:
    """A grant's costs in the ledger, in minor units: by account, in order, and by the first day of the month.

    `until` is the last day of the newest file, `file` its name.
    """

    accounts: Mapping[str, int]
    months: Mapping[date, int]
    until: date
    file: str

    @property
    def total_minor(self) -> int:
        """What they come to."""
        return sum(self.accounts.values())


def find_booked(connection: Connection, grant_id: int, project: str) -> BookedCosts | None:
    """Return the costs of a grant's typed projects as the ledger has them now; None before one was read."""
    of_projects = (_ENTRY.c.grant_id == grant_id, _ENTRY.c.project.in_(projects_of(project)))
    newest = (
        select(_READING.c.last_on, _READING.c.file)
        .where(_READING.c.grant_id == grant_id, exists().where(*of_projects))
        .order_by(_READING.c.id.desc())
        .limit(1)
    )
    reading = connection.execute(newest).first()
    if reading is None:
        return None
    year = extract("year", _ENTRY.c.day)
    month = extract("month", _ENTRY.c.day)
    sums = (
        select(_ENTRY.c.account, year, month, func.sum(_ENTRY.c.amount_minor))
        .where(*of_projects, _ENTRY.c.gone_reading_id.is_(None))
        .group_by(_ENTRY.c.account, year, month)
        .order_by(_ENTRY.c.account, year, month)
    )
    accounts: dict[str, int] = {}
    months: dict[date, int] = {}
    for account, of_year, of_month, minor in connection.execute(sums):
        if is_cost(account):
            first = date(int(of_year), int(of_month), 1)
            accounts[account] = accounts.get(account, 0) + int(minor)
            months[first] = months.get(first, 0) + int(minor)
    return BookedCosts(accounts, dict(sorted(months.items())), reading.last_on, reading.file)
