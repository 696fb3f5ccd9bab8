"""Read a file that a person named, and only a plain one of a sensible size."""

from __future__ import annotations

import errno
from pathlib import Path

from models.errors import BadInput, Unreadable
from models.message import Common
from tasks.files.messages import Filed

LARGEST = 20_000_000  # bytes


def read_plain_file(path: Path) -> bytes:
    """Return the file's bytes; BadInput, in one line, for one that is missing, no plain file or over 20 MB.

    A pipe or a device would be read for ever.
    """
    try:
        if not path.is_file():
            path.stat()  # says why, where it is not there
            why = Unreadable(Filed.IS_A_DIRECTORY()) if path.is_dir() else Unreadable(Filed.NOT_PLAIN())
            raise BadInput(Common.AT(place=path, why=why))
        if path.stat().st_size > LARGEST:
            raise BadInput(Filed.LARGER_THAN(name=path, most=LARGEST // 1_000_000))
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(Common.AT(place=path, why=why_unread(problem))) from problem


def why_unread(problem: OSError) -> Unreadable:
    """Return why the system did not read a file."""
    match problem.errno:
        case errno.ENOENT:
            return Unreadable(Filed.NO_SUCH_FILE())
        case errno.EACCES | errno.EPERM:
            return Unreadable(Filed.NO_PERMISSION())
        case errno.EISDIR:
            return Unreadable(Filed.IS_A_DIRECTORY())
    code = errno.errorcode.get(problem.errno or 0, type(problem).__name__)
    return Unreadable(Filed.SYSTEM_CODE(code=code))
