"""One reader a kind: a day, a sum, a share, a number and an account are the same in a form, an option and a row."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from deployments.cli.act_options import read_options
from models.errors import BadInput, Unreadable
from models.forms.field import MOST_DECIMALS, Field, Kind, read_fields
from models.intake.file import MeetingEntry, OrganisationEntry
from models.intake.headings import SHAPES
from models.reading.number import read_amount, stated_sum
from models.rules.answers.validation import read_answer
from tasks.intake.cell_names import CellNames
from tasks.intake.cells import read_cell
from tasks.intake.workbook import Heading
from tests.rule_builders import a_question

TODAY = date(2026, 12, 1)
REFUSED = "refused"
BANKGIRO = "Bankgiro 123-4566"
# How it is written, and what it is everywhere.
WRITTEN: dict[Kind, dict[str, Any]] = {
    Kind.DAY: {
        "2026-03-04": date(2026, 3, 4),
        "4/3 2026": date(2026, 3, 4),
        "4 mars 2026": date(2026, 3, 4),
        "20260304": date(2026, 3, 4),
        "31 september 2026": REFUSED,
        "03/04/2026": REFUSED,
        "snart": REFUSED,
    },
    Kind.SUM: {
        "10 000": 1_000_000,
        "10.000": 1_000_000,
        "10.000,50": 1_000_050,
        "10 000:-": 1_000_000,
        "789 tkr": 78_900_000,
        "1,2 mnkr": 120_000_000,
        "SEK 10,000.50": 1_000_050,
        "262.500 SEK": 26_250_000,
        "1,2345": REFUSED,
        "10 000 USD": REFUSED,
        "-5": REFUSED,
    },
    Kind.SHARE: {"60 %": "60 %", "60,5%": "60.5 %", "1 250,50": 125_050, "160 %": REFUSED},
    Kind.NUMBER: {"14": 14, " 14": 14, "14,0": 14, "1 4": REFUSED, "2,5": REFUSED, "fjorton": REFUSED},
    Kind.ACCOUNT: {"bg 123-4566": BANKGIRO, "123-4566": BANKGIRO, "bankgiro 123-4567": REFUSED},
}
_OPTIONS: dict[Kind, tuple[str, str]] = {
    Kind.DAY: ("claim", "claimed_on"),
    Kind.SUM: ("claim", "amount"),
    Kind.NUMBER: ("add-meeting", "minutes_days"),
    Kind.ACCOUNT: ("claim", "account"),
}


def in_form(kind: Kind, text: str) -> Any:
    """Return what a form reads."""
    decimals = 0 if kind is Kind.NUMBER else MOST_DECIMALS
    asked = Field("f", kind, currency="SEK", decimals=decimals)
    (read,) = read_fields([asked], {"f": text}, TODAY)
    return REFUSED if read.error else read.value


def as_option(kind: Kind, text: str) -> Any:
    """Return what a command reads in an option of the kind."""
    if kind is Kind.SHARE:
        (read,) = read_options("decide", {"i_": [(1, text)]}, TODAY, "SEK")
        return read.value
    act, name = _OPTIONS[kind]
    found = {one.name: one.value for one in read_options(act, {name: text}, TODAY, "SEK")}
    return found[name]


def in_row(kind: Kind, text: str) -> Any:
    """Return what an import reads in a cell of a list."""
    match kind:
        case Kind.DAY:
            return _cell("decisions", "decided_on", text)
        case Kind.SUM:
            return read_amount(str(_cell("decisions", "amount", text)), "SEK")
        case Kind.SHARE:
            return stated_sum(str(_cell("decisions", "amount", text)), "SEK")
        case Kind.NUMBER:
            days = _cell("meetings", "minutes_days", text)
            return MeetingEntry.model_validate(
                {"body": "b", "held_on": TODAY, "minutes_days": days}
            ).minutes_days
        case _:
            account = _cell("organisations", "account", text)
            entry = {"key": "k", "names": [{"name": "N"}], "account": account}
            return OrganisationEntry.model_validate(entry).account


def _cell(sheet: str, name: str, text: str) -> object:
    columns = next(shape.columns for shape in SHAPES if shape.kind == sheet)
    column = next(one for one in columns if one.field == name)
    return read_cell(Heading(column, column.heading("sv")), text, CellNames())


def as_answer(kind: Kind, text: str) -> Any:
    """Return what a question of a report reads."""
    asked = {Kind.DAY: "date", Kind.SUM: "money", Kind.NUMBER: "number"}[kind]
    whole = {"whole": True} if kind is Kind.NUMBER else {}
    said = read_answer(a_question("answer", asked, **whole), text, "SEK")
    if kind is Kind.DAY:
        return date.fromisoformat(str(said))
    return int(Decimal(str(said)).scaleb(2)) if kind is Kind.SUM else said


ASKED = (Kind.DAY, Kind.SUM, Kind.NUMBER)  # a question is none of the others


@pytest.mark.parametrize(
    ("kind", "reads"),
    [
        *((kind, reads) for kind in WRITTEN for reads in (in_form, as_option, in_row)),
        *((kind, as_answer) for kind in ASKED),
    ],
)
def test_kind_is_read_alike_everywhere(kind: Kind, reads: Callable[[Kind, str], Any]) -> None:
    read: dict[str, Any] = {}
    for text in WRITTEN[kind]:
        try:
            read[text] = reads(kind, text)
        except (BadInput, Unreadable, ValueError):
            read[text] = REFUSED
    assert read == WRITTEN[kind]


def test_row_needs_the_year_that_a_form_and_an_option_can_do_without() -> None:
    assert (in_form(Kind.DAY, "21/11"), as_option(Kind.DAY, "21/11")) == (
        date(2026, 11, 21),
        date(2026, 11, 21),
    )
    with pytest.raises(Unreadable):
        in_row(Kind.DAY, "21/11")
