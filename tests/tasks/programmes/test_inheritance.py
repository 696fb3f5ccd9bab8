"""Hold what a programme takes from the one that it extends, and where its errors are said to stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from deployments.cli.main import run
from models.errors import ProgrammeInvalid
from models.programme.file import Programme
from models.programme.language.parser import read_rule
from models.programme.period import LastPeriod
from models.rules.dates.anchors import KnownDate
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from tasks.programmes.files import parse_shape, read_programme, whole_text
from tasks.store.programmes import programme_hash

HEIRS = Path(__file__).parents[2] / "programmes" / "heirs"
BASE = (HEIRS / "base.yaml").read_text(encoding="utf-8")
FILES = sorted(HEIRS.glob("*.yaml"))
BAD = [path for path in FILES if path.read_text(encoding="utf-8").startswith("# error: ")]
GOOD = [path for path in FILES if path not in BAD]


def complaint(path: Path) -> str:
    """Return what is said of a file that cannot be read; the file itself is not named, another by its name."""
    with pytest.raises(ProgrammeInvalid) as caught:
        read_programme(path)
    detail = str(caught.value).removeprefix("The programme file is not valid: ")
    return detail.removeprefix(f"{path}, ").removeprefix(f"{path.parent}/")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_heir_is_answered_with(path: Path) -> None:
    said = " ".join(complaint(path).split())
    assert path.read_text(encoding="utf-8").splitlines()[0] == f"# error: {said}"
    assert len(said) < 250


def test_heir_changes_what_it_says_and_inherits_the_rest() -> None:
    base, heir = read_programme(HEIRS / "base.yaml"), read_programme(HEIRS / "changed.yaml")
    assert (heir.programme, heir.title.sv, heir.title.en) == ("changed", "grunden", "the changed base")
    assert (heir.currency, heir.source, heir.calendar) == (base.currency, base.source, base.calendar)
    assert list(heir.dates) == ["final_report_on", "interim_on"]
    assert [step.each for step in heir.steps] == ["project quarter", None, None, None]
    assert [rung.shift for rung in heir.ladders["short"]] == [-1, 0]
    assert heir.ladders["default"] == base.ladders["default"]
    assert [step.key for step in heir.steps] == [
        *("follow-up", "final-report", "final-report-approval", "interim-report")
    ]
    assert [one.needs for one in heir.instalments] == [(), ()]
    assert [(one.share, one.at_most) for one in heir.instalments] == [(None, "40 %"), ("rest", None)]


def test_heir_changes_an_entry_key_by_key() -> None:
    step = read_programme(HEIRS / "changed.yaml").step("follow-up")
    assert (step.each, step.ladder, step.opens) == ("project quarter", "short", None)
    assert [(one.key, one.required) for one in step.questions] == [("spent", False), ("activities", True)]


def test_rule_is_replaced_whole() -> None:
    heir = read_programme(HEIRS / "changed.yaml")
    assert heir.step("follow-up").due == read_rule(
        "2 months after period_end or the next working day (section 4)"
    )
    assert heir.step("final-report").due == read_rule("3 months after grant_end or the next working day")


def test_heir_of_an_heir_is_planned() -> None:
    programme = read_programme(HEIRS / "of-the-third-generation.yaml")
    assert programme.currency == "EUR"
    assert programme.step("follow-up").last == LastPeriod(join=1, skip=True)
    facts = PlanFacts({"final_report_on": KnownDate(date(2011, 1, 20))}, date(2010, 1, 1), date(2010, 9, 30))
    due = {step.key: step.due_on for step in plan_steps(programme, facts)}
    assert due == {
        "follow-up-m1-m3": date(2010, 5, 17),  # 45 days: 15 May is a Saturday
        "follow-up-m4-m6": date(2010, 8, 16),
        "final-report": date(2010, 12, 30),
        "final-report-approval": None,
    }


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_whole_is_the_same_programme_in_one_file(path: Path) -> None:
    read, text = read_programme(path), whole_text(path)
    again = parse_shape(text, "whole.yaml", Programme, ProgrammeInvalid)
    assert again == read
    assert programme_hash(again) == programme_hash(read)
    assert "extends" not in yaml.safe_load(text)
    assert "*" not in text


def test_version_is_of_the_whole_content(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    heir = tmp_path / "heir.yaml"
    heir.write_text("extends: base\nprogramme: heir\n", encoding="utf-8")
    alone = parse_shape(
        BASE.replace("programme: base", "programme: heir"), "a.yaml", Programme, ProgrammeInvalid
    )
    first = programme_hash(read_programme(heir))
    assert first == programme_hash(alone)
    (tmp_path / "base.yaml").write_text(BASE.replace("14 days after", "15 days after"), encoding="utf-8")
    assert programme_hash(read_programme(heir)) != first


def test_deep_chain_is_read(tmp_path: Path) -> None:
    (tmp_path / "p0.yaml").write_text(BASE, encoding="utf-8")
    for number in range(1, 200):
        text = f"extends: p{number - 1}\nprogramme: p{number}\nmend_working_days: {number}\n"
        (tmp_path / f"p{number}.yaml").write_text(text, encoding="utf-8")
    read = read_programme(tmp_path / "p199.yaml")
    assert (read.programme, read.mend_working_days, len(read.steps)) == ("p199", 199, 4)


def test_long_ring_is_told_in_short(tmp_path: Path) -> None:
    for number in range(100):
        text = f"extends: p{(number + 1) % 100}\nprogramme: p{number}\n"
        (tmp_path / f"p{number}.yaml").write_text(text, encoding="utf-8")
    said = complaint(tmp_path / "p0.yaml")
    assert said == "p99.yaml, line 1: extends: it extends itself: p0 -> p1 -> p2 -> ... -> p99 -> p0"


def test_parent_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").mkdir()
    (tmp_path / "heir.yaml").write_text("extends: base\nprogramme: heir\n", encoding="utf-8")
    assert complaint(tmp_path / "heir.yaml") == "base.yaml: Is a directory"


def test_nothing_is_taken_out_of_a_file_that_extends_none() -> None:
    with pytest.raises(ProgrammeInvalid, match=r"line 35: steps\.final-report: unknown key 'remove'"):
        parse_shape(
            BASE.replace("  - key: final-report\n", "  - key: final-report\n    remove: true\n"),
            *("funds.yaml", Programme, ProgrammeInvalid),
        )


@pytest.mark.usefixtures("english")
def test_check_prints_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(HEIRS / "changed.yaml"), "--whole"]) == 0
    assert capsys.readouterr().out == whole_text(HEIRS / "changed.yaml")
    assert run(["check", str(HEIRS / "in-a-ring.yaml"), "--whole"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "it extends itself" in said
