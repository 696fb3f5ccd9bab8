"""Gather from the files as offices keep them: each value is the one that stands there, or a line says what is wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.programme.written.source import SourceRule
from tasks.sources.source import SourceReader
from tasks.sources.source_faults import SourceFailed
from tasks.sources.tables import SourcePeriod
from tests.kept_files import a_book, saved, write_kept
from tests.rule_builders import an_origin

ABOUT = SourcePeriod("SN 2009/17", "701-22", "2010-Q4", date(2010, 10, 1), date(2010, 12, 31))
RATES = {"sheet": "Beslut"}
UNREAD = "holds a formula whose value was never saved: open and save the file"


def take(folder: Path, name: str, source: dict[str, Any], **gather: Any) -> object:
    """Return what the file gives as a source of those settings."""
    rule = SourceRule.model_validate({"file": name, **source})
    reader = SourceReader(folder, pauses=())
    taken = reader.take("kept", rule, an_origin(source="kept", **gather), ABOUT)
    return None if taken is None else (taken.value, dict(taken.accounts)) if taken.accounts else taken.value


def of(column: str, **where: str) -> dict[str, Any]:
    return {"column": column, "where": where}


MINE = {"Projektnr": "{reference}"}


@pytest.mark.parametrize(
    ("name", "source", "gather", "value"),
    [
        ("bidrag.xlsx", {}, of("Beviljat (kr)", Dnr="{reference}"), "500\u00a0000 kr"),
        ("bidrag.xlsx", {}, of("Beviljat", Dnr="{reference}"), "500\u00a0000 kr"),
        ("bidrag.xlsx", {"sheet": "statsbidrag"}, of("beviljat (KR)") | {"rows": "sum"}, "500000"),
        ("bidrag.xlsx", {}, of("Fr.o.m."), date(2010, 1, 1)),
        ("kontakter.csv", {}, of("Telefon", Namn="åsa ö"), "08-508"),
        ("sammanträden.csv", {}, of("Handlingar senast", Sammanträdesdag="2010-12-14"), "2010-12-07"),
        (
            "sammanträden.csv",
            {"period_column": "Sammanträdesdag"},
            of("Handlingar senast"),
            "2010-12-07",
        ),
        (
            "budget.csv",
            {},
            {"column": "Budget", "where": MINE, "rows": "sum", "account": "Konto"},
            ("400000.00", {"0510": "375000.00", "5800": "25000"}),
        ),
        ("negativ.csv", {}, {"column": "Budget (tkr)", "rows": "sum"}, "-62.5"),
        ("procent.xlsx", RATES, of("Rat 1"), "80 %"),
        ("blandat.xlsx", {}, of("Kommentar"), "ring"),
        ("tredjedelar.xlsx", {}, of("Kv 2 2010", Konto="5010"), 0.3),
        ("tredjedelar.xlsx", {}, of("Kv 1 2010") | {"rows": "sum"}, "33333.333333"),
        ("rubriker.csv", {}, of("E-post"), None),
    ],
)
def test_value_is_the_one_that_stands_there(
    tmp_path: Path, name: str, source: dict[str, Any], gather: dict[str, Any], value: object
) -> None:
    write_kept(tmp_path, name)
    assert take(tmp_path, name, source, **gather) == value


@pytest.mark.parametrize(
    ("name", "source", "gather", "says"),
    [
        ("fel.xlsx", {}, {"cell": "B3"}, f"fel.xlsx: Bidrag!B3 {UNREAD}"),
        ("bidrag.xlsx", {}, of("Bevilja"), "has no column 'Bevilja'; did you mean 'Beviljat (kr)'?"),
        ("bidrag.xlsx", {}, of("Beviljad"), "has no column 'Beviljad'; did you mean 'Beviljat (kr)'?"),
        (
            "procent.xlsx",
            RATES,
            of("Rat 1") | {"rows": "sum"},
            "Beslut!D3: '80 %' is not a number",
        ),
        ("fel.xlsx", {}, of("Bidragsgivare", Dnr="SN 2010/6"), "Bidrag!D4 holds the error '#N/A'"),
        (
            "fel.xlsx",
            {"period_column": "From"},
            of("Recipient", Dnr="SN 2010/5"),
            "fel.xlsx: Bidrag!F3: '08:00:00' is neither a period nor a day: write it as 2010-Q1,",
        ),
        (
            "dubbletter.csv",
            {},
            of("Titel") | {"where": {"E-post": "anna@example.org"}},
            "several rows fit 'Titel'",
        ),
        ("tom.xlsx", {}, of("Belopp"), "tom.xlsx has no column 'Belopp'"),
    ],
)
def test_what_gives_no_figure_is_told_in_one_line(
    tmp_path: Path, name: str, source: dict[str, Any], gather: dict[str, Any], says: str
) -> None:
    write_kept(tmp_path, name)
    with pytest.raises(SourceFailed) as told:
        take(tmp_path, name, source, **gather)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("rows", [None, "sum"])
@pytest.mark.parametrize("sign", ["<5", "< 10", "..", "…", "färre än 5"])
def test_sign_in_place_of_a_number_is_named_as_a_hidden_number(
    tmp_path: Path, sign: str, rows: str | None
) -> None:
    (tmp_path / "antal.csv").write_text(f"Period;Antal\n2010-Q4;{sign}\n", encoding="utf-8")
    with pytest.raises(SourceFailed) as told:
        take(tmp_path, "antal.csv", {"period_column": "Period"}, **of("Antal"), rows=rows)
    assert f"antal.csv: B2 holds '{sign}', a number that is hidden there" in str(told.value)


@pytest.mark.parametrize("name", ["stor.xlsx", "stor.csv"])
def test_file_that_is_too_large_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(SourceFailed) as told:
        take(tmp_path, name, {}, **of("Belopp"))
    assert told.value.detail == f"{name} is larger than 20 MB"


def test_sheet_that_is_hidden_is_read_by_its_name_alone(tmp_path: Path) -> None:
    book = a_book(Gammalt=[["Antal"], [1]], Nytt=[["Antal"], [2]])
    book["Gammalt"].sheet_state = "hidden"
    (tmp_path / "antal.xlsx").write_bytes(saved(book))
    assert take(tmp_path, "antal.xlsx", {}, column="Antal") == 2
    assert take(tmp_path, "antal.xlsx", {"sheet": "Gammalt"}, column="Antal") == 1


@pytest.mark.parametrize(
    ("period", "value"),
    [
        ("Kv 4 2010", "3"),
        (40_526, "3"),  # 14 December, of which the cell was not told that it is a day
        ("2010", "2"),  # a year is not within one of its quarters
    ],
)
def test_period_of_a_row_is_read_as_people_write_it(tmp_path: Path, period: object, value: str) -> None:
    book = a_book(Utfall=[["Period", "Antal"], ["2010-Q4", 2], [period, 1]])
    (tmp_path / "antal.xlsx").write_bytes(saved(book))
    assert take(tmp_path, "antal.xlsx", {"period_column": "Period"}, column="Antal", rows="sum") == value
