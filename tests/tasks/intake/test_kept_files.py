"""Import a dozen files as offices keep them: taken, or every problem told by its cell, and twice is once."""

from __future__ import annotations

from datetime import date

import pytest

from models.tables.grant import Decision, Grant
from models.tables.money import BudgetLine
from models.tables.person import Person
from models.tables.step import Meeting
from tests.grant_scenes import dump, rows
from tests.import_desk import Desk
from tests.kept_files import KEPT, write_kept

# What each says in the order in which the office would import them: taken, or refused by its cells.
TAKEN = {
    "kontakter.csv": ["2 new (2 people), 0 changed, 0 unchanged"],
    "bidrag.xlsx": ["4 new (2 organisations, 1 grant, 1 decision), 0 changed, 0 unchanged"],
    "sammanträden.csv": ["2 new (2 meetings), 0 changed, 0 unchanged"],
    "budget.csv": ["2 new (2 lines of budgets), 0 changed, 0 unchanged"],
    "procent.xlsx": ["2 new (1 grant, 1 decision), 0 changed, 0 unchanged"],
    "blandat.xlsx": [
        "1 new (1 grant), 0 changed, 0 unchanged",
        "note: blandat.xlsx: in 'Grants' the column 'Kommentar' is not read",
        "note: blandat.xlsx: the sheet 'Gammalt' is hidden and is not read",
    ],
    "rubriker.csv": [
        "0 new, 0 changed, 0 unchanged",
        "note: rubriker.csv: there is no row below the headings",
    ],
}
REFUSED = {
    "negativ.csv": [
        "C2: '(25)' is not a number",
        "C3: '-25,5' is less than nothing",
        "C4: '12-' is not a number",
    ],
    "fel.xlsx": [
        "Bidrag!B3: holds a formula whose value was never saved: open and save the file",
        "Bidrag!F3: '08:00:00' is not a date: write it as 2010-12-31",
        "Bidrag!G3: 'True' is not a date: write it as 2010-12-31",
        "Bidrag!B4: holds the error '#REF!': mend its formula, or write what belongs there",
        "Bidrag!D4: holds the error '#N/A': mend its formula, or write what belongs there",
        "Bidrag!H4: '15/9-09' is not a date: write it as 2010-12-31",
        "Bidrag!E5: holds the error '#SAKNAS!': mend its formula, or write what belongs there",
    ],
    "dubbletter.csv": [
        "B3: 'ANNA@example.org' stands above already",
        "B6: 'bo@example.org' stands above already",
    ],
    "summerad.csv": [
        "A3: 'Summa' adds up other rows: leave the row out",
        "B3: is empty: Konto is needed",
    ],
    "tredjedelar.xlsx": ["Budget!C2: '33333.333333' has more than 2 decimals: round it"],
    "tom.xlsx": ["there is nothing to import: the file is empty"],
    "tom.csv": ["there is nothing to import: the file is empty"],
}


@pytest.fixture
def engine_kind() -> str:
    """What a file says does not depend on the kind; `test_imports.py` writes and refuses on each."""
    return "sqlite"


def test_files_that_an_office_keeps_are_imported_once_or_refused_by_their_cells(desk: Desk) -> None:
    for name in KEPT:
        write_kept(desk.folder, name)
        before = dump(desk.engine)
        tried = desk.bring(name, more=("--dry-run",))
        assert dump(desk.engine) == before, name
        code, out, err = desk.bring(name)
        if name in REFUSED:
            said = [f"{name}: {one}" for one in REFUSED[name]]
            invalid = "grants: The import file is not valid: "
            many = [*said, f"{invalid}{len(said)} problems; nothing is imported"]
            assert (code, out, err.splitlines()) == (2, "", many if len(said) > 1 else [invalid + said[0]])
            assert tried == (code, out, err)
            assert dump(desk.engine) == before, name
            continue
        assert (code, err) == (0, ""), name
        first, *notes = TAKEN[name]
        assert out.splitlines()[: len(notes) + 1] == [f"{name}: {first}", *notes]
        assert tried[1].splitlines()[0] == f"{name}: {first} (dry run: nothing is written)"
        after = dump(desk.engine)
        assert desk.bring(name)[1].startswith(f"{name}: 0 new, 0 changed, ")
        assert dump(desk.engine) == after, name
    assert {row.name for row in rows(desk.engine, Person)} == {"Åsa Ö", "Bo"}
    grants = {row.reference: row for row in rows(desk.engine, Grant)}
    assert set(grants) == {"SN 2009/17", "SN 2009/18", "SN 2010/3"}
    assert grants["SN 2009/17"].award_minor == 50_000_000
    assert grants["SN 2009/17"].period_end_on == date(2010, 12, 31)
    assert [(row.held_on, row.documents_on) for row in rows(desk.engine, Meeting)] == [
        (date(2010, 12, 14), date(2010, 12, 7)),
        (date(2011, 1, 18), None),
    ]
    assert {(row.account, row.amount_minor) for row in rows(desk.engine, BudgetLine)} == {
        ("0510", 37_500_000),
        ("5800", 2_500_000),
    }
    shares = [row.instalments for row in rows(desk.engine, Decision) if row.instalments]
    assert shares == [{"1": "80 %"}]
