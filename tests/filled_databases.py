"""Keep how a filled database of each released schema was: a test upgrades each of them to today's.

`python -m tests.filled_databases` writes that of the newest schema, once: when its migration is released.
"""

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, text

from tasks.store.database import SCHEMA_REVISION, reading
from tests.source_tree import ROOT

FOLDER = ROOT / "tests" / "filled"
# The rows of each table, as SQLite keeps them; JSON as itself, and bytes in hex digits, as PostgreSQL reads them.
_Rows = dict[str, list[dict[str, Any]]]
_BYTES = "\\x"


def write_filled(folder: Path) -> Path:
    """Write the reference case, as it stands while a release waits for its second person, under the newest schema."""
    from tests.reference_case import ASKED, played_until

    engine = played_until(ASKED, folder)
    with reading(engine) as connection:
        rows = _rows_of(connection)
    path = FOLDER / f"{SCHEMA_REVISION}.json.gz"
    path.write_bytes(gzip.compress(json.dumps(rows, ensure_ascii=False).encode(), mtime=0))
    return path


def _rows_of(connection: Connection) -> _Rows:
    tables = MetaData()
    tables.reflect(connection)
    return {
        table.name: [
            {column.name: _plain(column.type, row[column.name]) for column in table.columns}
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings()
        ]
        for table in tables.sorted_tables
        if table.name not in ("alembic_version", "foundation")  # the migrations write them
    }


def _plain(kind: object, value: Any) -> Any:
    if isinstance(value, bytes):
        return _BYTES + value.hex()
    return json.loads(value) if value is not None and str(kind) == "JSON" else value


def fill(connection: Connection, revision: str) -> dict[str, int]:
    """Write what is kept of a schema into a database of it without triggers; return how many rows each table has."""
    rows: _Rows = json.loads(gzip.decompress((FOLDER / f"{revision}.json.gz").read_bytes()))
    into = _into_sqlite if connection.dialect.name == "sqlite" else _into_postgres
    into(connection, rows)
    return {name: len(found) for name, found in rows.items()}


def _into_sqlite(connection: Connection, rows: _Rows) -> None:
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    for name, found in rows.items():
        connection.exec_driver_sql(f'DELETE FROM "{name}"')
        for row in found:
            names = ", ".join(f'"{column}"' for column in row)
            places = ", ".join("?" * len(row))
            values = tuple(map(_of_sqlite, row.values()))
            connection.exec_driver_sql(f'INSERT INTO "{name}" ({names}) VALUES ({places})', values)


def _of_sqlite(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_BYTES):
        return bytes.fromhex(value.removeprefix(_BYTES))
    return json.dumps(value) if isinstance(value, dict | list) else value


def _into_postgres(connection: Connection, rows: _Rows) -> None:
    # Past the keys, whose rows may come later.
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")
    for name, found in rows.items():
        connection.exec_driver_sql(f'DELETE FROM "{name}"')
        if not found:
            continue
        read = (
            f'INSERT INTO "{name}" SELECT * FROM json_populate_recordset(NULL::"{name}", CAST(:rows AS json))'
        )
        connection.execute(text(read), {"rows": json.dumps(found)})
        if "id" in found[0]:
            number = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            connection.execute(number, {"name": f'"{name}"', "last": max(row["id"] for row in found)})
    connection.exec_driver_sql("SET LOCAL session_replication_role = origin")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        os.environ.setdefault("GRANTLINE_KEPT", made)
        write_filled(Path(made))
