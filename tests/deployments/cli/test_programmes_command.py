"""Hold what `grants programmes` lists, finds and shows, and which grants it says have a rule that was wrong."""

import json
from pathlib import Path

import pytest

from deployments.cli.main import run
from deployments.shipped_files import PROGRAMMES
from tests.grant_scenes import ORGANISATIONS, OWNER, a_staff, an_entry

ADVISORY = """\
advisories:
  - programme: development-funds-2009
    rule: close
    on: 2010-02-01
    says: {sv: Avslutet fick för kort tid., en: Closing had too little time.}
    source: our registry
"""


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


def test_grants_with_a_rule_that_was_wrong_are_named_until_they_are_upgraded(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Open a grant under a shipped programme as it was before its rule was put right."""
    now = (PROGRAMMES / "ukri.yaml").read_text(encoding="utf-8")
    before = now.replace("late: {0 days: 20 %, 3 months: 100 %}", "late: {3 months: 20 %, 6 months: 100 %}")
    assert before != now
    own = home / "programmes" / "ukri.yaml"
    own.write_text(before, encoding="utf-8")
    opened = {"organisations": ORGANISATIONS, "people": a_staff(), "grants": [an_entry(programme="ukri")]}
    (home / "grants.yaml").write_text(json.dumps(opened, default=str), encoding="utf-8")
    assert run(["init"]) == 0
    assert run(["import", str(home / "grants.yaml"), "--on", "2009-12-01"]) == 0
    own.unlink()
    (home / "advisories.yaml").write_text(ADVISORY, encoding="utf-8")
    capsys.readouterr()
    assert run(["programmes", "--advisories", "--json"]) == 1
    found = {(one["programme"], one["rule"]): one["grants"] for one in json.loads(capsys.readouterr().out)}
    assert next(iter(found)) == ("development-funds-2009", "close")
    assert {rule for rule, grants in found.items() if grants} == {("ukri", "final-statement")}
    assert run(["programmes", "--advisories"]) == 1
    assert "grants upgrade --programme ukri REF-1" in capsys.readouterr().out
    assert run(["upgrade", "--programme", "ukri", "REF-1", "--by", OWNER, "--yes"]) == 0
    assert run(["programmes", "--advisories"]) == 0
