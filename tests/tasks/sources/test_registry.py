"""A new kind of source is one file: here a test's own, which programmes name and rounds read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.message import Common
from models.programme.source import KINDS, GatherRule, SourceKind, SourceRule
from tasks.sources.outside import SourceFailed
from tasks.sources.reading import SourceReader
from tasks.sources.registry import SOURCES, register_source
from tasks.sources.source import Asked, Taken
from tasks.sources.tables import Period

ABOUT = Period("REF-1", "701-22", "2010-Q1", date(2010, 1, 1), date(2010, 3, 31))


class NoteSource:
    """The whole text of a note in the folder."""

    def read(self, asked: Asked) -> Taken | None:
        """Return what the note says; None where there is none."""
        path = asked.reader.folder / (asked.source.files or "")
        text: str = asked.reader.once(path, lambda: path.read_text() if path.exists() else "")
        if text == "lost":
            raise SourceFailed(Common.AS_IS(why=f"{asked.name} is lost"))
        return Taken(text, asked.name, "") if text else None


@pytest.fixture
def notes() -> Iterator[None]:
    register_source("note", SourceKind(frozenset(("files",)), "files", ("column",)), NoteSource())
    yield
    del KINDS["note"], SOURCES["note"]


def test_every_kind_that_a_programme_can_name_is_read() -> None:
    assert KINDS.keys() == SOURCES.keys()


@pytest.mark.usefixtures("notes")
def test_kind_of_ones_own_is_named_and_read(tmp_path: Path) -> None:
    rule, gather = SourceRule(kind="note", files="spent.txt"), GatherRule(source="notes", column="all")
    assert SourceReader(tmp_path).take("notes", rule, gather, ABOUT) is None
    (tmp_path / "spent.txt").write_text("118 000")
    reader = SourceReader(tmp_path)
    assert reader.take("notes", rule, gather, ABOUT) == Taken("118 000", "notes", "")
    (tmp_path / "spent.txt").write_text("lost")
    assert reader.take("notes", rule, gather, ABOUT) == Taken("118 000", "notes", "")  # read once a round
    with pytest.raises(SourceFailed, match="notes is lost"):
        SourceReader(tmp_path).take("notes", rule, gather, ABOUT)


@pytest.mark.usefixtures("notes")
def test_kind_of_ones_own_needs_its_keys() -> None:
    with pytest.raises(ValidationError, match="a source of kind note needs 'files'"):
        SourceRule(kind="note")
    with pytest.raises(ValidationError, match="'query' does not go with kind: note"):
        SourceRule(kind="note", files="a.txt", query="select 1")


def test_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="'csv', 'xlsx', 'sql', 'http'"):
        SourceRule(kind="note", files="a.txt")
