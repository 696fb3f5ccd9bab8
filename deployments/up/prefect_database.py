"""Set the embedded Prefect's database aside when it is damaged: the server would otherwise never start."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def set_aside_damaged(file: Path) -> Path | None:
    """Put Prefect's database out of the way if it is damaged, and return where it lies now; Prefect makes another.

    It holds runs, and which schedules an administrator has paused: nothing that Grantline could not do without. One
    damaged database is kept, the newest.
    """
    if not file.exists() or _is_sound(file):
        return None
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    return file.replace(file.with_suffix(".damaged.db"))


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file)) as connection:
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return True  # out of reach, for whatever reason: Prefect says which
    except sqlite3.DatabaseError:
        return False
    return found == "ok"
