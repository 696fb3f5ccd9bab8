"""A file that was handed in, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the file store: its own name without folders, and what a row keeps of it; `size` in bytes.

    `document` is which of the documents that the programme asks for it is.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    stored_as: str
    document: str | None = None
