"""A list that says what was paid so far, and by when the final account is due, is read as payments and dates."""

from datetime import date

import pytest
from openpyxl import Workbook

from models.tables.money import Instalment, Payment
from models.tables.step import Step
from tests.grant_scenes import dump, grant, rows
from tests.import_desk import Desk

HEAD = [
    *("Dnr", "Projekt", "Program", "Bidragsgivare", "Mottagare", "Handläggare", "Från", "Till"),
    *(
        "Sista ansökningsdag",
        "Beslutsdatum",
        "Beviljat belopp (tkr)",
        "Utbetalt hittills",
        "Senaste utbetalning",
    ),
    "Slutredovisning senast",
]


def bring(desk: Desk, paid: object, paid_on: object = None) -> tuple[int, str, str]:
    """Import a list of one grant of 500 000 kronor, of which 400 000 may have left."""
    book = Workbook()
    people, grants = book.active, book.create_sheet("Bidrag")
    assert people is not None
    for row in (["Namn", "E-post"], ["Bo Ek", "bo@example.org"]):
        people.append(row)
    grants.append(HEAD)
    grants.append(
        [
            *("SN 2010/1", "Samordning", "development-funds-2009", "Länsstyrelsen", "Nämnden", "Bo Ek"),
            *("2010-01-01", "2010-12-31", "2009-09-15", "2009-11-05", 500, paid, paid_on, date(2011, 1, 20)),
        ]
    )
    book.save(desk.folder / "in.xlsx")
    return desk.bring("in.xlsx")


def test_sum_that_was_paid_so_far_is_payments_that_have_come(desk: Desk) -> None:
    code, out, err = bring(desk, "300.000 SEK", "2009-12-10")
    assert (code, err) == (0, "")
    assert "is not read" not in out
    assert "claim-advance" not in out  # what came was claimed; the rest of it is waited for
    assert grant(desk.engine, "SN 2010/1").award_minor == 50_000_000
    final = next(row for row in rows(desk.engine, Step) if row.key == "final-report")
    assert final.due_on == date(2011, 1, 20)
    came = [
        (row.number, str(row.status), row.amount_minor, row.paid_minor)
        for row in rows(desk.engine, Instalment)
    ]
    assert came == [(1, "paid", 40_000_000, 30_000_000), (2, "withheld", 10_000_000, None)]
    before = dump(desk.engine)
    assert "0 new, 0 changed" in bring(desk, 300_000, "2009-12-10")[1]
    assert dump(desk.engine) == before
    assert bring(desk, 400_000)[0] == 0
    # Without a day it came by the day of the import.
    payments = [(row.paid_on, row.amount_minor) for row in rows(desk.engine, Payment)]
    assert payments == [(date(2009, 12, 10), 30_000_000), (date(2010, 1, 15), 10_000_000)]


@pytest.mark.parametrize(
    ("paid", "paid_on", "says"),
    [
        pytest.param(
            450_000,
            None,
            "L2: grant SN 2010/1: instalment 2 is withheld, so it cannot be paid yet",
            id="withheld",
        ),
        pytest.param(
            300_000,
            "2010-02-01",
            "M2: grant SN 2010/1: what was paid so far on 2010-02-01 lies",
            id="to come",
        ),
        pytest.param(
            250_000,
            None,
            "L2: grant SN 2010/1: less was paid so far (250,000 SEK) than is recorded here (300,000 SEK)",
            id="less than here",
        ),
    ],
)
def test_sum_that_cannot_have_been_paid_is_told_by_its_cell(
    desk: Desk, paid: int, paid_on: str | None, says: str
) -> None:
    if paid < 300_000:
        assert bring(desk, 300_000)[0] == 0
    before = dump(desk.engine)
    code, _, err = bring(desk, paid, paid_on)
    assert code == 2
    assert f"Bidrag!{says}" in err.replace("\N{NO-BREAK SPACE}", " ")
    assert dump(desk.engine) == before
