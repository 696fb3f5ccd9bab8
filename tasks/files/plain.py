"""Read a file that a person named, and only a plain one of a sensible size."""

from __future__ import annotations

import errno
from pathlib import Path

from models.errors import BadInput, Unreadable
from models.message import Common, Message


class Filed(Message):
    """Why a file, or the table in it, cannot be read."""

    SYSTEM_CODE = "the system cannot read it (%(code)s)"
    LARGER_THAN = "%(name)s is larger than %(most)s MB"
    NO_SUCH_FILE = "No such file or directory"
    NO_PERMISSION = "Permission denied"
    IS_A_DIRECTORY = "Is a directory"
    NOT_PLAIN = "not a plain file"
    NOT_STORED = "that is no stored file"
    QUOTE_OPEN = "a quotation mark is never closed, or stands within a value"
    MORE_THAN_A_TABLE = (
        "%(name)s holds more than a table does: keep only the sheet that is needed, and delete the empty rows"
        " below it"
    )
    NO_SUCH_SHEET = "%(name)s has no sheet '%(sheet)s'; it has %(there)s"
    NOT_XLSX = "%(name)s is no XLSX file: open it, and save it as an Excel workbook (.xlsx)"
    NOT_A_TEXT = "%(name)s is not a text: save it as CSV UTF-8"
    LONG_LINE = "%(name)s has a line of more than %(most)s characters"
    NO_SHEET = "%(name)s has no sheet"
    DAMAGED = "%(name)s is damaged: save it again as XLSX"
    OTHER_ENCODING = "%(name)s is not %(encoding)s text: save it so, or say its encoding"
    ON_LINE = "%(name)s, line %(line)s: %(why)s"
    TOO_MANY_ROWS = "%(name)s has more than %(rows)s rows or %(columns)s columns"
    STRICT_XML = "%(name)s is saved as Strict Open XML: save it as an Excel workbook (.xlsx)"


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
