"""Import from the sheets that offices keep: known by their headings, wrong by their cells, and never half done."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from models.intake.headings import SHAPES, field_of
from models.reading.date import days_of_period, read_period
from models.tables.grant import Grant, GrantRole
from models.tables.money import BudgetLine
from models.tables.person import Organisation, Person
from models.tables.step import Meeting
from tasks.intake.workbook import empty_workbook
from tests.grant_scenes import dump, events, rows, sums
from tests.import_desk import Desk
from tests.office_files import grant_row, write_office_list

NEWS = (
    "lista.xlsx: 15 new (2 organisations, 2 people, 2 meetings, 1 grant, 1 decision, 7 lines of budgets), 0 changed,"
    " 0 unchanged"
)


def test_office_list_is_imported_as_it_is_kept(both: Desk) -> None:
    write_office_list(both.folder / "lista.xlsx")
    code, out, err = both.bring("lista.xlsx")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        # What is not read comes first.
        "note: lista.xlsx: in 'Förteckning 2010' the column 'Anteckningar' is not read",
        "note: lista.xlsx: in 'Kontakter' the column 'Rum' is not read",
        "note: lista.xlsx: the sheet 'Listor' is hidden and is not read",
        (
            "note: lista.xlsx: new organisations, by their names in cells alone: Socialnämnden, Länsstyrelsen i"
            " Stockholms län"
        ),
        NEWS,
        (
            "note: 1 step is late already; nobody is told of anything in SN 2009/701-22 until you confirm it"
            " ('grants confirm-import REF --by EMAIL')"
        ),
        "note: late: SN 2009/701-22 claim-advance, 2009-11-19",
    ]
    (grant,) = rows(both.engine, Grant)
    assert (grant.reference, grant.title, grant.award_minor) == (
        "SN 2009/701-22",
        "Regional samordning",
        50_000_000,
    )
    assert (grant.period_start_on, grant.period_end_on) == (date(2010, 1, 1), date(2010, 12, 31))
    people = {row.id: row.email for row in rows(both.engine, Person)}
    assert {row.role: people[row.person_id] for row in rows(both.engine, GrantRole)} == {
        "coordinator": "samordnaren@example.org",
        "unit_manager": "chef@example.org",
    }
    assert sums(both.engine, "SN 2009/701-22") == [("released", 40_000_000), ("withheld", 10_000_000)]
    assert [row.held_on for row in rows(both.engine, Meeting)] == [date(2010, 12, 14), date(2011, 1, 18)]
    lines = {(row.account, row.period): row.amount_minor for row in rows(both.engine, BudgetLine)}
    assert lines["5010", "2010-Q1"] == lines["5010", "2010-Q3"] == 10_000_000
    assert lines["5800", "2010-Q2"] == 2_500_000
    assert sum(lines.values()) == 50_000_000
    assert events(both.engine).count("budget_set") == 1
    before = dump(both.engine)
    assert "lista.xlsx: 0 new, 0 changed, 13 unchanged" in both.bring("lista.xlsx")[1].splitlines()
    assert dump(both.engine) == before


def test_organisations_without_keys_are_known_by_their_names(desk: Desk) -> None:
    listed: list[list[Any]] = [
        ["Namn", "Organisationsnummer", "Betalkonto"],
        ["Länsstyrelsen", "202100-0001", "BG 5050-1055"],
        ["Nämnden i Åby", "212000-0001", None],
    ]
    grants = [row[:3] + row[3:5] + row[5:] for row in GRANTS[:2]]
    grants[1][3:5] = "Länsstyrelsen", "Nämnden i Åby"
    # In whichever order they come, the names of other cells meet those of the sheet.
    alone = a_workbook(desk.folder / "grants.xlsx", b=PEOPLE, c=grants)
    assert desk.bring(alone)[0] == 0
    name = a_workbook(desk.folder / "in.xlsx", a=listed, b=PEOPLE, c=grants)
    assert desk.bring(name)[1].splitlines()[0] == "in.xlsx: 0 new, 2 changed (2 organisations), 3 unchanged"
    assert {row.key: row.registration_number for row in rows(desk.engine, Organisation)} == {
        "lansstyrelsen": "202100-0001",
        "namnden-i-aby": "212000-0001",
    }
    before = dump(desk.engine)
    assert desk.bring(name)[1].startswith("in.xlsx: 0 new, 0 changed, 5 unchanged")
    assert dump(desk.engine) == before
    listed[2][0] = "Nämnden i Aby"
    said = desk.bring(a_workbook(desk.folder / "in.xlsx", a=listed))[2]
    assert (
        "in.xlsx: a!A3: 'Nämnden i Aby' is not a known organisation: add it to a sheet with its key" in said
    )


def test_every_problem_is_told_by_its_cell_and_nothing_is_written(desk: Desk) -> None:
    bad = grant_row(
        "SN-2",
        applied="2009-09-15",
        first="31/2 2010",
        amount="många",
        officer="Okänd",
        funder="Länsstyrelsen i Stockholm län",
        final="1/2/2011",
    )
    write_office_list(
        desk.folder / "lista.xlsx", grant_row(), bad, grant_row("SN-3", title=None, amount="500 tkr")
    )
    before = dump(desk.engine)
    code, out, err = desk.bring("lista.xlsx", more=("--dry-run",))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "note: lista.xlsx: in 'Förteckning 2010' the column 'Anteckningar' is not read",
        "note: lista.xlsx: in 'Kontakter' the column 'Rum' is not read",
        "note: lista.xlsx: the sheet 'Listor' is hidden and is not read",
        (
            "lista.xlsx: Förteckning 2010!D5: 'Länsstyrelsen i Stockholm län' is not a known organisation;"
            " did you mean 'Länsstyrelsen i Stockholms län'?"
        ),
        "lista.xlsx: Förteckning 2010!F5: '31/2 2010' is not a date: write it as 2026-12-31",
        "lista.xlsx: Förteckning 2010!I5: 'många' is not a number",
        "lista.xlsx: Förteckning 2010!J5: '1/2/2011' can be read in two ways: write 2011-02-01 or 2011-01-02",
        "lista.xlsx: Förteckning 2010!L5: there is no person called 'Okänd': write the address, or add them",
        "lista.xlsx: Förteckning 2010!B6: is empty: BENÄMNING is needed",
        # In a column of thousands it could be either.
        "lista.xlsx: Förteckning 2010!I6: '500 tkr' says its unit, and so does the heading: write the number alone",
        "grants: The import file is not valid: 7 problems; nothing is imported",
    ]
    assert dump(desk.engine) == before


def a_workbook(path: Path, **sheets: list[list[Any]]) -> str:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, listed in sheets.items():
        sheet = book.create_sheet(name)
        for row in listed:
            sheet.append(row)
    book.save(path)
    return path.name


PEOPLE: list[list[Any]] = [["Email", "Full name"], ["ana@example.org", "Ana"], ["bo@example.org", "Bo"]]
ORGANISATIONS: list[list[Any]] = [["key", "name"], ["funder", "Länsstyrelsen"], ["committee", "Nämnden"]]
GRANTS: list[list[Any]] = [
    ["Reference", "Title", "Programme", "Funder", "Recipient", "From", "To", "applied_on", "Coordinator"],
    *(
        [f"REF-{n}", "Coordination", "development-funds-2009", "funder", "committee", *days, "bo@example.org"]
        for n, days in (
            (1, ["2010-01-01", "2010-12-31", "2009-09-15"]),
            (2, ["2010-01-01", None, "2009-09-15"]),
        )
    ),
]


def test_problem_that_only_the_import_finds_is_told_by_its_row_with_all_others(desk: Desk) -> None:
    decisions: list[list[Any]] = [
        ["Reference", "Decision date", "Amount", "Final report", "Instalment 1"],
        ["REF-1", "2031-11-05", 500_000, "2011-01-20", "80 %"],
        ["REF-9", "2009-11-05", 1, None, None],
    ]
    good = [row for row in GRANTS if row[0] != "REF-2"]
    good = [[*good[0], "sent_on"], [*good[1], None]]
    third = ["REF-3", *good[1][1:-1], "2009-09-15"]
    bad = ["REF-4", *good[1][1:5], "31/2 2010", *good[1][6:]]
    # Of a grant that is not read nothing more is said.
    budget: list[list[Any]] = [["Dnr", "Konto", "Summa"], ["REF-4", "5010", 1]]
    sheets = {"a": ORGANISATIONS, "b": PEOPLE, "c": [*good, third, bad], "d": decisions, "e": budget}
    name = a_workbook(desk.folder / "in.xlsx", **sheets)
    before = dump(desk.engine)
    assert desk.bring(name)[2].splitlines() == [
        "in.xlsx: c!J3: grant REF-3: the programme has no date 'sent_on'; it has: applied_on, final_report_on",
        "in.xlsx: c!F4: '31/2 2010' is not a date: write it as 2026-12-31",
        "in.xlsx: d!B2: grant REF-1: the award of 2031-11-05 lies in the future",
        (
            "in.xlsx: d!A3: grant REF-9: it is no grant that is here, and the file says no title, programme, funder and"
            " recipient for a new one"
        ),
        "grants: The import file is not valid: 4 problems; nothing is imported",
    ]
    assert dump(desk.engine) == before
    said = json.loads(desk.bring(name, more=("--json",))[1])["problems"]
    assert [one["place"] for one in said] == ["c!J3", "c!F4", "d!B2", "d!A3"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param("E-post;Namn;Telefon\nasa@example.org;Åsa;08-1\n", "cp1252", id="semicolons of Windows"),
        pytest.param("E-post,Namn\nasa@example.org,Åsa\n", "utf-8-sig", id="commas"),
        pytest.param("E-post\tNamn\nasa@example.org\tÅsa\n", "utf-8", id="tabs"),
        pytest.param("Namn;E-post\nÅsa;asa@example.org\n", "utf-16", id="Excel's Unicode text"),
        pytest.param("Namn;E-post\nÅsa;asa@example.org\n", "utf-16-be", id="two bytes, without a mark"),
        pytest.param("Namn|E-post\nÅsa|asa@example.org\n", "iso-8859-1", id="upright strokes"),
        pytest.param(
            "Kontakter, hösten\n\nNamn\tE-post\nÅsa\tasa@example.org\n", "utf-8", id="a comma above tabs"
        ),
        pytest.param(
            "Kontakter;;\n;;\nMejladress:;För- och efternamn;\nasa@example.org; Åsa;\n", "cp1252", id="titled"
        ),
    ],
)
def test_table_is_read_however_it_was_saved(desk: Desk, text: str, encoding: str) -> None:
    code, out, err = desk.bring(desk.write(text.encode(encoding), "in.csv"))
    assert (code, out, err) == (0, "in.csv: 1 new (1 person), 0 changed, 0 unchanged", "")
    assert [(row.email, row.name) for row in rows(desk.engine, Person)] == [("asa@example.org", "Åsa")]


def test_unknown_word_is_answered_with_those_of_both_languages(desk: Desk) -> None:
    good = [row for row in GRANTS if row[0] != "REF-2"]
    assert desk.bring(a_workbook(desk.folder / "in.xlsx", a=ORGANISATIONS, b=PEOPLE, c=good))[0] == 0
    told = desk.complaint("Diarienummer;Beslutsdatum;Slag;Belopp\nREF-1;2009-11-05;beslut;1\n", "in.csv")
    assert told.endswith(
        "C2: unknown word 'beslut'; known: avskrivet (withdrawal), avslag (refusal), bifall (award), tilläggsbeslut"
        " (supplement), ändring (amendment)"
    )


def test_unknown_column_is_named_once_and_the_nearest_known_one_with_it(desk: Desk) -> None:
    name = desk.write("email,name,boss,phonee\na@example.org,A,B,1\nb@example.org,B,B,2\n", "in.csv")
    assert desk.bring(name)[1].splitlines()[:2] == [
        "note: in.csv: in the file the column 'boss' is not read",
        "note: in.csv: in the file the column 'phonee' is not read; did you mean 'phone'?",
    ]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2010", "2010"),
        ("2010-Q1", "2010-Q1"),
        ("Kv 1 2010", "2010-Q1"),
        ("2010 kvartal 4", "2010-Q4"),
        ("q2 2010", "2010-Q2"),
        ("1:a kvartalet 2010", "2010-Q1"),
        ("Halvår 2 2010", "2010-H2"),
        ("mars 2010", "2010-03"),
        ("2010-03", "2010-03"),
        ("201003", "2010-03"),
        (date(2010, 3, 1), "2010-03"),
        ("m1-m18", "M1-M18"),
        ("", ""),
    ],
)
def test_period_is_read_as_people_write_it(text: object, period: str) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2010", (date(2010, 1, 1), date(2010, 12, 31))),
        ("2010-Q1", (date(2010, 1, 1), date(2010, 3, 31))),
        ("2010-H2", (date(2010, 7, 1), date(2010, 12, 31))),
        ("2012-02", (date(2012, 2, 1), date(2012, 2, 29))),
        ("M1-M18", None),
    ],
)
def test_period_has_its_days(period: str, days: tuple[date, date] | None) -> None:
    assert days_of_period(period) == days


def test_diary_number_that_the_spreadsheet_made_a_day_is_told_by_its_cell(desk: Desk) -> None:
    path = write_office_list(desk.folder / "lista.xlsx", grant_row(), grant_row(date(2026, 12, 1)))
    says = (
        "lista.xlsx: Förteckning 2010!A5: '2026-12-01' is a day to the spreadsheet:"
        " let the cell be text, and write the reference again"
    )
    assert desk.complaint(path.read_bytes(), path.name) == says


@pytest.mark.parametrize(
    ("head", "lacks"),
    [
        (["Objekt", "Konto", "Text", "Belopp"], "Budget / Budgets: Diarienummer (Reference)"),
        (["Namn", "Telefon", "Chef"], "Personer / People: E-post (Email)"),
        (
            ["Dnr", "Projekt", "Finansiär"],
            "Bidrag / Grants: Handläggare (Coordinator)",
        ),
        (["Dag", "Vad som hände"], ""),
    ],
)
def test_sheet_that_is_nearly_known_is_told_what_it_lacks(desk: Desk, head: list[str], lacks: str) -> None:
    name = a_workbook(desk.folder / "in.xlsx", a=[head, ["x"] * len(head)])
    kind, _, needed = lacks.partition(": ")
    says = f"a!A1: the sheet 'a' is nearest to the sheet {kind}, but needs {needed}, too"
    if not lacks:
        says = (
            "there is nothing to import: the sheet 'a' is none that is known by its headings, and is not read"
        )
    assert f"in.xlsx: {says}" in desk.bring(name)[2]


def a_good_book() -> dict[str, list[list[Any]]]:
    """Return the sheets of a grant that was awarded, with its first step done, and a budget."""
    return {
        "a": [list(row) for row in ORGANISATIONS],
        "b": [[*PEOPLE[0], "Manager"], [*PEOPLE[1], None], [*PEOPLE[2], "ana@example.org"]],
        "c": [list(row) for row in GRANTS[:2]],
        "d": [["Dnr", "Beslutsdatum", "Belopp", "final_report_on"], ["REF-1", "2009-11-05", 1, "2011-01-20"]],
        "e": [["Dnr", "Steg", "Klart"], ["REF-1", "application", "2009-09-15"]],
        "g": [["E-post", "Från", "Till"], ["bo@example.org", "2010-07-01", "2010-07-31"]],
        "h": [["Nämnd", "Datum", "Handlingar"], ["committee", "2010-12-14", "2010-12-07"]],
        "i": [["Dnr", "Konto", "Belopp"], ["REF-1", "5010", 1], ["REF-1", "5020", 1]],
    }


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"c!G2": "2009-12-31"}, "c!G2", "it ends (2009-12-31) before it begins (2010-01-01)"),
        ({"g!C2": "2010-06-01"}, "g!C2", "it ends (2010-06-01) before it begins (2010-07-01)"),
        ({"h!C2": "2010-12-24"}, "h!C2", "documents_on (2010-12-24) is after the meeting (2010-12-14)"),
        ({"e!C2": "2031-01-01"}, "e!C2", "on 2031-01-01 lies in the future"),
        ({"e!B2": "applied"}, "e!B2", "there is no step 'applied'"),
        ({"i!B3": "5010"}, "i!B3", "the account '5010' stands twice"),
        ({"c!I2": None}, "c!I2", "is empty: Coordinator is needed"),
        ({"b!C2": "bo@example.org"}, "b!C3", "people manage each other in a ring"),
        ({"b!C3": "bo@example.org"}, "b!C3", "person bo@example.org is their own manager"),
    ],
)
def test_problem_is_told_by_the_cell_that_is_to_be_mended(
    desk: Desk, changes: dict[str, Any], place: str, said: str
) -> None:
    sheets = a_good_book()
    for where, value in changes.items():
        sheets[where[0]][int(where[3:]) - 1]["ABCDEFGHI".index(where[2])] = value
    told = desk.bring(a_workbook(desk.folder / "in.xlsx", **sheets))[2]
    assert f"in.xlsx: {place}: " in told
    assert said in told
    assert "\n" not in told


def test_good_book_of_these_problems_is_imported(desk: Desk) -> None:
    assert desk.bring(a_workbook(desk.folder / "in.xlsx", **a_good_book()))[::2] == (0, "")


def test_preview_names_the_grants_and_what_is_nearest(desk: Desk) -> None:
    write_office_list(
        desk.folder / "lista.xlsx", grant_row(), *(grant_row(f"SN 2010/{number}") for number in range(1, 23))
    )
    out = desk.bring("lista.xlsx", more=("--dry-run",))[1].splitlines()
    first = ", ".join(f"SN 2010/{number}" for number in range(1, 20))
    assert f"new: SN 2009/701-22, {first} and 3 more" in out
    assert desk.bring("lista.xlsx")[0] == 0
    changed = grant_row("SN 2010/2", last="30 november 2010")
    write_office_list(desk.folder / "lista.xlsx", grant_row(), changed)
    out = desk.bring("lista.xlsx", more=("--dry-run",))[1].splitlines()
    assert "changed: SN 2010/2" in out
    assert "new: " not in "\n".join(out)
    moved = out[next(at for at, line in enumerate(out) if line.startswith("GRANT ")) + 1 :]
    assert moved[0].startswith("SN 2010/2 ")
    slips = grant_row("SN 2010/3", officer="Sam Eck", programme="Utvecklingsmedel mot prostitution")
    write_office_list(desk.folder / "lista.xlsx", grant_row(), slips)
    assert [line.partition("!")[2] for line in desk.bring("lista.xlsx")[2].splitlines()[3:5]] == [
        "C5: there is no programme 'Utvecklingsmedel mot prostitution'; did you mean 'development-funds-2009'?",
        "L5: there is no person called 'Sam Eck'; did you mean samordnaren@example.org?",
    ]


def test_decided_grant_needs_no_application_day(desk: Desk) -> None:
    grants = [[*GRANTS[0], "Beslutsdatum", "Beviljat (tkr)"], [*GRANTS[1], "2009-11-05", 500]]
    grants[1][7] = None
    parts: list[list[Any]] = [["Dnr", "Del nr", "Utbetalt"], ["REF-1", 1, "2009-12-11"]]
    decided = [["Dnr", "Beslutsdatum", "Typ", "Belopp"], ["REF-1", "2009-11-05", "Beviljande", "500 tkr"]]
    for more in ({}, {"e": decided}):  # in the list of grants, or in a sheet of its own
        name = a_workbook(desk.folder / "in.xlsx", a=ORGANISATIONS, b=PEOPLE, c=grants, d=parts, **more)
        assert desk.bring(name)[::2] == (0, "")
    assert sums(desk.engine) == [("paid", 40_000_000), ("withheld", 10_000_000)]


def test_empty_workbook_has_headings_that_are_read_in_both_languages(tmp_path: Path) -> None:
    for language in ("sv", "en"):
        path = tmp_path / f"{language}.xlsx"
        path.write_bytes(empty_workbook(language))
        for sheet in load_workbook(path):
            (shape,) = (one for one in SHAPES if sheet.title in one.titles)
            texts = [str(cell.value) for cell in sheet[1]]
            fields = [column.field if (column := field_of(shape, text)) else text for text in texts]
            assert len(set(fields)) == len(texts)
            assert set(fields) <= {column.field for column in shape.columns}
            assert shape.missing(fields) == []


def test_every_fault_of_a_yaml_file_is_told_in_one_run(desk: Desk) -> None:
    (desk.folder / "in.yaml").write_text(
        "people:\n  - {email: a@example.org, name: A, depuy: b@example.org}\n"
        "grants:\n  - {reference: REF-1, period_start_on: 31/2 2010}\n",
        encoding="utf-8",
    )
    assert desk.bring("in.yaml")[2].splitlines() == [
        "in.yaml, line 2: people.a@example.org: unknown key 'depuy'; did you mean 'deputy'?",
        "in.yaml, line 4: grants.REF-1.period_start_on: '31/2 2010' is not a date: write it as 2026-12-31",
        "grants: The import file is not valid: 2 problems; nothing is imported",
    ]
    said = json.loads(desk.bring("in.yaml", more=("--json",))[1])["problems"]
    assert [one["place"] for one in said] == ["2", "4"]
