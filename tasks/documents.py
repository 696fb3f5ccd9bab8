"""Read a file that goes with an answer, and keep it with its step."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from models.errors import BadInput
from models.step import Document, Step
from tasks.plain_files import read_plain_file


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file as it was handed in: its own name, without folders, and its bytes."""

    name: str
    content: bytes


def read_document(path: Path) -> FileInput:
    """Return the file; BadInput when it is missing, empty, no plain file or over 20 MB."""
    content = read_plain_file(path)
    if not content:
        raise BadInput(f"{path} is empty")
    return FileInput(path.name, content)


def keep_document(session: Session, step: Step, file: FileInput, by_id: int, now: datetime) -> str:
    """Add the file to the step inside the open transaction; return its hash."""
    digest = hashlib.sha256(file.content).hexdigest()
    session.add(
        Document(
            grant_id=step.grant_id,
            step_id=step.id,
            name=file.name,
            media_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
            sha256=digest,
            content=file.content,
            added_by_id=by_id,
            added_at=now,
        )
    )
    return digest
