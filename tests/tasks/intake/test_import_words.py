"""What an import says is said in the office's language: what is wrong, what is not read, what is new and what moves."""

import pytest

from tests.import_desk import Desk
from tests.office_files import grant_row, write_office_list


@pytest.fixture(autouse=True)
def _in_swedish(desk: Desk) -> None:
    desk.language = "sv"


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
    assert lines[:5] == [
        "obs: lista.xlsx: i ”Förteckning 2010” läses inte kolumnen ”Anteckningar”",
        "obs: lista.xlsx: i ”Kontakter” läses inte kolumnen ”Rum”",
        "obs: lista.xlsx: bladet ”Listor” är dolt och läses inte",
        (
            "obs: lista.xlsx: nya organisationer, bara efter namn i celler: Socialnämnden, Länsstyrelsen i"
            " Stockholms län"
        ),
        (
            "lista.xlsx: 15 nya (2 organisationer, 2 personer, 2 sammanträden, 1 bidrag, 1 beslut, 7 budgetrader),"
            " 0 ändrade, 0 oförändrade (provkörning: ingenting sparas)"
        ),
    ]
    assert lines[-3] == "nya: SN 2009/701-22"
    assert lines[-1] == "obs: försenat: SN 2009/701-22 claim-advance, 2009-11-19"
    assert desk.bring("lista.xlsx")[0] == 0
    write_office_list(desk.folder / "lista.xlsx", grant_row(last="30 november 2010"))
    lines = desk.bring("lista.xlsx", more=("--dry-run",))[1].splitlines()
    assert lines[3].endswith(" oförändrade; 2 datum flyttas (provkörning: ingenting sparas)")
    assert any(line.split() == ["BIDRAG", "VAD", "GÄLLER", "FRÅN", "TILL"] for line in lines)
