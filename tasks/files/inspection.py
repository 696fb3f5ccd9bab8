"""Inspect an uploaded file: its type, its size, and whether it holds anything that could run."""

import errno
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO
from xml.sax import ContentHandler, SAXParseException
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import parse

from models.errors import BadInput, Unreadable
from models.message import Common, Message
from models.reading.plain_text import is_text
from tasks.files.text_encoding import decode_text


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
    NOT_A_TEXT = "%(name)s is not a text: save it as CSV UTF-8"
    NO_SHEET = "%(name)s has no sheet"
    DAMAGED = "%(name)s is damaged: save it again as XLSX"
    ON_LINE = "%(name)s, line %(line)s: %(why)s"
    TOO_MANY_ROWS = "%(name)s has more than %(rows)s rows or %(columns)s columns"


_WHY = {
    errno.ENOENT: Filed.NO_SUCH_FILE,
    errno.EACCES: Filed.NO_PERMISSION,
    errno.EPERM: Filed.NO_PERMISSION,
    errno.EISDIR: Filed.IS_A_DIRECTORY,
}
LARGEST = 20_000_000  # bytes


def read_plain_file(path: Path, largest: int = LARGEST) -> bytes:
    """Return the file's bytes; BadInput, in one line, if it is missing, no plain file or too large.

    A pipe or a device would be read for ever.
    """
    try:
        if not path.is_file():
            path.stat()  # raises OSError with the reason if it is missing
            why = Unreadable(Filed.IS_A_DIRECTORY()) if path.is_dir() else Unreadable(Filed.NOT_PLAIN())
            raise BadInput(Common.AT(place=path, why=why))
        if path.stat().st_size > largest:
            raise BadInput(Filed.LARGER_THAN(name=path, most=largest // 1_000_000))
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(Common.AT(place=path, why=why_unread(problem))) from problem


def why_unread(problem: OSError) -> Unreadable:
    """Return why the system did not read a file."""
    if message := _WHY.get(problem.errno or 0):
        return Unreadable(message())
    code = errno.errorcode.get(problem.errno or 0, type(problem).__name__)
    return Unreadable(Filed.SYSTEM_CODE(code=code))


# The limits of one person's files for a step: their number, and their bytes together.
MOST_KEPT = 20
MOST_KEPT_BYTES = 3 * LARGEST
# The limits of a document: its unpacked size, and its number of parts.
_LARGEST_UNPACKED = 200_000_000
_MOST_PARTS = 3_000
_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "csv": "text/csv",
    "se": "text/x-sie",
}
_OTHER_ENDINGS = {"jpeg": "jpg", "si": "se", "sie": "se"}
_MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_SIGNATURES = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "se": b"#FLAGGA"}
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ACTIVE = re.compile(r"vbaproject\.bin\Z|/macrosheets/|/activex/|vbadata\.xml\Z", re.IGNORECASE)
_TYPES = "[Content_Types].xml"
# The limit of cells within merged ranges, each of which a reader makes, and the form of a range.
_MOST_MERGED = 500_000
_RANGE = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")
# A cell of a table that a spreadsheet program would calculate, or run: "=1+1", "-cmd|'/C calc'!A0".
_FORMULA = re.compile(r"(?:^|[\r\n;,\t])\"?\s*(?:=|@[A-Za-z.]+\(|[+\-][^;,\t\r\n\"]*[A-Za-z][|(])")


class FileFault(Message):
    """Why a file is not taken."""

    EMPTY = "it is empty"
    TOO_LARGE = "it is larger than 20 MB"
    OTHER_KIND = "only Word, Excel, PDF, pictures, CSV and SIE can be handed in"
    NOT_WHAT_IT_SAYS = "its content is not what its name says"
    DAMAGED = "it is damaged"
    LOCKED = "it is locked with a password"
    MACROS = "it holds macros or scripts; save it without them"
    FORMULAS = "it holds formulas; save it with their values only"
    ENTITIES = "it holds references that a document must not have"
    BOMB = "it unpacks to far more than a document does"
    NO_ROOM = "no more than 20 files and 60 MB are kept with a step; remove one first"


class FileRefused(BadInput):
    """The file cannot be taken."""

    def __init__(self, name: str, fault: FileFault) -> None:
        self.name = name
        self.fault = fault
        super().__init__(Common.AT(place=name, why=fault()))


def inspect_file(path: Path, name: str) -> str:
    """Return the media type of a file of that name; FileRefused if it is not accepted."""
    ending = Path(name).suffix.lower().lstrip(".")
    ending = _OTHER_ENDINGS.get(ending, ending)
    if ending not in MEDIA_TYPES:
        raise FileRefused(name, FileFault.OTHER_KIND)
    with path.open("rb") as file:
        fault = _fault(file, ending, path.stat().st_size)
    if fault is not None:
        raise FileRefused(name, fault)
    return MEDIA_TYPES[ending]


def inspect_workbook(content: bytes, name: str, largest: int = LARGEST) -> None:
    """Raise FileRefused if an XLSX file of these bytes is not accepted."""
    fault = _fault(io.BytesIO(content), "xlsx", len(content), largest)
    if fault is not None:
        raise FileRefused(name, fault)


def _fault(file: IO[bytes], ending: str, size: int, largest: int = LARGEST) -> FileFault | None:
    if size == 0:
        return FileFault.EMPTY
    if size > largest:
        return FileFault.TOO_LARGE
    head = file.read(16)
    file.seek(0)
    if ending == "csv":
        return _csv_fault(file, head)
    if ending in _SIGNATURES:
        return None if head.startswith(_SIGNATURES[ending]) else FileFault.NOT_WHAT_IT_SAYS
    if head.startswith(_OLE) and _ENCRYPTED in file.read():
        return FileFault.LOCKED
    return _office_fault(file, ending) if head.startswith(_ZIP) else FileFault.NOT_WHAT_IT_SAYS


def _csv_fault(file: IO[bytes], head: bytes) -> FileFault | None:
    """Return the fault of a table, which has no signature: it is text in any encoding."""
    content = file.read()
    try:
        text = decode_text(content)
    except ValueError:  # an old encoding that its reader may know
        text = content.decode("latin-1")
    if head.startswith((_ZIP, *_SIGNATURES.values(), b"MZ", b"<")) or not is_text(text, old_encoding=True):
        return FileFault.NOT_WHAT_IT_SAYS
    return FileFault.FORMULAS if _FORMULA.search(text) else None


def _office_fault(file: IO[bytes], ending: str) -> FileFault | None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if not {_TYPES, _MAIN_PART[ending]} <= names:
                return FileFault.NOT_WHAT_IT_SAYS
            # If two parts share a name, each program reads another one.
            if len({name.lower() for name in names}) < len(entries):
                return FileFault.DAMAGED
            if len(entries) > _MOST_PARTS or sum(entry.file_size for entry in entries) > _LARGEST_UNPACKED:
                return FileFault.BOMB
            if any(entry.flag_bits & 1 for entry in entries):
                return FileFault.LOCKED
            types = archive.read(_TYPES).lower()
            if any(map(_ACTIVE.search, names)) or b"macroenabled" in types or b"vbaproject" in types:
                return FileFault.MACROS
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        parse(part, _Merged(), forbid_dtd=True)
    except DefusedXmlException:
        return FileFault.ENTITIES
    except _TooMuch:
        return FileFault.BOMB
    except (
        zipfile.BadZipFile,
        zlib.error,
        SAXParseException,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ):
        return FileFault.DAMAGED
    return None


class _TooMuch(Exception):
    """A sheet describes in few words what takes a reader a great deal of memory."""


class _Merged(ContentHandler):
    """Counts the cells within a sheet's merged ranges."""

    _cells = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  (the parser's name)
        """Take a merged range: _TooMuch once they hold more cells than a table has."""
        match = _RANGE.fullmatch(attrs.get("ref", "")) if name.rpartition(":")[2] == "mergeCell" else None
        if match:
            width = column_number(match[3]) - column_number(match[1]) + 1
            self._cells += width * (int(match[4]) - int(match[2]) + 1)
        if self._cells > _MOST_MERGED:
            raise _TooMuch


def column_number(letters: str) -> int:
    """Return a column's position from 0: C is 2."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1
