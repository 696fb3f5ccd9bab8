"""Hold what a programme takes from those that it extends, and where its errors are said to stand."""

from pathlib import Path

import pytest

from models.errors import ProgrammeInvalid
from models.programme.language.parser import print_rule
from models.programme.plan import Programme
from tasks.programmes.files import ProgrammeRegistry, read_programme
from tasks.store.programmes import programme_hash
from tests.tasks.programmes.test_programmes import SMALL

CHANGED = """\
programme: changed
extends: small
title: changed funds
steps:
  report: {due: 2 months after period_end (section 4), questions: {spent: money, people: people}}
  final-report: {approval: {due: 60 days after final-report.done (our choice)}}
  close: ~
  interim: {due: 1/2 of the grant}
payments: {advance: {share: 40 %}}
examples: ~
"""
OTHER = """\
programme: other
currency: EUR
steps: {report: {due: 3 months after period_end, questions: {spent: {from: figures}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a small programme, and one that changes it."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "changed.yaml").write_text(CHANGED, encoding="utf-8")
    return tmp_path


def office(folder: Path, text: str) -> Programme:
    """Return a programme of this text among the others."""
    (folder / "office.yaml").write_text(text, encoding="utf-8")
    return read_programme(folder / "office.yaml")


def test_office_file_changes_what_it_says_key_by_key_and_inherits_the_rest(folder: Path) -> None:
    base, changed = (read_programme(folder / f"{name}.yaml") for name in ("small", "changed"))
    assert (changed.programme, changed.title.en, changed.currency) == ("changed", "changed funds", "SEK")
    report = changed.step("report")
    # A sentence is replaced whole, with its source; the key beside it stays.
    assert (report.each, print_rule(report.due)) == ("quarter", "2 months after period_end (section 4)")
    assert changed.step("final-report") == base.step("final-report")
    assert [one.text for one in changed.instalments] == ["40 %", "rest"]
    assert {step.key for step in base.steps} - {step.key for step in changed.steps} == {"close"}
    assert changed.step("interim").phase == "follow-up"


def test_word_alone_is_overlaid_by_keys(folder: Path) -> None:
    approval = read_programme(folder / "changed.yaml").step("final-report-approval")
    assert (approval.with_funder, print_rule(approval.due)) == (
        True,
        "60 days after final-report.done (our choice)",
    )
    (folder / "other.yaml").write_text(OTHER, encoding="utf-8")
    both = office(folder, "extends: [changed, other]\nprogramme: office\n")
    spent = both.step("report").questions[0]
    assert (spent.key, spent.kind, spent.column) == ("spent", "money", "spent")


def test_several_are_laid_together_in_order(folder: Path) -> None:
    (folder / "other.yaml").write_text(OTHER, encoding="utf-8")
    for names, currency, due in (
        ("[changed, other]", "EUR", "3 months after period_end"),
        ("[other, changed]", "SEK", "2 months after period_end (section 4)"),
    ):
        found = office(folder, f"extends: {names}\nprogramme: office\n")
        assert (found.currency, print_rule(found.step("report").due)) == (currency, due)


def test_office_file_of_another_folder_is_taken_when_a_grant_names_the_programme(folder: Path) -> None:
    own = folder / "own"
    own.mkdir()
    office = "programme: small-office\nextends: small\nquiet: 1 July to 31 July\nexamples: ~\n"
    (own / "small-office.yaml").write_text(office, encoding="utf-8")
    found = ProgrammeRegistry(own, folder).get("small")
    assert (found.programme, [one.first for one in found.quiet]) == ("small", ["07-01"])
    assert ProgrammeRegistry(folder).get("small").quiet == ()


SLIPS = (Path(__file__).parents[2] / "programmes" / "wrong-heirs.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "said"), [slip.split("\n=> ") for slip in SLIPS.strip().split("\n\n")[1:]])
def test_wrong_office_file_is_answered_with_the_file_and_line_that_said_it(
    folder: Path, text: str, said: str
) -> None:
    (folder / "ring.yaml").write_text("extends: office\nprogramme: ring\n", encoding="utf-8")
    (folder / "tabbed.yaml").write_text("programme: tabbed\n\ttitle: a\n", encoding="utf-8")
    with pytest.raises(ProgrammeInvalid) as caught:
        office(folder, f"{text}\n")
    assert str(caught.value.detail).replace(f"{folder}/", "").replace(": \n", ":\n") == said


def test_version_is_of_the_whole_content(folder: Path) -> None:
    first = programme_hash(read_programme(folder / "changed.yaml"))
    (folder / "small.yaml").write_text(SMALL.replace("share: rest", "share: 60 %"), encoding="utf-8")
    assert programme_hash(read_programme(folder / "changed.yaml")) != first


def test_deep_chain_is_read(folder: Path) -> None:
    (folder / "p0.yaml").write_text(SMALL, encoding="utf-8")
    for number in range(1, 50):
        text = f"extends: p{number - 1}\nprogramme: p{number}\nmend_working_days: {number}\n"
        (folder / f"p{number}.yaml").write_text(text, encoding="utf-8")
    read = read_programme(folder / "p49.yaml")
    assert (read.programme, read.mend_working_days) == ("p49", 49)
