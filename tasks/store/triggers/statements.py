"""Write the triggers in each database's SQL, and find those that are missing or changed."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, text

from tasks.store.triggers.guards import GUARDS, Guard


class Trigger(NamedTuple):
    """A trigger as its database stores it; on PostgreSQL with its function's body and search path."""

    text: str
    body: str = ""
    search_path: str = ""
    enabled: bool = True


class Drift(NamedTuple):
    """A trigger that differs from those that this program makes: missing, changed, or foreign."""

    name: str
    is_ours: bool
    is_there: bool


def find_drift(connection: Connection) -> Iterator[Drift]:
    """Yield the triggers that are missing, switched off, changed, or foreign."""
    wanted = _wanted(connection)
    present = _found(connection)
    for name in sorted({*wanted, *present}):
        if wanted.get(name) != present.get(name):
            yield Drift(name, is_ours=name in wanted, is_there=name in present)


def put_back(connection: Connection) -> list[str]:
    """Make again the triggers that are missing, switched off or changed; return their names.

    Foreign triggers stay.
    """
    away = {drift.name: drift for drift in find_drift(connection) if drift.is_ours}
    # SQLite fires triggers of one event in the order in which they were made.
    for name, trigger in _wanted(connection).items():
        if name not in away:
            continue
        if away[name].is_there:
            _drop(connection, name)
        connection.execute(text(_statement(name, trigger)))
    return list(away)


def take_away(connection: Connection) -> None:
    """Drop our triggers before a migration, which may change what they guard."""
    ours = {guard.name for guard in GUARDS[connection.dialect.name]}
    for name in ours & _found(connection).keys():
        _drop(connection, name)


def _drop(connection: Connection, name: str) -> None:
    tables = {guard.name: guard.table for guard in GUARDS[connection.dialect.name]}
    quote = connection.dialect.identifier_preparer.quote
    on = "" if connection.dialect.name == "sqlite" else f" ON {quote(tables[name])}"
    connection.execute(text(f"DROP TRIGGER {name}{on}"))


def _wanted(connection: Connection) -> dict[str, Trigger]:
    kind = connection.dialect.name
    if kind == "sqlite":
        return {guard.name: _on_sqlite(guard) for guard in GUARDS[kind]}
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    quote = connection.dialect.identifier_preparer.quote
    return {guard.name: _on_postgresql(guard, quote(guard.table), schema) for guard in GUARDS[kind]}


def _on_sqlite(guard: Guard) -> Trigger:
    return Trigger(
        f'CREATE TRIGGER {guard.name} {guard.when} ON "{guard.table}" WHEN {guard.condition}'
        f" BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    )


def _on_postgresql(guard: Guard, table: str, schema: str) -> Trigger:
    """Return a trigger whose condition is in its function, where subqueries are allowed.

    The function looks its tables up in their own schema: somebody's temporary tables of the same
    names come last.
    """
    condition = guard.condition.replace(" IS NOT OLD.", " IS DISTINCT FROM OLD.").replace("instr(", "strpos(")
    each = "STATEMENT" if guard.when == "BEFORE TRUNCATE" else "ROW"
    return Trigger(
        text=f"CREATE TRIGGER {guard.name} {guard.when} ON {table} FOR EACH {each} EXECUTE FUNCTION {guard.name}()",
        body=f" BEGIN IF {condition} THEN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'check_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END ",
        search_path=f"pg_catalog, {schema}, pg_temp",
    )


def _statement(name: str, trigger: Trigger) -> str:
    if not trigger.body:
        return trigger.text
    looks_up = f"SET search_path = {trigger.search_path}"
    function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {looks_up}"
    return f"{function} AS $${trigger.body}$$; {trigger.text}"


_ON_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
_ON_POSTGRESQL = text(
    "SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true) AS said, prosrc,"
    " substr(array_to_string(proconfig, '; '), length('search_path=') + 1) AS search_path,"
    " tgenabled IN ('O', 'A') AS enabled FROM pg_trigger"
    " JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid"
    " WHERE NOT tgisinternal AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
)


def _found(connection: Connection) -> dict[str, Trigger]:
    if connection.dialect.name == "sqlite":
        return {row.name: Trigger(row.sql) for row in connection.execute(_ON_SQLITE)}
    return {
        row.tgname: Trigger(row.said, row.prosrc, row.search_path or "", row.enabled)
        for row in connection.execute(_ON_POSTGRESQL)
    }
