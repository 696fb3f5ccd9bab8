"""Read files as office programs save them: the number that they show, or one line that says where it is none.

`tests/data/office` was saved by LibreOffice Calc 25.2: `huvudbok` from a workbook with a merged project, a hidden row,
a filter, a comment, formulas and formats; `budget` as CSV with semicolons in Windows-1252, with tabs and with commas.
"""

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from models.errors import ImportInvalid
from models.programme.question import Question
from models.programme.written.source import SourceRule
from models.rules.answers.validation import read_answer
from tasks.intake.cell_names import CellNames
from tasks.intake.files import read_import
from tasks.sources.source import SourceReader
from tasks.sources.source_faults import SourceFailed
from tasks.sources.tables import SourcePeriod
from tasks.sources.values import Given, Reckoning, at_path
from tasks.words.reasons import word_reason
from tasks.words.translator import translator
from tests.kept_files import a_book
from tests.rule_builders import an_origin

SAVED = Path(__file__).parents[2] / "data" / "office"
ABOUT = SourcePeriod("SN 2010/1", "701-22", "2010-Q1", date(2010, 1, 1), date(2010, 3, 31))
SUM: dict[str, Any] = {"column": "Belopp", "rows": "sum"}
UNREAD = "holds a formula whose value was never saved: open and save the file"


def take(path: Path, source: dict[str, Any] | None = None, **gather: Any) -> object:
    """Return what the file gives as a source, or the reason in its own words."""
    rule = SourceRule.model_validate({"file": path.name, **(source or {})})
    try:
        taken = SourceReader(path.parent).take("kept", rule, an_origin(source="kept", **gather), ABOUT)
    except SourceFailed as failed:
        return failed.detail
    return None if taken is None else taken.value


def brought(path: Path) -> list[str]:
    """Return the sums of the budget that the file brings, or else its problems."""
    try:
        read = read_import(path, CellNames())
    except ImportInvalid as refused:
        return [refused.detail]
    problems = [f"{place}: {why}" for place, why in read.problems]
    return problems or [line.amount for line in read.content.budgets]


def test_workbook_that_libreoffice_saved_gives_what_it_shows() -> None:
    book = SAVED / "huvudbok.xlsx"
    of_project: dict[str, Any] = {"where": {"Projekt": "{funder_reference}"}, **SUM}
    # 1 234,50 kr as text, 18 000 in a hidden row, an eighth of it by a formula; the project is merged over the three.
    assert take(book, {"period_column": "Datum"}, **of_project) == "21484.50"
    assert take(book, cell="E8") == 20_257
    shares: dict[str, Any] = {"sheet": "Procent"}
    assert take(book, shares, column="Andel") == "80 %"
    assert take(book, shares, column="Text") is None  # a formula that came to an empty text
    assert take(book, shares, column="Fel") == (
        "huvudbok.xlsx: Procent!C2 holds the error '#DIV/0!': correct its formula, and save the file"
    )


@pytest.mark.parametrize("name", ["budget-windows-1252.csv", "budget-tabs.csv", "budget-commas.csv"])
def test_table_that_libreoffice_saved_gives_what_it_shows(name: str) -> None:
    assert brought(SAVED / name) == [
        "A4: 'Summa' adds up other rows: leave the row out",
        "B4: is empty: Konto is needed",
    ]
    assert take(SAVED / name, **SUM) == "400000.50"


def test_file_of_another_program_is_refused(tmp_path: Path) -> None:
    old = SAVED / "huvudbok.xls"
    assert brought(old) == [f"{old}: use a YAML, XLSX or CSV file"]
    renamed = Path(copy(old, tmp_path / "huvudbok.xlsx"))
    assert take(renamed, **SUM) == "huvudbok.xlsx: its content is not what its name says"
    with pytest.raises(SourceFailed) as told:
        SourceReader(tmp_path).take("kept", SourceRule(file="*.xlsx"), an_origin(source="kept", **SUM), ABOUT)
    assert word_reason(translator("sv"), told.value) == ("huvudbok.xlsx: innehållet är inte vad namnet säger")


def a_budget(path: Path, cells: str, **changes: tuple[str, str]) -> Path:
    """Write a budget whose row of one account ends in these cells; changes by a part's name, `a__b` for a/b."""
    book, kept = a_book(Budget=[["Projektnr", "Konto", "Belopp"], ["SN 2010/1", 5010, 77]]), io.BytesIO()
    book.save(kept)
    with zipfile.ZipFile(kept) as archive, zipfile.ZipFile(path, "w") as changed:
        for name in archive.namelist():
            part = archive.read(name).decode()
            # As a program saves what it reckoned.
            part = part.replace('<c r="C2" t="n"><v>77</v></c>', cells).replace(' fullCalcOnLoad="1"', "")
            for at, (old, new) in changes.items():
                if at in (name.replace("/", "__").partition(".")[0], "all"):
                    part = part.replace(old, new)
            changed.writestr(name, part)
    return path


@pytest.mark.parametrize(
    ("cell", "gathered", "imported"),
    [
        pytest.param(
            '<c r="C2"><v>187.125</v></c>', "187.1250", "'187.125' has more than 2 decimals: round it"
        ),
        pytest.param('<c r="C2"><v>0.30000000000000004</v></c>', "0.3", None, id="a tail of a float"),
        pytest.param('<c r="C2"><v>1.25E+3</v></c>', "1250", None, id="a power of ten"),
        pytest.param(
            '<c r="C2" t="inlineStr"><is><r><t>12</t></r><r><rPr><b/></rPr><t>500</t></r>'
            '<rPh sb="0" eb="1"><t>9</t></rPh></is></c>',
            "12500",
            None,
            id="a rich text with a reading above it",
        ),
        pytest.param(
            '<c r="C2" t="str"><f>IF(1=2,1,"")</f><v></v></c>', None, [], id="a text that came to nothing"
        ),
        pytest.param('<c r="C2"><f>1+1</f></c>', f"Budget!C2 {UNREAD}", UNREAD, id="never reckoned"),
        pytest.param(
            '<c r="C2" t="e"><v>#REF!</v></c>', "Budget!C2 holds the error", "holds the error", id="an error"
        ),
        pytest.param(
            '<c r="C2" t="b"><v>1</v></c>',
            "Budget!C2: 'True' is not a number",
            "'True' is not a sum",
            id="yes",
        ),
    ],
)
def test_cell_is_read_as_programs_save_it(
    tmp_path: Path, cell: str, gathered: str | None, imported: str | list[str] | None
) -> None:
    path = a_budget(tmp_path / "a.xlsx", cell)
    found = take(path, **SUM)
    assert found == gathered or (isinstance(found, str) and str(gathered) in found)
    (said,) = brought(path) or ("",)
    assert said == gathered if imported is None else str(imported or "") in said


LONG = "is a number to the spreadsheet, which does not keep all that was written: let the cell be text"


def test_reference_that_a_spreadsheet_made_a_number_is_told(tmp_path: Path) -> None:
    a_book(Budget=[["Projektnr", "Konto", "Belopp"], [2026.1, 5010, 1]]).save(path := tmp_path / "a.xlsx")
    (said,) = brought(path)
    assert said.startswith("Budget!A2: ")
    assert LONG in said


@pytest.mark.parametrize(
    "written", ["mailto:bo@example.org", "bo@example.org\u200b", "\ufeffBo@Example.org "]
)
def test_address_with_what_a_program_adds_is_the_address(tmp_path: Path, written: str) -> None:
    a_book(Personer=[["Namn", "E-post"], ["Bo", written]]).save(path := tmp_path / "a.xlsx")
    read = read_import(path, CellNames())
    assert (read.problems, [one.email for one in read.content.people]) == ([], ["bo@example.org"])


@pytest.mark.parametrize(
    ("rows", "gather", "found"),
    [
        pytest.param(
            [["701-22", 1.125], ["701-22", 100]], {}, "101.1250", id="three decimals are no thousands"
        ),
        pytest.param(
            [["701-22", 100], ["701-22", 50], ["701-22 Summa", 150]], {}, "150", id="a group's own sum"
        ),
        pytest.param(
            [["Nöjda", 3], ["Totalt nöjda", 5]], {"where": {"Projekt": "Totalt nöjda"}}, "5", id="one meant"
        ),
        pytest.param(
            [["701-22", 100], ["701-22", "500 EUR"]],
            {},
            "a.xlsx: Blad!B3: '500 EUR' is not a number",
            id="euro",
        ),
        pytest.param(
            [["701-22", "1 234,5 tkr"], ["701-22", "-0,5 tkr"]], {}, "1234000", id="thousands, and below"
        ),
        pytest.param(
            [["701-22", "(500 kr)"], ["701-22", "\u2013100"]],
            {},
            "-600",
            id="two ways to write below nothing",
        ),
        pytest.param([["701-22", "1\u00a0234\u200b"]], {}, "1234", id="a sign without width"),
    ],
)
def test_sum_is_of_what_the_sheet_says(
    tmp_path: Path, rows: list[list[object]], gather: dict[str, Any], found: str
) -> None:
    a_book(Blad=[["Projekt", "Belopp"], *rows]).save(path := tmp_path / "a.xlsx")
    said = take(path, **SUM, **gather)
    assert str(said).startswith(found) if found.startswith("a.xlsx") else said == found


@pytest.mark.parametrize("project", ["701-22", 701])
def test_cell_merged_over_rows_is_said_of_each(tmp_path: Path, project: object) -> None:
    rows: list[list[Any]] = [
        ["Projekt", "Kvartal", "Belopp"],
        [project, "2010-Q1", 100],
        [None, None, 50],
        ["999", "2010-Q2", 7],
    ]
    book = a_book(Blad=rows)
    for cells in ("A2:A3", "B2:B3"):
        book["Blad"].merge_cells(cells)
    book.save(path := tmp_path / "a.xlsx")
    where: dict[str, Any] = {"where": {"Projekt": str(project)}}
    assert take(path, {"period_column": "Kvartal"}, **SUM, **where) == "150"


@pytest.mark.parametrize("quarter", [20_101, "2010-W09", "T1 2010", "Q1"])
def test_period_that_cannot_be_read_is_told_and_not_left_out(tmp_path: Path, quarter: object) -> None:
    a_book(Blad=[["Kvartal", "Belopp"], ["2010-Q1", 1], [quarter, 100]]).save(path := tmp_path / "a.xlsx")
    said = str(take(path, {"period_column": "Kvartal"}, **SUM))
    assert said.startswith(f"a.xlsx: Blad!A3: '{quarter}' is neither a period nor a day: write it as 2010-Q1")


def test_amount_without_a_period_is_told_and_not_left_out(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Projekt", "Kvartal", "Belopp"], ["1", "2010-Q1", 1], ["1", None, 100]]
    a_book(Blad=[*rows, ["2", None, 7], ["Summa", None, 108]]).save(path := tmp_path / "a.xlsx")
    where = {"where": {"Projekt": "1"}}
    said = "a.xlsx: Blad!B3: is empty: write the period of the row, as 2010-Q1 or 2010-03-31"
    assert take(path, {"period_column": "Kvartal"}, **SUM, **where) == said
    rows[2][2] = None  # a row without an amount says nothing
    a_book(Blad=rows).save(path)
    assert take(path, {"period_column": "Kvartal"}, **SUM, **where) == "1"


def test_comma_that_parts_a_number_is_told(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_text(
        "Projektnr,Konto,Belopp\nSN 2010/1,5010,12,500\n", encoding="utf-8"
    )
    behind = "stands behind the last heading: put what holds a comma between quotation marks"
    assert take(path, **SUM) == f"a.csv: D2 {behind}"
    assert brought(path) == [f"D2: {behind}"]


def test_number_of_a_service_or_a_database_is_no_text(tmp_path: Path) -> None:
    """100.125 is a hundred, however people write thousands."""
    money = Question.model_validate({"key": "spent", "title": {"sv": "B", "en": "S"}, "kind": "money"})
    given = at_path("service", b'{"spent": 100.125}', "spent")
    with pytest.raises(ValueError, match=r"'100\.125' has more than 2 decimals"):
        read_answer(money, given, "SEK")
    assert read_answer(money, at_path("service", b'{"spent": 100.500}', "spent"), "SEK") == "100.5"
    reckoning = Reckoning("ledger", an_origin(source="ledger", column="spent", rows="sum"))
    assert reckoning.of_several([Given(Decimal("100.000")), Given(Decimal("-0.125"))]) == "99.8750"
