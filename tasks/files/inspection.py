"""Look into a file that somebody hands in, whether it is what its name says and safe to keep and pass on."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from mmap import ACCESS_READ, mmap
from pathlib import Path
from stat import S_ISLNK
from typing import IO
from xml.parsers.expat import ExpatError

from models.errors import BadInput
from tasks.files.pictures import (
    Bomb,
    Damaged,
    Encloses,
    Locked,
    ProgramsForm,
    Scripted,
    TwoKinds,
    look_into_jpg,
    look_into_pdf,
    look_into_png,
)
from tasks.files.workbook_scan import Fetches, Macros, TooMuch, is_markup, scan_parts, scan_relations

LARGEST = 20_000_000  # bytes of a file
MOST_KEPT, MOST_KEPT_BYTES = 20, 3 * LARGEST  # of one person, with a step
# What a document may unpack to, and how much smaller than that it may have been packed.
_LARGEST_UNPACKED, _MOST_PARTS, _MOST_RATIO, _DEEPEST = 200_000_000, 3_000, 200, 2
_RATIO_COUNTS_FROM = 5_000_000
_CHUNK = 65_536
_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "csv": "text/csv",
}
_MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_SIGNATURES = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
_ZIP = b"PK\x03\x04"
_ACTIVE = re.compile(
    r"vbaproject\.bin\Z|/macrosheets/|/activex/|vbadata\.xml\Z|/oleobject[^/]*\.bin\Z", re.IGNORECASE
)
_OLE, _ENCRYPTED = b"\xd0\xcf\x11\xe0", "EncryptedPackage".encode("utf-16-le")
_PROGRAM = (b"MZ", b"\x7fELF", b"#!")
# What runs, whatever the part of a document is called: shortcuts, Java's classes, Flash, objects of other programs.
_RUNS = (*_PROGRAM, b"L\0\0\0\x01\x14\x02\0", b"\xca\xfe\xba\xbe", b"CWS", b"FWS", b"ZWS", _OLE)
# A name that leads out of the archive, or would on another system.
_WAY_OUT = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:|\\|[\x00-\x1f]")
# No tag is looked for beyond the next one's beginning, or thousands without an end would take hours.
_DDE = re.compile(
    rb"<(?:\w+:)?(?:ddeLink|oleLink)\b|<(?:\w+:)?instrText[^<>]*>[^<]*\bDDE|w:instr=[\"'][^\"'<]*\bDDE"
    rb"|<(?:\w+:)?f\b[^<>]*>[^<]*(?:\b[A-Z]\w*\|(?:'[^'<]*'|\w+)!\w|WEBSERVICE\()",
    re.IGNORECASE,
)
_SCRIPT = re.compile(rb"<(?:\w+:)?script\b", re.IGNORECASE)
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what office programs write
# A cell of a table that a spreadsheet program would reckon, or run: "=1+1", "@SUM(A1)", "-cmd|'/C calc'!A0".
# Some take the wide signs for these; signs without width, and hard spaces, may stand before it.
_FORMULA = re.compile(
    rb"(?:^|[\r\n;,\t])\"?(?:[ \xa0]|\xc2\xa0|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xef\xbb\xbf)*"
    rb"(?:=|\xef\xbc\x9d|(?:@|\xef\xbc\xa0)[A-Za-z.]+\(|(?:[+\-]|\xef\xbc[\x8b\x8d])[^;,\t\r\n\"]*[A-Za-z][|(])"
)
_LONGEST_LINE = 1_000_000
_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(rb"<!ENTITY", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class FileFault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "it is empty"
    TOO_LARGE = "it is larger than 20 MB"
    OTHER_KIND = "only docx, xlsx, pdf, png, jpg and csv files are taken"
    NOT_WHAT_IT_SAYS = "its content is not what its name says"
    DAMAGED = "it is damaged, or cut off"
    LOCKED = "it is locked with a password"
    MACROS = "it holds macros or scripts: save it without them"
    LINKED = "it fetches content from elsewhere: break its links and save it anew"
    ENCLOSES = "it holds other files: save it without them, and hand in each by itself"
    FORM = "it is a form that few programs can show (XFA): print it to a PDF, and hand in that"
    FORMULAS = "it holds formulas: save it with their values only"
    ENTITIES = "it holds references that a document must not have"
    BOMB = "it unpacks to far more than a document does"
    NO_ROOM = "no more than 20 files and 60 MB are kept with a step"


class FileRefused(BadInput):
    """The file cannot be taken."""

    def __init__(self, name: str, fault: FileFault) -> None:
        self.name, self.fault = name, fault
        super().__init__(f"{name}: {fault}")


def inspect_file(path: Path, name: str) -> str:
    """Return the media type of a file of that name; FileRefused when it is not taken."""
    ending = Path(name).suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if ending not in MEDIA_TYPES:
        raise FileRefused(name, FileFault.OTHER_KIND)
    with path.open("rb") as file:
        fault = _fault(file, ending, path.stat().st_size, scans=True)
    if fault is not None:
        raise FileRefused(name, fault)
    return MEDIA_TYPES[ending]


def inspect_workbook(content: bytes, name: str) -> None:
    """Raise FileRefused where an XLSX file of these bytes is not taken; who reads its parts anyway scans them."""
    fault = _fault(io.BytesIO(content), "xlsx", len(content), scans=False)
    if fault is not None:
        raise FileRefused(name, fault)


def _fault(file: IO[bytes], ending: str, size: int, *, scans: bool) -> FileFault | None:
    if size == 0:
        return FileFault.EMPTY
    if size > LARGEST:
        return FileFault.TOO_LARGE
    head = file.read(16)
    file.seek(0)
    if ending == "csv":
        return _csv_fault(file, head)
    if ending in _MAIN_PART:
        if head.startswith(_OLE):
            return FileFault.LOCKED if _ENCRYPTED in file.read() else FileFault.NOT_WHAT_IT_SAYS
        if not head.startswith(_ZIP):
            return FileFault.NOT_WHAT_IT_SAYS
        return _office_fault(file, ending, size, scans=scans)
    if not head.startswith(_SIGNATURES[ending]):
        return FileFault.NOT_WHAT_IT_SAYS
    return _picture_fault(ending, file)


def _picture_fault(ending: str, file: IO[bytes]) -> FileFault | None:
    look = {"pdf": look_into_pdf, "png": look_into_png, "jpg": look_into_jpg}[ending]
    try:
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:  # never whole in memory
            look(content)
    except Damaged:
        return FileFault.DAMAGED
    except TwoKinds:
        return FileFault.NOT_WHAT_IT_SAYS
    except Scripted:
        return FileFault.MACROS
    except Encloses:
        return FileFault.ENCLOSES
    except ProgramsForm:
        return FileFault.FORM
    except Locked:
        return FileFault.LOCKED
    except Bomb:
        return FileFault.BOMB
    return None


def _csv_fault(file: IO[bytes], head: bytes) -> FileFault | None:
    """A table has no signature; it is text, in whatever eight-bit encoding."""
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(
        (_ZIP, *_SIGNATURES.values(), *_PROGRAM, b"<", b"{\\rtf", b"%!")
    ):
        return FileFault.NOT_WHAT_IT_SAYS
    tail, line = b"", 0
    while chunk := file.read(_CHUNK):
        if _CONTROLS.search(chunk):
            return FileFault.NOT_WHAT_IT_SAYS
        line = line + len(chunk) if b"\n" not in chunk and b"\r" not in chunk else 0
        if line > _LONGEST_LINE:
            return FileFault.DAMAGED
        text = (tail or b"\n") + (chunk if tail else chunk.removeprefix(b"\xef\xbb\xbf"))
        if _FORMULA.search(text):
            return FileFault.FORMULAS
        tail = b"." + text[-64:]  # no line begins where a chunk does
    return None


def _office_fault(file: IO[bytes], ending: str, size: int, *, scans: bool) -> FileFault | None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = {entry.filename for entry in archive.infolist()}
            if len({name.lower() for name in names}) < len(archive.infolist()):
                return (
                    FileFault.DAMAGED
                )  # which of two parts of one name is read, each program decides for itself
            if not {"[Content_Types].xml", _MAIN_PART[ending]} <= names:
                return FileFault.NOT_WHAT_IT_SAYS
            if _ZIP in archive.comment or min(entry.header_offset for entry in archive.infolist()) > 0:
                return FileFault.NOT_WHAT_IT_SAYS  # an archive before or behind it
            fault = next(_archive_faults(archive, size, _DEEPEST), None)
            if fault is None and scans:
                scan_parts(archive, sheets=ending == "xlsx")
            return fault
    except TooMuch:
        return FileFault.BOMB
    except Fetches:
        return FileFault.LINKED
    except Macros:
        return FileFault.MACROS
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error, ExpatError):
        return FileFault.DAMAGED
    except RuntimeError:  # zipfile's word for a password
        return FileFault.LOCKED


def _archive_faults(archive: zipfile.ZipFile, size: int, deeper: int) -> Iterator[FileFault]:
    """Yield what is wrong; every part is unpacked, and counted while it is: what an archive says of itself may lie."""
    entries = archive.infolist()
    if len(entries) > _MOST_PARTS or sum(entry.compress_size for entry in entries) > size:
        yield FileFault.BOMB  # more parts than a document has, or parts that lie over each other
        return
    if any(entry.flag_bits & 1 for entry in entries):
        yield FileFault.LOCKED
    if any(_ACTIVE.search(entry.filename) for entry in entries):
        yield FileFault.MACROS
    if any(_WAY_OUT.search(entry.orig_filename) or S_ISLNK(entry.external_attr >> 16) for entry in entries):
        yield FileFault.ENTITIES
    if any(entry.compress_type not in _PACKINGS for entry in entries):
        yield FileFault.DAMAGED
    left = min(_LARGEST_UNPACKED, max(_RATIO_COUNTS_FROM, size * _MOST_RATIO))
    if sum(entry.file_size for entry in entries) > left:
        yield FileFault.BOMB
        return
    endings = {entry.filename.rpartition(".")[2].lower() for entry in entries}
    for entry in entries:
        if entry.is_dir():
            continue
        with archive.open(entry) as part:
            left, fault = _part_fault(part, entry, left)
        if fault is None and entry.filename.lower().endswith((".rels", "[content_types].xml")):
            with archive.open(entry) as part:
                scan_relations(part, endings)
        if fault is None and deeper and _is_archive(archive, entry):
            with archive.open(entry) as part, zipfile.ZipFile(part) as inner:
                fault = next(_archive_faults(inner, entry.file_size, deeper - 1), None)
                if fault is None and "META-INF/MANIFEST.MF" in inner.namelist():
                    fault = FileFault.MACROS
        elif fault is None and not deeper and _is_archive(archive, entry):
            fault = FileFault.BOMB
        if fault is not None:
            yield fault
            return


def _part_fault(part: IO[bytes], entry: zipfile.ZipInfo, left: int) -> tuple[int, FileFault | None]:
    # A picture may name its kind, and declare nothing.
    entities = _DECLARED if entry.filename.lower().endswith(".svg") else _ENTITIES
    tail, first, is_xml = b"", True, False
    while chunk := part.read(_CHUNK):
        if first:
            if chunk.startswith(_RUNS):
                return left, FileFault.MACROS
            first, is_xml = False, is_markup(entry.filename, chunk)
        left -= len(chunk)
        if left < 0:
            return left, FileFault.BOMB
        if is_xml:
            # In whatever encoding: sixteen bits a letter leave noughts between them.
            text = tail + chunk.replace(b"\0", b"")
            if entities.search(text):
                return left, FileFault.ENTITIES
            if _DDE.search(text):
                return left, FileFault.LINKED
            if _SCRIPT.search(text):
                return left, FileFault.MACROS
            tail = text[-1_000:]
    return left, None


def _is_archive(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as part:
        return part.read(4) == _ZIP
