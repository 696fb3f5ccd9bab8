"""Find who reads a kind of source among the files of `kinds/`, each loaded when a programme first asks for it."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from tasks.sources import kinds
from tasks.sources.source import Source


def source_of(kind: str) -> Source:
    """Return who reads sources of this kind, which is one of `models.programme.written.source.KINDS`."""
    return cast(Source, import_module(f"{kinds.__name__}.{kind}"))
