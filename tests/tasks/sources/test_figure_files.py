"""Files of figures of the kinds that offices have: each is read whole, or what is not read is told with its cure."""

import logging
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.tables.step import Figure
from tasks.settings import load_settings
from tests.figure_files import FIGURE_FILES, QUARTER, REPORTS, SPENT, WHOLE, text_file
from tests.grant_scenes import OWNER, an_entry, do_round, open_grants, play, rows
from tests.personal_numbers import tells_number
from tests.tasks.sources.test_gathering import a_post

MORNING = date(2010, 4, 16)
MONTHS = tuple((f"2010-0{number}", "1", "1", "0", "40 000") for number in (1, 2, 3))


def gather(
    engine: Engine, caplog: pytest.LogCaptureFixture, name: str = "figures.csv"
) -> tuple[dict[str, str], list[str]]:
    """Return the figures of the first quarter, and what is said of those that are missing."""
    open_grants(engine, an_entry(figures_file=name))
    play(engine, "first paid")
    with caplog.at_level(logging.WARNING):
        do_round(engine, MORNING)
    said = [record.message for record in caplog.records if record.name == "tasks.sources.silent_sources"]
    return {row.question: str(row.value) for row in rows(engine, Figure)}, said


@pytest.fixture
def folder() -> Path:
    made = load_settings().home / "figures"
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.mark.parametrize("kind", FIGURE_FILES)
def test_file_is_read_whole_or_told_with_its_cure(
    sqlite: Engine, folder: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    file = FIGURE_FILES[kind]
    file.write(folder / file.name)
    found, said = gather(sqlite, caplog, file.name)
    assert {key: Decimal(value) for key, value in found.items()} == {
        key: Decimal(value) for key, value in file.gives.items()
    }
    assert len(found) + len(file.says) == len(WHOLE)
    told = " ".join(said)
    assert [one for one in file.says if one not in told] == []
    assert not tells_number(told)
    assert ("faulty" in kind) <= bool(file.says)


def test_file_that_holds_a_personal_number_is_told_to_its_grants_coordinator(
    sqlite: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FIGURE_FILES["a row a person"].write(folder / "figures.csv")
    open_grants(sqlite, an_entry(figures_file="figures.csv"))
    play(sqlite, "first paid")
    with a_post(monkeypatch) as server:
        do_round(sqlite, MORNING)
        server.when(lambda: bool(server.accepted))
    told = [message_from_bytes(one.content, policy=policy.default) for one in server.accepted]
    (letter,) = [one for one in told if "gav inga siffror" in one["Subject"]]
    assert letter["To"] == OWNER
    says = "figures.csv: F2 innehåller ett personnummer: en fil med siffror ska bara ha tal"
    assert says in letter.get_content()
    assert not any(tells_number(str(one)) for one in told)


def test_fourteen_kinds_of_files_are_tried() -> None:
    assert len(FIGURE_FILES) == 14
    assert sum("faulty" in kind for kind in FIGURE_FILES) == 4


@pytest.mark.parametrize(
    ("lines", "gives", "says"),
    [
        pytest.param(MONTHS[:2], None, "", id="the last month is not there yet"),
        pytest.param(
            MONTHS[::2], None, "there is no row for 2010-02: without it 2010-Q1 is not whole", id="a hole"
        ),
        pytest.param((*MONTHS, MONTHS[1]), None, "are about the same time in 2010-Q1", id="a month twice"),
        pytest.param(
            (QUARTER, MONTHS[0]), None, "are about the same time in 2010-Q1", id="the whole and a part"
        ),
        pytest.param(MONTHS, "120000", "", id="each month"),
        pytest.param(
            tuple((f"2010-03-{day}", "", "", "", "10 000") for day in (10, 10, 31)), "30000", "", id="days"
        ),
    ],
)
def test_money_of_a_periods_months_adds_up_when_all_are_there(
    sqlite: Engine,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    lines: tuple[tuple[str, ...], ...],
    gives: str | None,
    says: str,
) -> None:
    text_file(*lines)(folder / "figures.csv")
    found, said = gather(sqlite, caplog)
    assert found.get(SPENT) == gives
    assert says in " ".join(said)


ADDS_UP = """\
programme: monthly-funds
extends: development-funds-2009-office
steps:
  follow-up:
    questions:
      reports_to_social_services: {from: sum of figures}
"""


def test_number_of_a_periods_months_adds_up_where_its_programme_says_so(
    sqlite: Engine, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "monthly-funds.yaml"
    own.write_text(ADDS_UP, encoding="utf-8")
    text_file(*MONTHS)(folder / "figures.csv")
    open_grants(sqlite, an_entry(programme=str(own), figures_file="figures.csv"))
    play(sqlite, "first paid")
    do_round(sqlite, MORNING)
    found = {row.question: row.value for row in rows(sqlite, Figure)}
    assert found == {REPORTS: "3", SPENT: "120000"}
