"""What Swedes write in lists is read, or offered as a correction that a person accepts."""

from datetime import date

import pytest
from openpyxl import Workbook

from models.reading.date import Edge, likely_day, read_date
from models.tables.grant import GrantRole
from models.tables.person import Person
from tests.grant_scenes import dump, grant, rows
from tests.import_desk import Desk

PEOPLE = "Namn;E-post\nLund Maria;maria.lund@example.org\nBo Ek;bo.ek@example.org\n"
GRANTS = (
    "Dnr;Projekt;Program;Bidragsgivare;Mottagare;Handläggare;Från;Till;Sista ansökningsdag;Beslutsdatum;Beviljat;"
    "Slutrapport senast\n"
    "SN 1;Samordning;development-funds-2009;Länsstyrelsen;Nämnden;Ek Bo;jan 2010;2010;15/9-09;091105;262.500 SEK;"
    "januari 2011\n"
)


@pytest.mark.parametrize(
    ("written", "day"),
    [("11/11-25", date(2025, 11, 11)), ("1/2-09", date(2009, 2, 1)), ("3/4 - 71", date(1971, 4, 3))],
)
def test_day_with_a_short_year_behind_a_hyphen_is_read(written: str, day: date) -> None:
    assert read_date(written) == day


@pytest.mark.parametrize(
    ("written", "edge", "day"),
    [
        pytest.param("250101", None, date(2025, 1, 1), id="year, month and day"),
        pytest.param("991231", None, date(1999, 12, 31), id="of the last century"),
        pytest.param("jan 2026", Edge.FIRST, date(2026, 1, 1), id="a month that begins"),
        pytest.param("jan 2026", Edge.LAST, date(2026, 1, 31), id="a month that ends"),
        pytest.param("kv 1 2026", Edge.LAST, date(2026, 3, 31), id="a quarter"),
        pytest.param("202602", Edge.LAST, date(2026, 2, 28), id="a month in digits, no day"),
        pytest.param("201003", Edge.LAST, None, id="March 2010, or 3 October 2020"),
        pytest.param("jan 2026", None, None, id="a month where one day is meant"),
        pytest.param("251301", None, None, id="no month"),
        pytest.param("M1-M18", Edge.LAST, None, id="counted from the start"),
        pytest.param("snart", Edge.LAST, None, id="nothing"),
    ],
)
def test_text_most_likely_means(written: str, edge: Edge | None, day: date | None) -> None:
    assert likely_day(written, edge) == day


def test_what_cells_most_likely_mean_is_offered_and_then_accepted(desk: Desk) -> None:
    people, grants = desk.write(PEOPLE, "people.csv"), desk.write(GRANTS, "grants.csv")
    before = dump(desk.engine)
    code, out, err = desk.bring(people, grants)
    assert (code, out) == (2, "")
    accept = (
        "write it so, or accept what is likely (the form asks for it; 'grants import --accept-corrections')"
    )
    assert err.splitlines() == [
        "note: people.csv: names with the surname first are turned: Maria Lund",
        f"grants.csv: G2: 'jan 2010' is most likely 2010-01-01: {accept}",
        f"grants.csv: H2: '2010' is most likely 2010-12-31: {accept}",
        f"grants.csv: J2: '091105' is most likely 2009-11-05: {accept}",
        f"grants.csv: L2: 'januari 2011' is most likely 2011-01-31: {accept}",
        "grants: The import file is not valid: 4 problems; nothing is imported",
    ]
    assert dump(desk.engine) == before
    code, out, err = desk.bring(people, grants, more=("--accept-corrections",))
    assert (code, err) == (0, "")
    assert "note: grants.csv: L2: 'januari 2011' is taken as 2011-01-31" in out.splitlines()
    found = grant(desk.engine, "SN 1")
    assert (found.period_start_on, found.period_end_on) == (date(2010, 1, 1), date(2010, 12, 31))
    assert found.award_minor == 26_250_000
    assert found.dates["applied_on"]["on"] == "2009-09-15"
    names = {row.id: row.name for row in rows(desk.engine, Person)}
    assert sorted(names.values()) == ["Bo Ek", "Maria Lund"]
    assert [names[row.person_id] for row in rows(desk.engine, GrantRole)] == ["Bo Ek"]


def test_heading_that_is_merged_over_two_rows_is_read(desk: Desk) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["E-post", "Vem"], [None, "Namn", "Telefon"], ["bo@example.org", "Bo Ek", "08-1"]):
        sheet.append(row)
    sheet.merge_cells("A1:A2")
    book.save(desk.folder / "in.xlsx")
    assert desk.bring("in.xlsx") == (0, "in.xlsx: 1 new (1 person), 0 changed, 0 unchanged", "")


def test_accounts_that_look_like_one_person_are_told_and_others_are_not(desk: Desk) -> None:
    here = "Namn;E-post\nAnna Karlsson;anna.karlsson@example.org\nEva Berg;eva.berg@example.org\n"
    assert "look like one person" not in desk.bring(desk.write(here, "in.csv"))[1]
    more = (
        "Namn;E-post\nCarlsson, Anna;anna.carlsson@example.org\nE Berg;eva.berg+projekt@example.org\n"
        "Eva Borgström;eva.borgstrom@example.org\n"
    )
    told = [line for line in desk.bring(desk.write(more, "in.csv"))[1].splitlines() if "one person" in line]
    look = "look like one person: keep one of the addresses, or leave both if they are two"
    assert told == [
        f"note: Anna Carlsson (anna.carlsson@example.org) and Anna Karlsson (anna.karlsson@example.org) {look}",
        f"note: E Berg (eva.berg+projekt@example.org) and Eva Berg (eva.berg@example.org) {look}",
    ]
    assert "one person" not in desk.bring("in.csv")[1]
