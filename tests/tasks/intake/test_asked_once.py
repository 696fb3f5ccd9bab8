"""What no row of a list says, its programme and its recipient, is asked once a funder."""

import json

import pytest

from models.tables.grant import Grant
from tests.grant_scenes import dump, rows
from tests.import_desk import Desk

PEOPLE = "Namn;E-post\nBo Ek;bo@example.org\n"
HEAD = "Dnr;Projekt;Bidragsgivare;Handläggare;Från;Till;Sista ansökningsdag\n"
LIST = HEAD + "".join(
    f"SN {number};Samordning;{funder};Bo Ek;2010-01-01;2010-12-31;2009-09-15\n"
    for number, funder in ((1, "Länsstyrelsen"), (2, "Länsstyrelsen"), (3, "Socialstyrelsen"))
)
NAMED = (
    "--programme",
    "Länsstyrelsen=development-funds-2009",
    "--programme",
    "Socialstyrelsen=development-funds-2009",
)


def ask(what: str, funder: str, count: int, column: str) -> str:
    return (
        f"no {what} is named for grants of {funder} (rows: {count}): fill a column {column}, or say it once"
        f" ('grants import --{what} \"{funder}=...\"')"
    )


def test_what_no_row_says_is_asked_once_a_funder(desk: Desk) -> None:
    files = desk.write(PEOPLE, "people.csv"), desk.write(LIST, "list.csv")
    before = dump(desk.engine)
    code, out, err = desk.bring(*files)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"list.csv: C2: {ask('programme', 'Länsstyrelsen', 2, 'Program')}",
        f"list.csv: C2: {ask('recipient', 'Länsstyrelsen', 2, 'Mottagare')}",
        f"list.csv: C4: {ask('programme', 'Socialstyrelsen', 1, 'Program')}",
        f"list.csv: C4: {ask('recipient', 'Socialstyrelsen', 1, 'Mottagare')}",
        "grants: The import file is not valid: 4 problems; nothing is imported",
    ]
    assert dump(desk.engine) == before
    # A recipient for all, a programme a funder.
    code, out, err = desk.bring(*files, more=(*NAMED, "--recipient", "Socialnämnden"))
    assert (code, err) == (0, "")
    assert "Socialnämnden" in out
    assert [row.reference for row in rows(desk.engine, Grant)] == ["SN 1", "SN 2", "SN 3"]
    # A grant that is here is asked nothing.
    assert "0 new, 0 changed" in desk.bring(files[1])[1]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(
            ("--programme", "development-fund-2009"),
            "there is no programme 'development-fund-2009'; did you mean",
            id="no programme",
        ),
        pytest.param(
            ("--programme", "Länstyrelsen=development-funds-2009"),
            "no programme is named for grants of Länsstyrelsen",
            id="no such funder",
        ),
    ],
)
def test_answer_that_fits_no_row_leaves_the_question(desk: Desk, more: tuple[str, ...], says: str) -> None:
    files = desk.write(PEOPLE, "people.csv"), desk.write(LIST, "list.csv")
    code, _, err = desk.bring(*files, more=(*more, "--recipient", "Socialnämnden"))
    assert code == 2
    assert f"list.csv: C2: {says}" in err
    said = json.loads(desk.bring(*files, more=(*more, "--recipient", "Nämnden", "--json"))[1])
    assert [(one["place"], one["file"]) for one in said["problems"]] == [
        ("C2", "list.csv"),
        ("C4", "list.csv"),
    ]


def test_programme_that_cannot_be_read_is_told_and_not_asked(desk: Desk) -> None:
    wrong = HEAD.replace("Projekt;", "Projekt;Program;") + LIST.splitlines()[1].replace(
        "Samordning;", "Samordning;development-fund-2009;"
    )
    files = desk.write(PEOPLE, "people.csv"), desk.write(wrong, "list.csv")
    told = desk.bring(*files, more=("--recipient", "Socialnämnden"))[2].splitlines()
    assert len(told) == 1
    assert "C2: there is no programme 'development-fund-2009'" in told[0]
