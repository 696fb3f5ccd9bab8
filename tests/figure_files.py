"""Files of figures as offices and their systems write them, for the first quarter of 2010, made for a test."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook

from tests.personal_numbers import MADE_UP

REPORTS, UNDER_18, UNDER_20, SPENT = (
    "reports_to_social_services",
    "persons_under_18",
    "persons_under_20",
    "spent",
)
_HEADINGS = ("period", REPORTS, UNDER_18, UNDER_20, SPENT)
WHOLE = {REPORTS: "3", UNDER_18: "2", UNDER_20: "1", SPENT: "118000.50"}
Row = tuple[str, ...]
QUARTER: Row = ("2010-Q1", "3", "2", "1", "118 000,50")
_MONTHS = (
    ("jan 2010", "1", "1", "0", "40 000"),
    ("februari 2010", "1", "1", "0", "38 000,50"),
    ("2010-03", "1", "0", "1", "40 000"),
)


class FiguresFile(NamedTuple):
    """A file: how it is written, the figures that it gives, and what is said of each that it does not give."""

    write: Callable[[Path], object]
    gives: Mapping[str, str]
    says: tuple[str, ...] = ()
    name: str = "figures.csv"


def text_file(
    *rows: Row, sign: str = ";", encoding: str = "utf-8", head: Row = _HEADINGS
) -> Callable[[Path], object]:
    """Return what writes a file of text: its headings, and these rows."""

    def cell(text: str) -> str:
        return f'"{text}"' if sign in text else text

    lines = "".join(sign.join(map(cell, row)) + "\r\n" for row in (head, *rows))
    return lambda path: path.write_bytes(lines.encode(encoding))


def _workbook(path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(_HEADINGS)
    sheet.append(["2010-Q1", 3, 2, 1, 118_000.5])
    book.save(path)


def _without(*keys: str) -> dict[str, str]:
    return {key: value for key, value in WHOLE.items() if key not in keys}


def _title_and_total(path: Path) -> None:
    text_file(QUARTER, ("Totalt", "3", "2", "1", "118 000,50"))(path)
    path.write_bytes(b"Uttag ur verksamhetssystemet;;;;\r\n;;;;\r\n" + path.read_bytes())


_COUNTS = (REPORTS, UNDER_18, UNDER_20)
_PEOPLE = (
    ("2010-Q1", "1", "1", "0", "118 000,50", MADE_UP),
    ("2010-Q1", "1", "1", "0", "", MADE_UP),
)
_PERSONAL = "{place} holds a personal identity number: figures are numbers alone"
_HIDDEN = "{place} holds '{sign}', a number that is hidden there: ask for the number itself"

# The kinds that offices tried. Each gives all, or says of the rest why not, with the cure.
FIGURE_FILES: Mapping[str, FiguresFile] = {
    "UTF-8 with semicolons": FiguresFile(text_file(QUARTER), WHOLE),
    "Windows-1252 with a Swedish period and heading": FiguresFile(
        text_file(
            ("kvartal 1 2010", *QUARTER[1:], "på väg"), encoding="cp1252", head=(*_HEADINGS, "Anmärkning, år")
        ),
        WHOLE,
    ),
    "title lines, and a total": FiguresFile(_title_and_total, WHOLE),
    "a row a month": FiguresFile(
        text_file(*_MONTHS),
        {SPENT: "118000.50"},
        tuple(f"'{key}' does not add up: one person" for key in _COUNTS),
    ),
    "a row a person": FiguresFile(
        text_file(*_PEOPLE, head=(*_HEADINGS, "personnummer")), {}, (_PERSONAL.format(place="F2"),) * 4
    ),
    "commas, and a mark of its encoding": FiguresFile(
        text_file(QUARTER, sign=",", encoding="utf-8-sig"), WHOLE
    ),
    "thousands": FiguresFile(
        text_file(("2010-Q1", "3", "2", "1", "118,0005"), head=(*_HEADINGS[:-1], "spent (tkr)")), WHOLE
    ),
    "tabs in UTF-16": FiguresFile(text_file(QUARTER, sign="\t", encoding="utf-16"), WHOLE),
    "signs for hidden numbers": FiguresFile(
        text_file(("2010-Q1", "3", "<5", "..", "118 000,50")),
        {REPORTS: "3", SPENT: "118000.50"},
        (_HIDDEN.format(place="C2", sign="<5"), _HIDDEN.format(place="D2", sign="..")),
    ),
    "a workbook": FiguresFile(_workbook, WHOLE, name="figures.xlsx"),
    # Faulty, each in its way.
    "faulty: thousands with a dot": FiguresFile(
        text_file(("2010-Q1", "3", "2", "1", "118.000")),
        _without(SPENT),
        ("E2: '…' can be read in two ways: write 118000 if it is thousands",),
    ),
    "faulty: a broken formula": FiguresFile(
        text_file(("2010-Q1", "3", "2", "1", "#REFERENS!")),
        _without(SPENT),
        ("E2 holds the error '#REFERENS!': correct its formula",),
    ),
    "faulty: a personal number in place of a count": FiguresFile(
        text_file(("2010-Q1", "3", MADE_UP, "1", "118 000,50")), {}, (_PERSONAL.format(place="C2"),) * 4
    ),
    "faulty: one quarter twice": FiguresFile(
        text_file(QUARTER, QUARTER), {}, ("are about the same time in 2010-Q1: leave one row for it",) * 4
    ),
}
