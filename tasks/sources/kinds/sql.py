"""The kind of source `sql`: figures from another database, by a query that only reads."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.sources.source import MOST_ANSWER, TIMEOUT_SECONDS, SourceRequest, Taken
from tasks.sources.source_faults import SecretWrong, Sourced, SourceFailed, secret_of, variable_of
from tasks.sources.values import Given, Reckoning, hash_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, RowMapping
    from sqlalchemy.exc import DBAPIError

_MOST_SQL_ROWS = 10_000
_STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's virtual machine, between two looks at the clock
_READING = frozenset(
    (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    )
)
# The codes of a query that was stopped after too long: PostgreSQL's and SQLite's.
_STOPPED = ("57014", sqlite3.SQLITE_INTERRUPT)
# Whether a PostgreSQL account reaches files or programs of the server, even in a read-only transaction.
_REACHES_FILES = """
SELECT rolsuper OR EXISTS (
    SELECT 1 FROM pg_roles AS given WHERE pg_has_role(current_user, given.oid, 'MEMBER')
    AND given.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
) AS reaches FROM pg_roles WHERE rolname = current_user
"""


def read(asked: SourceRequest) -> Taken | None:
    """Return the figure of the query's rows."""
    reader = asked.reader
    name = asked.name
    gather = asked.gather
    about = asked.about
    secret = asked.source.secret or ""
    query = asked.source.query or ""
    database = reader.line(("sql", secret), lambda: OutsideDatabase(secret))

    def ask() -> tuple[list[dict[str, object]], str]:
        rows_read = reader.tried(secret, lambda: database.rows(name, query, about.names()))
        return rows_read, hash_of(rows_read)

    rows, digest = reader.once((name, secret, about), ask)
    amount = gather.column
    account = gather.account
    for column in (amount, account):
        if rows and column and column not in rows[0]:
            there = ", ".join(rows[0])
            raise SourceFailed(Sourced.QUERY_COLUMN(name=name, column=column, there=there))
    values = [Given(row[amount], account=row.get(account)) for row in rows if row[amount] is not None]
    reckoning = Reckoning(name, gather, about.currency)
    value = reckoning.of_several(values)
    return None if value is None else Taken(value, name, digest, reckoning.by_account(values))


@dataclass(slots=True)
class OutsideDatabase:
    """Another database, by the secret with its address; every query runs in a read-only transaction."""

    secret: str
    _engine: Engine | None = None
    _connection: Connection | None = None

    def rows(self, name: str, query: str, names: Mapping[str, str]) -> list[dict[str, object]]:
        """Return the query's rows; SourceFailed, without the database's own words, if it has none."""
        from sqlalchemy import text
        from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, SQLAlchemyError

        try:
            statement = text(query)
            wanted = statement.compile().params
            parameters = {key: value or None for key, value in names.items() if key in wanted}
            connection = self._line(name)
            try:
                self._limit(connection)
                # Row by row: a query without a bound would fill the memory before a row is counted.
                with connection.execute(
                    statement, parameters, execution_options={"stream_results": True}
                ) as result:
                    rows = _within_bounds(name, result.mappings())
            finally:
                connection.rollback()
        # The driver's own words can hold an address with its password: the error's class says enough.
        except (OperationalError, InterfaceError) as error:
            self.close()
            raise _failure(name, error) from error
        except (ArgumentError, ImportError, ValueError) as error:
            self.close()
            variable = variable_of(self.secret)
            kind = type(error).__name__
            raise SecretWrong(Sourced.NO_DATABASE_ADDRESS(name=name, variable=variable, kind=kind)) from error
        except SQLAlchemyError as error:
            self.close()
            raise SourceFailed(Sourced.QUERY_REFUSED(name=name, kind=type(error).__name__)) from error
        return rows

    def _line(self, name: str) -> Connection:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.pool import NullPool

        if self._connection is None:
            address = make_url(secret_of(self.secret))
            kind = address.get_backend_name()
            if kind == "sqlite" and not Path(address.database or "").is_file():
                raise SourceFailed(Sourced.NO_DATABASE_FILE(name=name))  # connecting would create it
            patience: dict[str, object] = {}
            if kind in ("postgresql", "mysql"):
                patience["connect_timeout"] = int(TIMEOUT_SECONDS)
            if kind == "postgresql":  # every transaction, not only the one that is opened here
                patience["options"] = "-c default_transaction_read_only=on"
            self._engine = create_engine(
                address, hide_parameters=True, poolclass=NullPool, connect_args=patience
            )
            self._connection = self._engine.connect()
            driver = self._connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                driver.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ANSWER)
                driver.set_authorizer(_reads_only)
            if kind == "postgresql":
                self._check_account(self._connection, name)
        return self._connection

    def _check_account(self, connection: Connection, name: str) -> None:
        """Raise SecretWrong for an account that can read the server's own files, such as a superuser."""
        reaches_files = connection.exec_driver_sql(_REACHES_FILES).scalar()
        connection.rollback()
        if reaches_files:
            self.close()
            raise SecretWrong(Sourced.READS_SERVER_FILES(name=name, variable=variable_of(self.secret)))

    def _limit(self, connection: Connection) -> None:
        """Make the transaction read-only, with a time limit."""
        kind = connection.dialect.name
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            until = time.monotonic() + TIMEOUT_SECONDS
            driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_LOOKS)
        else:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        if kind == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(TIMEOUT_SECONDS * 1000)}")

    def close(self) -> None:
        """Close the connection; the next query opens another."""
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = None


def _reads_only(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _within_bounds(name: str, mappings: Iterable[RowMapping]) -> list[dict[str, object]]:
    rows = []
    size = 0
    for row in mappings:
        rows.append(dict(row))
        size += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
        if len(rows) > _MOST_SQL_ROWS:
            raise SourceFailed(Sourced.QUERY_ROWS(name=name, most=_MOST_SQL_ROWS))
        if size > MOST_ANSWER:
            raise SourceFailed(Sourced.QUERY_SIZE(name=name, most=MOST_ANSWER // 1_000_000))
    return rows


def _failure(name: str, error: DBAPIError) -> SourceFailed:
    """Return the message for a database's error: the connection, the time or the query is at fault."""
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorcode", None)
    kind = type(error).__name__
    if code in _STOPPED:
        return SourceFailed(Sourced.QUERY_STOPPED(name=name, seconds=format(TIMEOUT_SECONDS, "g")))
    if code == sqlite3.SQLITE_ERROR:  # also if there is no such table or column
        return SourceFailed(Sourced.QUERY_REFUSED(name=name, kind=kind))
    return SourceFailed(Sourced.DATABASE_SILENT(name=name, kind=kind), may_pass=True)
