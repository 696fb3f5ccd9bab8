"""Keep uploaded files in the documents folder, whole on the disk before a row names them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from types import TracebackType

from models.commands.steps import StoredFile
from models.errors import BadInput, Refused, full_disk_named
from models.reading.plain_text import one_line
from tasks.files.inspection import LARGEST, Filed, FileFault, FileRefused, inspect_file, read_plain_file

# The most characters and bytes of a name: file systems take 255 bytes, and a bundle puts a number first.
_LONGEST_NAME = 120
_MOST_BYTES = 230
_LONGEST_ENDING = 10
_STORED = re.compile(r"[0-9a-f]{32}\Z")
_PARTIAL = ".part"


class FileStore:
    """The documents folder; it is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, stored_as: str) -> Path:
        """Return the path of a stored file; BadInput for a name that the store did not give."""
        if not _STORED.match(stored_as):
            raise BadInput(Filed.NOT_STORED())
        return self.folder / stored_as[:2] / stored_as

    def receive(self, name: str) -> Receiver:
        """Return the receiver of a file's bytes."""
        return Receiver(self, plain_name(name))

    def take(self, path: Path) -> StoredFile:
        """Keep a copy of a file that a person named; BadInput, in one line, if it is unreadable or refused."""
        content = read_plain_file(path)
        with self.receive(path.name) as receiver:
            receiver.write(content)
            return receiver.finish()

    @contextmanager
    def unless_refused(self, stored: Collection[StoredFile], *, applied: bool = True) -> Iterator[None]:
        """Remove the files, which may be stored in the block, if their act is refused or only shown."""
        try:
            yield
        except (BadInput, Refused):
            self._drop(stored)
            raise
        if not applied:
            self._drop(stored)

    def _drop(self, stored: Collection[StoredFile]) -> None:
        for file in stored:
            self.path(file.stored_as).unlink(missing_ok=True)

    @contextmanager
    def under_its_name(self, file: StoredFile) -> Iterator[Path]:
        """Yield the path of a copy that has the file's own name, as messages about it say it."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / plain_name(file.name)
            shutil.copyfile(self.path(file.stored_as), path)
            yield path

    def sweep(self, named: Collection[str], before: datetime) -> int:
        """Delete files that no row names and that are older than `before`; return how many.

        A crash between a file and its row leaves such a file. A younger file may get its row yet.
        """
        swept = 0
        for path in self.folder.glob("??/*"):
            name = path.name.removesuffix(_PARTIAL)
            if not _STORED.match(name) or path.name in named or path.stat().st_mtime >= before.timestamp():
                continue
            path.unlink(missing_ok=True)
            swept += 1
        return swept


def is_whole(path: Path, sha256: str) -> bool:
    """Return whether the file is there, unchanged."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


class Receiver:
    """Receives one file, never whole in memory; an unfinished one is gone when the block ends."""

    @full_disk_named()
    def __init__(self, file_store: FileStore, name: str) -> None:
        self.name = name
        self.size = 0
        self._digest = hashlib.sha256()
        self._stored_as = secrets.token_hex(16)
        self._whole = file_store.path(self._stored_as)
        self._partial = self._whole.with_name(self._whole.name + _PARTIAL)
        self._whole.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = self._partial.open("xb")

    @full_disk_named()
    def write(self, chunk: bytes) -> None:
        """Add bytes; those beyond the largest size are counted and dropped."""
        self.size += len(chunk)
        if self.size <= LARGEST:
            self._digest.update(chunk)
            self._file.write(chunk)

    @full_disk_named()
    def finish(self) -> StoredFile:
        """Return the file, now whole on the disk; FileRefused, and it is removed, if it is not accepted."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if self.size > LARGEST:
            raise FileRefused(self.name, FileFault.TOO_LARGE)
        media_type = inspect_file(self._partial, self.name)
        self._partial.replace(self._whole)
        _sync_folder(self._whole.parent)
        return StoredFile(self.name, media_type, self.size, self._digest.hexdigest(), self._stored_as)

    def __enter__(self) -> Receiver:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was not finished."""
        self.discard()

    @full_disk_named()
    def discard(self) -> None:
        """Remove what was not finished."""
        try:
            self._file.close()  # on a full disk this fails too
        finally:
            self._partial.unlink(missing_ok=True)


def plain_name(name: str) -> str:
    """Return a file's own name: without any system's folders, on one line, with its ending if it is cut."""
    own = PureWindowsPath(name).name
    # Directional marks after the ending would hide it.
    own = one_line(own, len(own) + 1)
    own = re.sub(r'[<>:"|?*]', "_", own).strip(". ") or "file"
    ending = Path(own).suffix if len(Path(own).suffix) <= _LONGEST_ENDING else ""
    stem = own.removesuffix(ending)[: _LONGEST_NAME - len(ending)]
    return f"{stem.encode()[: _MOST_BYTES - len(ending.encode())].decode(errors='ignore')}{ending}"


def _sync_folder(folder: Path) -> None:
    """Make the file's name durable, like its content."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
