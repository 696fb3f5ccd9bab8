"""Say by what the first migration is known again, until a version is released."""

import hashlib
from pathlib import Path

from sqlalchemy import Connection

from tasks.store.triggers.statements import guarded_by

_FILE = Path(__file__).parent / "versions" / "0001_foundation.py"


def foundation_mark(connection: Connection) -> str:
    """Return the hash of the first migration's tables and of the triggers of this kind of database."""
    return hashlib.sha256(_FILE.read_bytes() + guarded_by(connection).encode()).hexdigest()
