"""Files as offices keep them, made for a test: a title above the headings, days as text, tkr."""

from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

GRANTS_HEAD: tuple[list[str | None], ...] = (
    ["Förteckning över statsbidrag, socialförvaltningen"],
    [],
    [
        "Dnr ",
        " BENÄMNING",
        "Bidragsform",
        "Bidragsgivare",
        "Mottagare",
        "Fr.o.m.",
        "T.o.m.",
        "Beslutsdatum",
        "Beviljat belopp (tkr)",
        "Slutrapport senast",
        "Sista ansökningsdag",
        "Projektledare",
        "Enhetschef",
        "Anteckningar",
    ],
)
SERIAL = 40_179  # 2010-01-01 as a cell that was not told to be a day
BOARD, COMMITTEE = "Länsstyrelsen i Stockholms län", "Socialnämnden"


def grant_row(reference: str | date = "SN 2009/701-22", **changes: Any) -> list[Any]:
    """Return a grant as a row of the list; changes by English field names."""
    cells = {
        "reference": reference,
        "title": "Regional samordning ",
        "programme": "Utvecklingsmedel mot prostitution och människohandel 2009–2010",
        "funder": BOARD,
        "recipient": COMMITTEE,
        "first": SERIAL,
        "last": "31 december 2010",
        "decided": "2009-11-05",
        "amount": "500",
        "final": date(2011, 1, 20),
        "applied": "20090915",
        "officer": "Sam Ek",
        "manager": "chef@example.org",
        "notes": "ring först",
    }
    return list((cells | changes).values())


def write_office_list(path: Path, *rows: list[Any]) -> Path:
    """Write a workbook with people, grants, meetings and a budget, each under headings of its own making."""
    book = Workbook()
    grants = book.active
    assert grants is not None
    grants.title = "Förteckning 2010"
    for row in (*GRANTS_HEAD, *(rows or (grant_row(),))):
        grants.append(row)
    people = book.create_sheet("Kontakter")
    for row in (
        ["Kontaktlista"],
        ["Medarbetare", "E-postadress:", "Tfn", "Närmaste\nchef", "Språk", "Rum"],
        ["Ek, Sam", "Samordnaren@Example.org ", "08-123 45", "Chefen", "svenska", "214"],
        ["Chefen", "chef@example.org", "08-123 46", None, "Engelska", None],
    ):
        people.append(row)
    meetings = book.create_sheet("Nämnden")
    for row in (
        ["Nämnd", "Sammanträde", "Handlingar klara", "Inställt"],
        [COMMITTEE, "14 december 2010", "2010-12-07", "nej"],
        [COMMITTEE, "18/1 2011", SERIAL + 370, None],
    ):
        meetings.append(row)
    write_budget(book)
    hidden = book.create_sheet("Listor")
    hidden.append(["Ja", "Nej"])
    hidden.sheet_state = "hidden"
    book.save(path)
    return path


def write_budget(book: Workbook) -> None:
    """Add a budget as a controller keeps it: quarters side by side."""
    sheet = book.create_sheet("Budget 2010")
    for row in (
        ["Budget, kronor"],
        ["Projektnr", "Kostnadsslag", "Benämning", "Kv 1 2010", "Kv 2 2010", "Kv 3 2010", "Kv 4 2010"],
        ["SN\u00a02009/701-22 ", 5010, "Löner", "100\u00a0000", 100_000.0, "100 000,00", 75_000],
        ["SN 2009/701-22", "5800", "Resor ", 25_000, 25_000, None, 75000],
    ):
        sheet.append(row)
