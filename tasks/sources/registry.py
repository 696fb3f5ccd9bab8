"""Know who reads each kind of source: a new kind is one file that registers itself here."""

from __future__ import annotations

from models.programme.source import KINDS, SourceKind
from tasks.sources.files import CSV, XLSX
from tasks.sources.kinds.http import HttpSource
from tasks.sources.kinds.sql import SqlSource
from tasks.sources.source import Source

SOURCES: dict[str, Source] = {"csv": CSV, "xlsx": XLSX, "sql": SqlSource(), "http": HttpSource()}


def register_source(kind: str, needs: SourceKind, source: Source) -> None:
    """Let programmes name the kind: what it needs in their files, and who reads it."""
    KINDS[kind], SOURCES[kind] = needs, source
