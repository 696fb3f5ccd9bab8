"""Read a file that a person named, and only a plain one of a sensible size."""

from __future__ import annotations

import errno
from pathlib import Path

from models.errors import Unreadable, Worded

LARGEST = 20_000_000  # bytes


def read_plain_file(path: Path) -> bytes:
    """Return the file's bytes; Worded, in one line, for one that is missing, no plain file or over 20 MB.

    A pipe or a device would be read for ever.
    """
    try:
        if not path.is_file():
            path.stat()  # says why, where it is not there
            why = Unreadable("Is a directory") if path.is_dir() else Unreadable("not a plain file")
            raise Worded("%(name)s: %(why)s", name=path, why=why)
        if path.stat().st_size > LARGEST:
            raise Worded("%(name)s is larger than %(most)s MB", name=path, most=LARGEST // 1_000_000)
        return path.read_bytes()
    except OSError as problem:
        raise Worded("%(name)s: %(why)s", name=path, why=why_unread(problem)) from problem


def why_unread(problem: OSError) -> Unreadable:
    """Return why the system did not read a file."""
    match problem.errno:
        case errno.ENOENT:
            return Unreadable("No such file or directory")
        case errno.EACCES | errno.EPERM:
            return Unreadable("Permission denied")
        case errno.EISDIR:
            return Unreadable("Is a directory")
    code = errno.errorcode.get(problem.errno or 0, type(problem).__name__)
    return Unreadable("the system cannot read it (%(code)s)", code=code)
