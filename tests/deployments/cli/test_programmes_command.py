"""Hold what `grants programmes` lists, finds and shows, and how a programme begins."""

import json
from pathlib import Path

import pytest

from deployments.cli.main import run
from deployments.shipped_files import PROGRAMMES
from tasks.programmes.files import read_programme
from tasks.programmes.patterns import PATTERNS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    (tmp_path / "programmes").mkdir()
    return tmp_path


def test_programmes_are_listed_found_by_words_and_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "programmes" / "broken.yaml").write_text("programme: broken\n", encoding="utf-8")
    assert run(["programmes"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("note: broken cannot be read: ")
    assert {line.split("  ")[0] for line in said.out.splitlines()} >= {"NAME", "lona", "horizon-europe"}
    assert "-office" not in said.out
    assert run(["programmes", "SFS", "2003:598"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["NAME", "lona"]
    assert run(["programmes", "lonaa"]) == 2
    assert "no programme says all of 'lonaa'; did you mean 'lona'?" in capsys.readouterr().err


def test_programme_is_shown_with_its_shares_and_the_calendar_of_its_example(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["programmes", "lona"]) == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "advance: 50 % of the grant" in said
    assert "balance: the rest of the grant, needs final-report.approved" in said
    assert {"activity-report 2024-03-01, 2025-03-01", "advance 100 000 SEK"} <= {*said}
    assert run(["programmes", "lona", "--json"]) == 0
    (example,) = json.loads(capsys.readouterr().out)["examples"]
    assert (example["final-report"], example["balance"]) == (["2026-01-31"], ["100 000 SEK"])


@pytest.mark.parametrize("pattern", PATTERNS)
def test_programme_begins_as_a_pattern_of_the_guide_with_its_example(
    home: Path, capsys: pytest.CaptureFixture[str], pattern: str
) -> None:
    assert f"(`{pattern}`)" in (PROGRAMMES / "README.md").read_text(encoding="utf-8")
    assert run(["new-programme", "evenings", "--like", pattern]) == 0
    path = home / "programmes" / "evenings.yaml"
    assert capsys.readouterr().out.strip() == str(path)
    assert read_programme(path).programme == "evenings"
    assert run(["programmes", "evenings", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["examples"]) == 1
    assert run(["new-programme", "evenings", "--like", pattern]) == 2
    assert "there is a programme 'evenings' already" in capsys.readouterr().err


def test_programme_does_not_begin_under_what_is_no_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["new-programme", "Evenings in May", "--like", "costs"]) == 2
    assert "Evenings in May" in capsys.readouterr().err
    assert list((home / "programmes").iterdir()) == []
