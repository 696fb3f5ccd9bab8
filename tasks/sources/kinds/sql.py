"""Take figures out of another database, by a query that only reads."""

from __future__ import annotations

from tasks.sources.messages import Sourced
from tasks.sources.outside import OutsideDatabase, SourceFailed
from tasks.sources.source import Asked, Taken
from tasks.sources.values import Given, Reckoning, hash_of


def read(asked: Asked) -> Taken | None:
    """Return the figure of the query's rows."""
    reader, name, gather, about = asked.reader, asked.name, asked.gather, asked.about
    secret, query = asked.source.secret or "", asked.source.query or ""
    database = reader.line(("sql", secret), lambda: OutsideDatabase(secret))

    def ask() -> tuple[list[dict[str, object]], str]:
        found = reader.tried(secret, lambda: database.rows(name, query, about.names()))
        return found, hash_of(found)

    rows, digest = reader.once((name, secret, about), ask)
    amount, account = gather.column, gather.account
    for column in (amount, account):
        if rows and column and column not in rows[0]:
            there = ", ".join(rows[0])
            raise SourceFailed(Sourced.QUERY_COLUMN(name=name, column=column, there=there))
    values = [Given(row[amount], account=row.get(account)) for row in rows if row[amount] is not None]
    reckoning = Reckoning(name, gather, about.currency)
    value = reckoning.of_several(values)
    return None if value is None else Taken(value, name, digest, reckoning.by_account(values))
