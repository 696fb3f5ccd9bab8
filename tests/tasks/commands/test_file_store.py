"""Files that people hand in: what is taken, what is refused and why, and what a crash leaves behind."""

import io
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from models.errors import BadInput, DiskFull
from tasks.commands.files.drafts import add_document, drop_document, file_store_of, sweep_documents
from tasks.commands.files.file_store import FileStore, plain_name
from tasks.files.inspection import LARGEST, FileFault, FileRefused
from tasks.settings import load_settings
from tasks.store.database import transaction
from tests.full_disk import no_room
from tests.grant_scenes import OWNER, a_grant_that_was, person_id, steps
from tests.hostile_files import a_jpg, a_pdf, a_png

PNG, JPG, PDF = a_png(), a_jpg(), a_pdf()
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)


def packed(*parts: tuple[str, bytes], main: str = "word/document.xml", types: bytes = TYPES) -> bytes:
    """Return an office file with parts of its own beside those that it must have."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("[Content_Types].xml", types), (main, b"<w/>"), *parts):
            archive.writestr(name, content)
    return found.getvalue()


def a_workbook() -> bytes:
    """Return a real spreadsheet."""
    found, book = io.BytesIO(), openpyxl.Workbook()
    book.save(found)
    return found.getvalue()


def locked() -> bytes:
    """Return an office file whose parts say that they are encrypted."""
    content = bytearray(packed())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + offset] |= 1
    return bytes(content)


def take(folder: Path, name: str, content: bytes) -> tuple[str, int]:
    """Keep a file; return its media type and how many files lie in the folder."""
    file_store = FileStore(folder)
    with file_store.receive(name) as receiver:
        for start in range(0, len(content), 10_000):
            receiver.write(content[start : start + 10_000])
        kept = receiver.finish()
    assert file_store.path(kept.stored_as).read_bytes() == content
    return kept.media_type, len(left(folder))


def left(folder: Path) -> list[Path]:
    """Return the files that lie in the folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("rapport.docx", packed(), id="docx"),
        pytest.param("siffror.XLSX", a_workbook(), id="xlsx of a real program"),
        pytest.param("räkning.pdf", PDF, id="pdf"),
        pytest.param("bild.png", PNG, id="png"),
        pytest.param("bild.jpeg", JPG, id="jpeg"),
        pytest.param("tabell.csv", "kvartal;kostnad\r\n1;10 000 å\r\n".encode("cp1252"), id="csv of Windows"),
        pytest.param("stor.pdf", PDF + bytes(LARGEST - 2 * len(PDF)) + PDF, id="as large as may be"),
    ],
)
def test_file_is_taken(tmp_path: Path, name: str, content: bytes) -> None:
    media_type, files = take(tmp_path, name, content)
    assert "/" in media_type
    assert files == 1
    (path,) = left(tmp_path)
    assert len(path.name) == 32
    assert Path(name).stem not in path.name


@pytest.mark.parametrize(
    ("name", "make", "fault"),
    [
        pytest.param("a.pdf", lambda: b"", FileFault.EMPTY, id="empty"),
        pytest.param("a.pdf", lambda: PDF + bytes(LARGEST), FileFault.TOO_LARGE, id="too large"),
        pytest.param("a.exe", lambda: b"MZ", FileFault.OTHER_KIND, id="a program"),
        pytest.param("a.docm", packed, FileFault.OTHER_KIND, id="a document for macros"),
        pytest.param("a.svg", lambda: b"<svg/>", FileFault.OTHER_KIND, id="a picture that can hold scripts"),
        pytest.param("a.docx", lambda: OLD_WORD, FileFault.NOT_WHAT_IT_SAYS, id="the old Word, renamed"),
        pytest.param("a.png", lambda: PDF, FileFault.NOT_WHAT_IT_SAYS, id="another kind"),
        pytest.param("a.pdf", lambda: b"<html>", FileFault.NOT_WHAT_IT_SAYS, id="a page, renamed"),
        pytest.param("a.csv", packed, FileFault.NOT_WHAT_IT_SAYS, id="an archive, renamed"),
        pytest.param("a.xlsx", packed, FileFault.NOT_WHAT_IT_SAYS, id="a document as a spreadsheet"),
        pytest.param("a.docx", lambda: packed()[:-30], FileFault.DAMAGED, id="cut off"),
        pytest.param("a.docx", locked, FileFault.LOCKED, id="with a password"),
        pytest.param(
            "a.docx", lambda: packed(("word/vbaProject.bin", b"x")), FileFault.MACROS, id="with macros"
        ),
        pytest.param(
            "a.docx",
            lambda: packed(("word/a.xml", b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x/>')),
            FileFault.ENTITIES,
            id="entities",
        ),
        pytest.param(
            "a.docx", lambda: packed(("word/big.bin", bytes(250_000_000))), FileFault.BOMB, id="a bomb"
        ),
    ],
)
def test_file_is_refused_and_gone(
    tmp_path: Path, name: str, make: Callable[[], bytes], fault: FileFault
) -> None:
    with pytest.raises(FileRefused) as caught:
        take(tmp_path, name, make())
    assert caught.value.fault is fault
    assert "\n" not in str(caught.value)
    assert left(tmp_path) == []


def test_large_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    chunk = bytes(65_536)
    tracemalloc.start()
    with FileStore(tmp_path).receive("stor.pdf") as receiver:
        receiver.write(PDF)
        for _ in range(300):
            receiver.write(chunk)
        receiver.write(PDF)
        receiver.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_file_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with FileStore(tmp_path).receive("a.pdf") as receiver:
        receiver.write(PDF)
        assert len(left(tmp_path)) == 1
    assert left(tmp_path) == []


def test_file_that_the_disk_does_not_take_leaves_nothing(tmp_path: Path) -> None:
    full = pytest.raises(DiskFull, match="The disk is full; free some space")
    with no_room(), full, FileStore(tmp_path).receive("a.pdf") as receiver:
        receiver.write(PDF)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\a\\räkning.pdf", "räkning.pdf"),
        ('a"\r\nX: y.pdf', "a_ X_ y.pdf"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".docx", "x" * 115 + ".docx"),
        ("\u202egpj.exe", "gpj.exe"),
        ("\u05d3\u05d5\u05d7.pdf", "\u05d3\u05d5\u05d7.pdf"),
        ("x" * 1_500 + ".pdf", "x" * 116 + ".pdf"),
        ("a." + "b" * 200, "a." + "b" * 118),
        ("\U0001f600" * 130 + ".pdf", "\U0001f600" * 56 + ".pdf"),
    ],
)
def test_name_is_the_files_own_and_plain(name: str, own: str) -> None:
    assert plain_name(name) == own


def test_stored_name_that_was_not_given_here_leads_nowhere(tmp_path: Path) -> None:
    for name in ("../secret", "", "ab/" + "0" * 29, "0" * 31):
        with pytest.raises(BadInput):
            FileStore(tmp_path).path(name)


def test_file_without_a_row_is_swept_once_it_is_old(sqlite: Engine, tmp_path: Path) -> None:
    a_grant_that_was(sqlite, "first paid")
    file_store, now = file_store_of(load_settings(home=tmp_path)), datetime.now(UTC)
    kept = []
    for name in ("with a row.pdf", "without.pdf", "dropped.pdf"):
        path = tmp_path / name
        path.write_bytes(PDF)
        kept.append(file_store.take(path))
    cut_off = file_store.path(kept[1].stored_as).with_name("0" * 32 + ".part")
    cut_off.write_bytes(PDF)
    owner, step_id = person_id(sqlite, OWNER), steps(sqlite)["follow-up-2010-q1"].id
    with transaction(sqlite) as connection:
        add_document(connection, step_id, kept[0], owner, now)
        add_document(connection, step_id, kept[2], owner, now)
        drop_document(connection, 2, owner)
    for age, swept in (timedelta(0), 0), (timedelta(hours=2), 3):
        for path in left(file_store.folder):
            os.utime(path, ((now - age).timestamp(),) * 2)
        assert sweep_documents(sqlite, file_store, now) == swept
    assert left(file_store.folder) == [file_store.path(kept[0].stored_as)]
