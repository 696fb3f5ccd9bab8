"""What an import says is said in the office's language: what is wrong, what is not read, what is new and what moves."""

from __future__ import annotations

import json

import pytest

from tests.import_desk import Desk
from tests.office_files import grant_row, write_office_list
from tests.tasks.intake.test_office_import import GRANTS, ORGANISATIONS, PEOPLE, a_good_book, a_workbook


@pytest.fixture(autouse=True)
def _in_swedish(desk: Desk) -> None:
    desk.language = "sv"


def test_every_problem_is_told_in_swedish(desk: Desk) -> None:
    bad = grant_row(
        "SN-2",
        first="31/2 2010",
        amount="många",
        officer="Okänd",
        funder="Länsstyrelsen i Stockholm län",
        final="1/2/2011",
    )
    write_office_list(desk.folder / "lista.xlsx", grant_row(), bad, grant_row("SN-3", title=None))
    code, out, err = desk.bring("lista.xlsx", more=("--dry-run",))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        (
            "lista.xlsx: Förteckning 2010!D5: ”Länsstyrelsen i Stockholm län” är ingen känd organisation."
            " Menades ”Länsstyrelsen i Stockholms län”?"
        ),
        "lista.xlsx: Förteckning 2010!F5: ”31/2 2010” är inget datum: skriv det som 2010-12-31",
        "lista.xlsx: Förteckning 2010!I5: ”många” är inget tal",
        "lista.xlsx: Förteckning 2010!J5: ”1/2/2011” kan läsas på två sätt: skriv 2011-02-01 eller 2011-01-02",
        (
            "lista.xlsx: Förteckning 2010!L5: det finns ingen person som heter ”Okänd”: skriv adressen, eller lägg till"
            " personen"
        ),
        "lista.xlsx: Förteckning 2010!B6: är tom: BENÄMNING behövs",
        "grants: Importfilen kan inte läsas in: 6 fel; ingenting är inläst",
    ]
    problems = json.loads(desk.bring("lista.xlsx", more=("--json",))[1])["problems"]
    assert problems[2] == {
        "file": "lista.xlsx",
        "place": "Förteckning 2010!I5",
        "sentence": "”många” är inget tal",
    }


def test_what_only_the_import_finds_is_told_in_swedish(desk: Desk) -> None:
    book = a_good_book()
    book["d"].append(["REF-1", "2031-11-05", 1, None])
    told = desk.bring(a_workbook(desk.folder / "in.xlsx", **book))[2]
    assert told == (
        "grants: Importfilen kan inte läsas in: in.xlsx: d!B3: bidrag REF-1: beslutet den 2031-11-05 (beviljande)"
        " ligger i framtiden"
    )
    grants = [[*GRANTS[0], "sent_on"], [*GRANTS[1], "2009-09-15"]]
    name = a_workbook(desk.folder / "in.xlsx", a=ORGANISATIONS, b=PEOPLE, c=grants)
    assert desk.bring(name)[2].endswith(
        "c!J2: bidrag REF-1: programmet har inget datum ”sent_on”; det har: applied_on, final_report_on"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "people: [{email: a@example.org, nme: A}]",
            "people.a@example.org: okänd nyckel ”nme”. Menades ”name”?",
        ),
        ("people: a: b", "ett ”: ” för mycket: sätt texten inom citattecken, eller rätta indraget"),
        (
            "people: {}",
            "people: här väntades en lista, men här står nycklar och värden",
        ),
    ],
)
def test_slip_in_yaml_is_told_in_swedish(desk: Desk, content: str, says: str) -> None:
    told = desk.bring(desk.write(content))[2]
    assert told.startswith("grants: Importfilen kan inte läsas in: in.yaml, rad 1: ")
    assert says in told


def test_preview_is_in_swedish(desk: Desk) -> None:
    write_office_list(desk.folder / "lista.xlsx")
    lines = desk.bring("lista.xlsx", more=("--dry-run",))[1].splitlines()
    assert lines[:3] == [
        (
            "lista.xlsx: 15 nya (2 organisationer, 2 personer, 2 sammanträden, 1 bidrag, 1 beslut, 7 budgetrader),"
            " 0 ändrade, 0 oförändrade (provkörning: ingenting sparas)"
        ),
        "obs: lista.xlsx: i ”Förteckning 2010” läses inte kolumnen ”Anteckningar”",
        "obs: lista.xlsx: i ”Kontakter” läses inte kolumnen ”Rum”",
    ]
    assert lines[-3] == "nya: SN 2009/701-22"
    assert lines[-1] == "obs: försenat: SN 2009/701-22 claim-advance, 2009-11-19"
    assert desk.bring("lista.xlsx")[0] == 0
    write_office_list(desk.folder / "lista.xlsx", grant_row(last="30 november 2010"))
    lines = desk.bring("lista.xlsx", more=("--dry-run",))[1].splitlines()
    assert lines[0].endswith(" oförändrade; 2 datum flyttas (provkörning: ingenting sparas)")
    assert any(line.split() == ["BIDRAG", "VAD", "GÄLLER", "FRÅN", "TILL"] for line in lines)
