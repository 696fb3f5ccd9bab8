"""The folder of files and the import command, on SQLite and on both kinds of database."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.import_desk import Desk


@pytest.fixture
def both(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    return Desk(engine, tmp_path, monkeypatch, capsys)


@pytest.fixture
def desk(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    return Desk(sqlite, tmp_path, monkeypatch, capsys)
