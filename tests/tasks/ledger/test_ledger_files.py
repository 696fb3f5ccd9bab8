"""Hold what is read of a ledger's files, and the one line that is said of each bad one."""

import io
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from models.facts.ledger import Balances, LedgerFile
from models.rules.ledger import sum_by_account
from tasks.ledger.files import LEDGER, read_ledger
from tasks.ledger.ledger_faults import LedgerUnreadable

HEAD = "Datum;Ver;Konto;Projekt;Text;Debet;Kredit"
ROWS = """\
2026-03-02;A 1;4010;7;Inköp av möbler;1 250,50;
2026-03-02;A 1;2440;7;Inköp av möbler;;1 250,50
2026-03-09;A 2;5010;7;Lön Anna Exempelsson;40 000,00;
2026-03-09;A 3;6070;8;Representation;300,00;
2026-04-01;A 4;4010;0007 Bostad först;Rättelse A 1;-250,50;
"""
SIE = """\
#FLAGGA 0
#FORMAT PC8
#SIETYP 4
#RAR 0 20260101 20261231
#DIM 1 "Kostnadsställe"
#DIM 6 "Projekt"
#IB 0 1930 100.00
#UB 0 1930 -1150.50
#RES 0 4010 1250.50
#VER A 1 20260302 "Inköp av möbler" 20260303 "Anna Exempelsson"
{
   #TRANS 4010 {1 "12" 6 "7"} 1250.50 "" "Möbler \\"Nya\\"" 2 "Anna Exempelsson"
   #RTRANS 4010 {6 "7"} 99.00
   #TRANS 1930 {} -1250.50
}
"""


def a_table(text: str, encoding: str = "utf-8") -> tuple[str, bytes]:
    return "huvudbok.csv", f"{text}".encode(encoding)


def a_workbook(*rows: list[object]) -> tuple[str, bytes]:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(out)
    return "huvudbok.xlsx", out.getvalue()


def read(folder: Path, named: tuple[str, bytes], project: str = "7") -> LedgerFile:
    path = folder / named[0]
    path.write_bytes(named[1])
    return read_ledger(path, {project})


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(a_table(f"Huvudbok 2026\n\n{HEAD}\n{ROWS}"), id="CSV under a title"),
        pytest.param(a_table(f"{HEAD}\n{ROWS}", "cp1252"), id="of Windows"),
        pytest.param(a_table(f"{HEAD}\n{ROWS}", "cp437"), id="of DOS"),
        pytest.param(a_table(f"{HEAD}\n{ROWS}".replace(";", "\t"), "utf-16"), id="UTF-16 with tabs"),
        pytest.param(a_table(f"{HEAD}\n{ROWS}".replace("\n", "\r")), id="with carriage returns alone"),
        pytest.param(
            a_workbook(
                ["Datum", "Vernr", "Konto", "Projekt", "Text", "Belopp"],
                [date(2026, 3, 2), "A 1", 4010, 7, "Inköp av möbler", 1250.5],
                [date(2026, 3, 2), "A 1", 2440, 7, "Inköp av möbler", -1250.5],
                [date(2026, 3, 9), "A 2", 5010, 7, "Lön Anna Exempelsson", 40000],
                [date(2026, 3, 9), "A 3", 6070, 8, "Representation", 300],
                [date(2026, 4, 1), "A 4", 4010, "0007 Bostad först", "Rättelse A 1", -250.5],
                ["Summa", None, None, None, None, 41050],
            ),
            id="a workbook with a total",
        ),
    ],
)
def test_file_gives_the_entries_of_a_project(tmp_path: Path, file: tuple[str, bytes]) -> None:
    found = read(tmp_path, file)
    assert sum_by_account(found.entries) == {"2440": -125050, "4010": 100000, "5010": 4000000}
    assert (found.first_on, found.last_on, found.row_count) == (date(2026, 3, 2), date(2026, 4, 1), 5)
    assert found.faults == ()


@pytest.mark.parametrize("encoding", ["cp437", "utf-8", "cp1252"])
def test_sie_gives_the_objects_of_its_projects(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, ("bok.se", SIE.encode(encoding)))
    assert [(entry.voucher, entry.account, entry.amount_minor) for entry in found.entries] == [
        ("A 1", "4010", 125050)
    ]
    assert found.balances == Balances(agreeing=2, differing=0)
    assert found.unbalanced == ()


def test_sie_that_is_an_extract_is_said_to_differ(tmp_path: Path) -> None:
    found = read(tmp_path, ("bok.se", SIE.replace("#RES 0 4010 1250.50", "#RES 0 4010 9000").encode()))
    assert found.balances == Balances(agreeing=1, differing=1)


def test_account_stands_above_its_rows(tmp_path: Path) -> None:
    text = (
        "Datum;Ver;Text;Projekt;Debet;Kredit\n;;;;;\n4010 Inköp;;;;;\nIngående balans;;;;500,00;\n"
        "2026-03-02;A 1;Möbler;7;10,00;\nSumma 4010;;;;10,00;\n6110 Kontor;;;;;\n2026-03-03;A 2;Papper;7;;3,00\n"
    )
    found = read(tmp_path, a_table(text))
    assert sum_by_account(found.entries) == {"4010": 1000, "6110": -300}


def test_fault_of_another_project_is_only_counted(tmp_path: Path) -> None:
    lines = "2026-03-02;A 1;4010;8;Möbler;tio;\n31;A 2;4010;8;Möbler;10,00;\n2026-03-02;A 3;4010;7;Möbler;10,00;\n"
    found = read(tmp_path, a_table(f"{HEAD}\n{lines}"))
    assert (found.faults, found.faults_elsewhere, len(found.entries)) == ((), 1, 1)


def _row(line: str) -> tuple[str, bytes]:
    return a_table(f"{HEAD}\n{line}\n")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        pytest.param(
            _row("2026-03-02;A 1;4010;7;Möbler;tio;"),
            "huvudbok.csv, row 2: 'tio' is not a number",
            id="a word for a sum",
        ),
        pytest.param(
            _row("2026-03-02;A 1;4010;7;Möbler;1.234;"),
            "huvudbok.csv, row 2: '1.234' can be read in two ways: write 1234 if it is thousands, or 1.2340",
            id="two readings",
        ),
        pytest.param(
            _row("2026-03-02;A 1;4010;7;Möbler;;"),
            "huvudbok.csv, row 2: the voucher has no sum: open the file where it was made, let it calculate, and"
            " save it",
            id="no sum",
        ),
        pytest.param(
            _row(";A 1;4010;7;Möbler;10,00;"), "huvudbok.csv, row 2: the voucher has no day", id="no day"
        ),
        pytest.param(
            _row("2026-03-02;A 1;;7;Möbler;10,00;\n2026-03-02;A 2;;7;Möbler;10,00;"),
            "huvudbok.csv, row 2: the voucher has no account",
            id="no account, twice",
        ),
        pytest.param(
            a_table("Namn;Belopp\nA;10\n"),
            "huvudbok.csv has no headings of a ledger in its first 40 rows: it needs a day, an account and a sum (it"
            " has Namn, Belopp); write Datum, Konto and Belopp over them",
            id="no ledger",
        ),
        pytest.param(
            a_table("Datum;Ver;Konto;Belopp\n2026-03-02;A 1;4010;10,00\n"),
            "huvudbok.csv has no column of projects: write Projekt over it, or ask for no project",
            id="no projects",
        ),
        pytest.param(
            a_table(HEAD),
            "huvudbok.csv has no row of a voucher: export the vouchers, not the balances",
            id="bare",
        ),
        pytest.param(
            ("bok.se", b"<!DOCTYPE HTML>"),
            "bok.se is a web page, and not a table: export it as CSV or XLSX",
            id="HTML",
        ),
        pytest.param(
            ("bok.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 60),
            "bok.xls is an older workbook: save it as XLSX or CSV",
            id="XLS",
        ),
        pytest.param(("bok.se", b"Datum"), "bok.se is not a SIE file: export SIE type 4 again", id="no SIE"),
        pytest.param(
            ("bok.se", b"#FLAGGA 0\n#SIETYP 1\n#UB 0 1930 5\n"),
            "bok.se is SIE type 1, which has balances and no vouchers: export type 4",
            id="SIE type 1",
        ),
        pytest.param(
            ("bok.se", SIE.replace("20260302", "2026-03-02").encode()),
            "bok.se, line 10: '2026-03-02' is not a day as SIE writes it, 20260131",
            id="a day of SIE",
        ),
        pytest.param(
            ("bok.se", SIE.replace("#TRANS 4010", "#TRANS FEL").encode()),
            "bok.se, line 12: 'FEL' is not an account's number: correct it in the ledger, and export again",
            id="an account of SIE",
        ),
        pytest.param(
            ("bok.se", SIE.rstrip().removesuffix("}").encode()),
            "bok.se, line 10: the voucher is not closed: the file breaks off here, so export it again",
            id="SIE breaks off",
        ),
        pytest.param(
            ("huvudbok.xlsx", b"PK\x03\x04rest"), "huvudbok.xlsx: it is damaged", id="a damaged workbook"
        ),
        pytest.param(
            ("huvudbok.csv", bytes(range(256)) * 9),
            "huvudbok.csv is not a text: save it as CSV UTF-8",
            id="bytes",
        ),
        pytest.param(
            ("huvudbok.csv", b"a" * (LEDGER.bytes + 1)), "/huvudbok.csv is larger than 40 MB", id="too large"
        ),
        pytest.param(
            a_table(HEAD + "\n" + "2026-03-02;A 1;4010;8;;1,00;\n" * (LEDGER.rows + 1)),
            "huvudbok.csv has more than 200000 rows or 200 columns",
            id="too many rows",
        ),
    ],
)
def test_bad_file_is_told_in_one_line(tmp_path: Path, file: tuple[str, bytes], says: str) -> None:
    try:
        said = read(tmp_path, file).faults[0]
    except LedgerUnreadable as refused:
        said = refused.remark
    assert "\n" not in str(said)
    assert str(said).replace(str(tmp_path), "") == says
