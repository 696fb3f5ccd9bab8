"""Ten lists as offices keep them: nine are taken at once, or after one message that names every change."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from models.tables.grant import Grant
from models.tables.money import BudgetLine
from models.tables.person import Absence, Person
from models.tables.step import Meeting
from tests.grant_scenes import parts, rows
from tests.import_desk import Desk

BOARD = "Länsstyrelsen i Stockholms län"
GRANT = ("development-funds-2009", BOARD, "Socialnämnden")


def table(*lines: str, encoding: str = "cp1252") -> bytes:
    """Return a table as a spreadsheet saves it with semicolons."""
    return "\r\n".join((*lines, "")).encode(encoding)


def book(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with a sheet a name."""
    made, kept = Workbook(), BytesIO()
    made.remove(made.worksheets[0])
    for name, lines in sheets.items():
        sheet = made.create_sheet(name)
        for line in lines:
            sheet.append(line)
    made.save(kept)
    return kept.getvalue()


def projects(board: str, first: str, second: str) -> bytes:
    """Return a list of projects, with the funder of the first and the numbers of both as somebody wrote them."""
    head = "Diarienummer;Namn på projektet;Program;Bidragsgivare;Mottagare;Startdatum;Slutdatum;Beviljat;Beslutsdag;"
    tail = "Socialnämnden;2009-01-01;2009-12-31"
    return table(
        f"{head}Handläggare;Slutrapport senast",
        f"{first};Familjestöd;{GRANT[0]};{board};{tail};1.250.000;2008-12-02;maria@example.org;2010-01-20",
        f"{second};Familjestöd;{GRANT[0]};{BOARD};{tail};350 tkr;2008-12-02;Maria Åkesson;2010-01-20",
    )


LISTS = {
    "personal.csv": table(
        "Personallista socialförvaltningen;;;;;",
        "Uttag 2009-11-02;;;;;",
        "",
        "Namn;Titel;E-post;Tfn;Chef;Ersättare",
        "Åkesson, Maria;Handläggare;maria@example.org;08-508 00 01;Öberg, Karin;Lind, Per",
        "Öberg, Karin;Enhetschef;karin@example.org;08-508 00 02;;",
        "Lind, Per;Handläggare;per@example.org;;Öberg, Karin;",
    ),
    "bidrag.xlsx": book(
        Statsbidrag=[
            ["Statsbidrag och projektmedel"],
            [],
            ["Ärende", None, None, "Parter", None, "Tid", None, "Pengar", None, "Ansvar"],
            [
                *("Dnr", "Projektnamn", "Bidragsform", "Finansiär", "Bidragsmottagare", "Projektstart"),
                *("Projektslut", "Beviljat (tkr)", "Beslutsdatum", "Projektledare", "Slutrapport senast"),
            ],
            ["SN 1", "Trygga kvällar", *GRANT, "1 jan 2009", "31 dec 2009", 450, "5 nov 2008", "Åkesson, Maria",
             "20 jan 2010"],
            ["SN 2", "Fältarbete", *GRANT, "2009-01-01", "2009-12-31", 300, "2008-11-12", "Per Lind", "2010-01-20"],
            [],
            ["Summa", *[None] * 6, "=SUM(H5:H6)"],
        ]
    ),
    "sammanträden.xlsx": book(
        Plan=[
            ["Nämnd", "Sammanträdesdag", "Handlingar klara", "Anmärkning"],
            ["Socialnämnden", date(2009, 12, 15), date(2009, 12, 8), None],
            ["Socialnämnden", "19 januari 2010", "12 januari 2010", "extra"],
        ]
    ),
    "budget.xlsx": book(
        Budget=[
            ["Projekt", "Kostnadsslag", "Benämning", "Budget"],
            ["SN 1", "5010", "Löner", 390000],
            ["SN 1", "7010", "Lokaler", 60000],
        ]
    ),
    "beslut.csv": table(
        "Dnr;Beslutsdatum;Beslutstyp;Belopp;Ändamål",
        "SN 1;2009-04-16;Tilläggsbeslut;50,5 tkr;fler kvällar",
        encoding="utf-8-sig",
    ),
    "ledigheter.csv": table(
        "Medarbetare;Ledig fr.o.m.;Ledig t.o.m.", "Åkesson, Maria;28/6 2010;30/7 2010"
    ),
    "jourtelefonen.xlsx": book(
        Personal=[["Efternamn", "Förnamn", "Mejl"], ["Svensson", "Eva", "eva@example.org"]],
        Projekt=[
            [
                *("Diarienr", "Projektnamn", "Bidragsform", "Finansiär", "Bidragstagare", "Start", "Slut"),
                *("Projektledare", "Beviljat belopp", "Beslutsdatum", "Slutrapport senast"),
            ],
            ["SN 3", "Jourtelefon", *GRANT, date(2009, 1, 1), date(2009, 12, 31), "Eva Svensson", "250 000 kr",
             date(2008, 12, 1), date(2010, 1, 20)],
        ],
    ),
    "utbetalningar.csv": table(
        "Dnr;Del nr;Rekvirerad;Utbetald;Utbetalt belopp", "SN 2;1;2008-11-20;2008-12-11;240 000,00"
    ),
    "projekt.csv": projects("Länstyrelsen i Stockholms län", "SN 4", "SN 4"),
    "statistik.csv": table("Dnr;Kvartal;Anmälningar till socialtjänsten", "SN 1;2009 kv 1;3"),
}  # fmt: skip
REFUSED = {
    "projekt.csv": [
        f"projekt.csv: D2: ”Länstyrelsen i Stockholms län” är ingen känd organisation. Menades ”{BOARD}”?",
        "projekt.csv: A3: ”SN 4” står redan högre upp",
        "grants: Importfilen kan inte läsas in: 2 fel; ingenting är inläst",
    ],
    # Numbers of quarters come from a grant's own file of figures, or from a source, and are nothing to import.
    "statistik.csv": [
        (
            "grants: Importfilen kan inte läsas in: statistik.csv: A1: filen liknar mest bladet Budget / Budgets, "
            "men behöver också Konto (Account), Belopp (Amount): "
            "lägg till det, eller dölj bladet om det inte är någon lista att läsa in"
        ),
    ],
}
MENDED = {"projekt.csv": projects(BOARD, "SN 4", "SN 5")}


def test_lists_are_taken_at_once_or_after_one_message_that_names_every_change(desk: Desk) -> None:
    desk.language = "sv"
    for name, content in LISTS.items():
        desk.write(content, name)
    code, _, err = desk.bring(*(name for name in LISTS if name not in REFUSED))
    assert (code, err) == (0, "")
    for name, said in REFUSED.items():
        assert desk.bring(name)[2].splitlines() == said
    for name, content in MENDED.items():
        code, _, err = desk.bring(desk.write(content, name))
        assert (code, err) == (0, "")

    people = {one.name: one for one in rows(desk.engine, Person)}
    assert set(people) == {"Maria Åkesson", "Karin Öberg", "Per Lind", "Eva Svensson"}
    maria = people["Maria Åkesson"]
    assert (maria.manager_id, maria.deputy_id) == (people["Karin Öberg"].id, people["Per Lind"].id)
    [away] = rows(desk.engine, Absence)
    assert (away.person_id, away.from_on, away.to_on) == (maria.id, date(2010, 6, 28), date(2010, 7, 30))
    awards = {one.reference: one.award_minor for one in rows(desk.engine, Grant)}
    assert awards == {
        "SN 1": 50_050_000, "SN 2": 30_000_000, "SN 3": 25_000_000, "SN 4": 125_000_000, "SN 5": 35_000_000,
    }  # fmt: skip
    assert [one.documents_on for one in rows(desk.engine, Meeting)] == [date(2009, 12, 8), date(2010, 1, 12)]
    assert sum(one.amount_minor for one in rows(desk.engine, BudgetLine)) == 45_000_000
    assert parts(desk.engine, "SN 2")[0].paid_minor == 24_000_000
