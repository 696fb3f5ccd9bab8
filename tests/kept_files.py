"""A dozen files as a municipality keeps them, each made again in a folder: lists, tables and ledgers."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment

Rows = Sequence[Sequence[Any]]
GRANT_HEAD = [
    "Dnr",
    "Projekt",
    "Programme",
    "Bidragsgivare",
    "Recipient",
    "From",
    "T.o.m.",
    "Ansökan senast",
    "Officer",
]
BOARD, COMMITTEE = "Länsstyrelsen i Stockholms län", "Socialnämnden"


def a_grant(reference: str, *more: Any, **changes: Any) -> list[Any]:
    """Return a grant's row under GRANT_HEAD; changes by the heading's position as `c4`."""
    row = [
        reference,
        "Samordning",
        "development-funds-2009",
        BOARD,
        COMMITTEE,
        "2010-01-01",
        "2010-12-31",
        "2009-09-15",
    ]
    row.append("bo@example.org")
    for name, value in changes.items():
        row[int(name[1:])] = value
    return [*row, *more]


def a_book(**sheets: Rows) -> Workbook:
    """Return a workbook with a sheet a name."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def saved(book: Workbook, *reckoned: tuple[str, str, str]) -> bytes:
    """Return the workbook's bytes, with values saved for formulas: by cell, its type in XML, and the value."""
    kept, out = io.BytesIO(), io.BytesIO()
    book.save(kept)
    with zipfile.ZipFile(kept) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            content = archive.read(name).decode()
            for cell, kind, value in reckoned if name == "xl/worksheets/sheet1.xml" else ():
                pattern = rf'<c r="{cell}"([^>]*)><f>(.*?)</f>(?:<v\s*/>|<v></v>)</c>'
                content, done = re.subn(
                    pattern, rf'<c r="{cell}"\1 t="{kind}"><f>\2</f><v>{value}</v></c>', content
                )
                assert done == 1, cell
            if reckoned:
                content = content.replace(' fullCalcOnLoad="1"', "")  # as a program saves what it reckoned
            copy.writestr(name, content)
    return out.getvalue()


def bidrag() -> bytes:
    """A list with titles, groups over the headings, hard spaces, dates as text, a comment and a filter."""
    book = a_book(
        Statsbidrag=[
            ["Socialförvaltningen"],
            ["Uppdaterad 2026-01-15"],
            [],
            ["Ärende", None, None, "Parter", None, "Tid", None, "Pengar", None, None, "Vem", None],
            [
                *("Dnr", "Projekt", "Bidragsform", "Finansiär", "Nämnd", "Fr.o.m.", "T.o.m.", "Beslutsdatum"),
                *("Beviljat (kr)", "Slutrapport senast", "Handläggare (e-post)", "Ansökan senast"),
            ],
            [
                *("SN 2009/17 ", "Samordning", "development-funds-2009", BOARD, COMMITTEE),
                *(date(2010, 1, 1), "31 dec 2010", "5 november 2009", "500\u00a0000 kr", "20 januari 2011"),
                *("bo@example.org", "20090915"),
            ],
        ]
    )
    sheet = book["Statsbidrag"]
    for cells in ("A4:C4", "D4:E4", "F4:G4", "H4:J4", "K4:L4"):
        sheet.merge_cells(cells)
    sheet.auto_filter.ref = "A5:L6"
    sheet["I6"].comment = Comment("fick besked per telefon", "ekonomen")
    return saved(book)


def kontakter() -> bytes:
    """A list of people as Excel's plain CSV: Windows' letters, semicolons, columns without an end."""
    lines = (
        "Kontaktlista 2010;;;;",
        ";;;;",
        "Namn;E-post;Telefon;Närmaste chef;",
        "Åsa Ö;asa@example.org ;08-508;Bo;",
    )
    return "\r\n".join((*lines, "Bo;BO@example.org;;;", "")).encode("cp1252")


def sammantraden() -> bytes:
    """A committee's year with tabs."""
    lines = ("Nämnd\tSammanträdesdag\tHandlingar senast", f"{COMMITTEE}\t2010-12-14\t2010-12-07")
    return "\r\n".join((*lines, f"{COMMITTEE}\t18/1 2011\t", "")).encode()


def budget() -> bytes:
    """A budget with a mark before it, and decimal commas."""
    lines = (
        "Projektnr;Konto;Benämning;Budget",
        "SN\u00a02009/17;0510;Löner;375 000,00",
        "sn 2009/17;5800;Resor;25 000:-",
    )
    return "\r\n".join(("\ufeff" + lines[0], *lines[1:], "")).encode()


def summed_budget() -> bytes:
    """A budget with a sum at the end."""
    lines = ("Projektnr;Konto;Budget", "SN 2009/17;0510;375 000", "Summa;;375 000", "")
    return "\r\n".join(lines).encode()


def negative_budget() -> bytes:
    """A budget with what is less than nothing, as controllers and ledgers write it."""
    lines = (
        "Projektnr;Konto;Budget (tkr)",
        "SN 2009/17;5010;(25)",
        "SN 2009/17;5800;-25,5",
        "SN 2009/17;5900;12-",
    )
    return "\r\n".join(lines).encode("cp1252")


def percents() -> bytes:
    """A decision whose first instalment is a cell that shows parts of a hundred, below headings of two rows."""
    decision = ["SN 2009/18", date(2009, 11, 5), 500_000, 0.8, date(2011, 1, 20)]
    head = ["Dnr", "Beslutsdatum", "Belopp", "Rat 1", "Slutrapport senast"]
    lower = [None, *head[1:]]
    book = a_book(Beslut=[["Dnr", "Pengar"], lower, decision], Bidrag=[GRANT_HEAD, a_grant("SN 2009/18")])
    book["Beslut"].merge_cells("A1:A2")
    book["Beslut"]["D3"].number_format = "0%"
    return saved(book)


def errors() -> bytes:
    """A list with formulas that came to nothing, or were never reckoned, and cells that are no days."""
    rows = [
        a_grant(
            "SN 2010/4", c5=datetime(2010, 1, 1, tzinfo=UTC).replace(tzinfo=None), c6="2010-12-31 00:00:00"
        ),
        a_grant("SN 2010/5", c1="=A3", c5=time(8), c6=True),
        a_grant("SN 2010/6", c1="#REF!", c3="=VLOOKUP(A4,A:B,2,0)", c7="15/9-09"),
        a_grant("SN 2010/7", c1="=A5", c4="#SAKNAS!"),
    ]
    return saved(a_book(Bidrag=[GRANT_HEAD, *rows]), ("B5", "str", "Uträknat"), ("D4", "e", "#N/A"))


def duplicates() -> bytes:
    """People who stand twice, in other capitals, with an empty line between."""
    lines = (
        "Namn;E-post;Titel",
        "Anna;anna@example.org;Chef",
        "Anna A;ANNA@example.org;Enhetschef",
        ";;",
        "Bo;bo@example.org;",
    )
    return "\n".join((*lines, "Bo;bo@example.org;")).encode()


def mixed() -> bytes:
    """Headings in two languages, a hidden column that counts, a sheet that nobody is to see."""
    people = [["Namn", "E-post"], ["Z", "z@example.org"]]
    book = a_book(Grants=[[*GRANT_HEAD, "Kommentar"], a_grant("SN 2010/3", "ring")], Gammalt=people)
    book["Grants"].column_dimensions["H"].hidden = True
    book["Gammalt"].sheet_state = "veryHidden"
    return saved(book)


def thirds() -> bytes:
    """A budget that was reckoned: a third of a sum has no end."""
    rows: Rows = [["Dnr", "Konto", "Kv 1 2010", "Kv 2 2010"], ["SN 2009/17", 5010.0, 100_000 / 3, 0.1 + 0.2]]
    return saved(a_book(Budget=rows))


KEPT: dict[str, Callable[[], bytes]] = {
    "kontakter.csv": kontakter,
    "bidrag.xlsx": bidrag,
    "sammanträden.csv": sammantraden,
    "budget.csv": budget,
    "summerad.csv": summed_budget,
    "negativ.csv": negative_budget,
    "procent.xlsx": percents,
    "fel.xlsx": errors,
    "dubbletter.csv": duplicates,
    "blandat.xlsx": mixed,
    "tredjedelar.xlsx": thirds,
    "tom.xlsx": lambda: saved(Workbook()),
    "tom.csv": lambda: b";;;\r\n;;;\r\n",
    "rubriker.csv": lambda: b"Namn;E-post\r\n",
}


def write_kept(folder: Path, name: str) -> Path:
    """Write the file of that name."""
    (folder / name).write_bytes(KEPT[name]())
    return folder / name
