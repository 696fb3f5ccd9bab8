"""A programme that is made of ten answers: its file and calendar, what does not fit, and the page and the command."""

import io
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from deployments.shipped_files import PROGRAMMES
from models.errors import BadInput
from tasks.programmes.files import ProgrammeRegistry, read_programme
from tasks.programmes.made import LADDERS, QUESTIONS, REPORTS, USUAL, YES_NO, NewProgramme
from tests.desk_scenes import checked, done, main_of
from tests.grant_scenes import ADMIN, ORGANISATIONS, OWNER, a_staff, at, bring_in
from tests.portal_scenes import Site, problems, settings_for

ANSWERS = USUAL | {
    "title": "Trygga kvällar",
    "source": "Länsstyrelsen, beslut 701-1234-2026",
    "shares": "75, 25",
}
DAY = date(2026, 1, 20)


def made(folder: Path, **answers: str) -> NewProgramme:
    """Return what makes a programme of the usual answers and these."""
    return NewProgramme((folder, PROGRAMMES), "SE", ANSWERS | answers)


def test_answers_make_a_file_that_says_what_the_letter_says(tmp_path: Path) -> None:
    assert len(QUESTIONS) == 10
    new = made(tmp_path, reports="quarter", committee="yes", repay_days="30", final_days="")
    dated = {one.key: one.due_on for one in new.make().planned}
    assert [*dated][:3] == ["application", "funder-decision", "claim-advance"]
    assert {"report-2026-q1", "draft", "draft-approval", "final-report", "final-report-approval"} <= {*dated}
    assert dated["report-2026-q1"] == date(2026, 4, 30)
    assert list(tmp_path.iterdir()) == []
    programme = read_programme(new.write())
    assert [(one.number, one.text, one.needs) for one in programme.instalments] == [
        (1, "75 %", ()),
        (2, "rest", ("final-report-approval",)),
    ]
    assert ProgrammeRegistry(tmp_path, PROGRAMMES).get("trygga-kvallar").source == ANSWERS["source"]


@pytest.mark.parametrize("number", range(12))
def test_whatever_is_answered_gives_a_sound_programme(tmp_path: Path, number: int) -> None:
    every = list(
        product(("100", "80, 20", "40;40;20"), YES_NO, REPORTS, ("", "60"), YES_NO, ("", "30"), LADDERS)
    )
    names = ("shares", "waits", "reports", "final_days", "committee", "repay_days", "ladder")
    chosen = every[number * 37 % len(every)]
    assert made(tmp_path, **dict(zip(names, chosen, strict=True))).make().planned


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        pytest.param({"shares": "80, 30"}, "together they are 100", id="more than all"),
        pytest.param({"shares": "half"}, "write the parts in per cent", id="no number"),
        pytest.param({"shares": ""}, "write the parts in per cent", id="no part"),
        pytest.param({"repay_days": "soon"}, "'soon' is not a number of days", id="no days"),
        pytest.param({"title": "2026"}, "gives no name", id="no letter"),
        pytest.param({"title": "LONA"}, "there is a programme 'lona' already", id="taken"),
    ],
)
def test_answer_that_does_not_fit_is_refused(tmp_path: Path, answers: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        made(tmp_path, **answers).make()


def test_command_asks_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    given = "Trygga kvällar\nLänsstyrelsen\n75, 25\nyes\nquarter\n30\n\nno\n\nusual\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    assert run(["new-programme"]) == 0
    said = capsys.readouterr().out
    assert "What does the funder call the grant?" in said
    assert "report-2026-q1" in said
    assert said.strip().endswith("programmes/trygga-kvallar.yaml")
    assert run(["programmes", "trygga-kvallar"]) == 0


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Site:
    bring_in(engine, DAY, organisations=ORGANISATIONS, people=a_staff())
    return Site(engine, settings_for(tmp_path), at(DAY, 10))


def test_page_shows_the_calendar_and_then_writes(office: Site) -> None:
    admin, home = office.client(who=ADMIN), office.settings.home
    answers = {name: ANSWERS[name] for name in QUESTIONS} | {"reports": "quarter"}
    wrong = checked(admin, "/desk/new-programme/0", **answers | {"shares": "80"})
    assert (wrong.status_code, "100" in problems(wrong)[0]) == (409, True)
    seen = main_of(checked(admin, "/desk/new-programme/0", **answers))
    assert "30 april" in seen
    assert not (home / "programmes").exists()
    assert "sparat" in main_of(done(admin, "/desk/new-programme/0", **answers))
    assert (home / "programmes" / "trygga-kvallar.yaml").is_file()
    assert "Trygga kvällar" in main_of(admin.get("/new-grant"))
    assert office.client(who=OWNER).get("/desk/new-programme/0").status_code == 404
