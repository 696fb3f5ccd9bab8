"""What is said of files that cannot be read."""

from __future__ import annotations

from models.message import Message


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
