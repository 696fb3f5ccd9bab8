"""A new kind of source is one file: here a test's own, which programmes name and rounds read."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from pkgutil import iter_modules

import pytest
from pydantic import ValidationError

from models.programme.written.source import KINDS, SourceKind, SourceRule
from tasks.sources import kinds
from tasks.sources.source import SourceReader, Taken, source_of
from tasks.sources.source_faults import SourceFailed
from tasks.sources.tables import SourcePeriod
from tests.added_kinds import an_added_kind
from tests.rule_builders import an_origin

ABOUT = SourcePeriod("REF-1", "701-22", "2010-Q1", date(2010, 1, 1), date(2010, 3, 31))


# The whole text of a note in the folder; None where there is none.
NOTE = """
from models.message import Common
from tasks.sources.source_faults import SourceFailed
from tasks.sources.source import Taken


def read(asked):
    path = asked.reader.folder / asked.source.file
    text = asked.reader.once(path, lambda: path.read_text() if path.exists() else "")
    if text == "lost":
        raise SourceFailed(Common.AS_IS(why=f"{asked.name} is lost"))
    return Taken(text, asked.name, "") if text else None
"""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(KINDS, "note", SourceKind(frozenset(("file",)), "file", (".note",)))
    with an_added_kind(kinds, tmp_path, "note", NOTE):
        yield


def test_every_kind_that_a_programme_can_name_is_read() -> None:
    assert {module.name for module in iter_modules(kinds.__path__)} == KINDS.keys()
    assert all(callable(source_of(kind).read) for kind in KINDS)


@pytest.mark.usefixtures("notes")
def test_kind_of_ones_own_is_named_and_read(tmp_path: Path) -> None:
    rule, gather = SourceRule(file="spent.note"), an_origin(source="notes", column="all")
    assert SourceReader(tmp_path).take("notes", rule, gather, ABOUT) is None
    (tmp_path / "spent.note").write_text("118 000")
    reader = SourceReader(tmp_path)
    assert reader.take("notes", rule, gather, ABOUT) == Taken("118 000", "notes", "")
    (tmp_path / "spent.note").write_text("lost")
    assert reader.take("notes", rule, gather, ABOUT) == Taken("118 000", "notes", "")  # read once a round
    with pytest.raises(SourceFailed, match="notes is lost"):
        SourceReader(tmp_path).take("notes", rule, gather, ABOUT)


@pytest.mark.usefixtures("notes")
def test_kind_of_ones_own_takes_no_other_s_keys() -> None:
    with pytest.raises(ValidationError, match="'sheet' does not go with file"):
        SourceRule(file="a.note", sheet="x")
