"""Run the same morning as a plain function and from the command line: the same rows, but for chance and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from deployments.sample.portfolio import load_sample
from tests.databases import a_copy
from tests.grant_scenes import at, do_round, dump

FRIDAY = date(2010, 10, 8)
# The flow, the third driver, is compared in tests/flows.
BY_CHANCE = {"link_key", "message_id", "sha256", "previous_sha256"}


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two databases that hold the same portfolio."""
    engines = [a_copy("sqlite", "sample", _load, tmp_path) for _ in range(2)]
    yield engines[0], engines[1]
    for engine in engines:
        engine.dispose()


def _load(engine: Engine) -> None:
    load_sample(engine, FRIDAY, at(FRIDAY, 6))


def _essence(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return all rows, without what is drawn by chance and without moments."""
    return {
        table: [
            {
                name: value
                for name, value in row.items()
                if name not in BY_CHANCE and not isinstance(value, datetime)
            }
            for row in rows
        ]
        for table, rows in dump(engine).items()
    }


def test_command_and_function_leave_the_same_rows(
    pair: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called, commanded = pair
    assert _essence(called) == _essence(commanded)
    counts = do_round(called, FRIDAY)
    monkeypatch.setenv("GRANTS_DATABASE_URL", commanded.url.render_as_string(hide_password=False))
    assert run(["round", "--on", FRIDAY.isoformat()]) == 0
    assert capsys.readouterr().out == f"2010-10-08: {counts}, {counts.letters} letters\n"
    assert _essence(called) == _essence(commanded)
    assert counts.letters > 0
