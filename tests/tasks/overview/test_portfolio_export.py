"""The exported portfolio, plan and calendar say of random lives what the commands and the pages say."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.programme.plan import Programme
from models.rules.steps.lateness import is_late
from models.rules.steps.stand import FUNDER
from models.tables.grant import Grant
from models.tables.person import OrganisationName, Person
from models.tables.step import Meeting, Step
from models.vocabulary import SETTLED, UNSETTLED, StepStatus
from tasks.files.table_writer import harmless
from tasks.overview.grants import Wish, list_standings, sum_figures
from tasks.overview.plan_sheet import plan_dates
from tasks.store.database import open_engine, reading
from tasks.words.translator import Translator, capitalised, translator
from tasks.words.vocabulary import word_name, word_step_status, word_step_title
from tests.builders import a_database, a_grant, add, an_organisation
from tests.grant_scenes import registry, rows, steps, today
from tests.import_desk import Desk
from tests.receipt_words import in_words
from tests.remembered import kept_file
from tests.simulation.office.office import BEGINS, PROGRAMME_NAMES, Chances, Office
from tests.simulation.office.work import see_to

SEED, GRANTS, DAYS = 1, 5, 330
Table = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return a database in which grants of as many programmes live: some are over, some late, some partly paid."""

    def live(path: Path) -> None:
        engine = a_database(tmp_path_factory.mktemp("office"))
        office = Office(engine, Chances(SEED, tuple(range(GRANTS))), see_to)
        while office.today < BEGINS + timedelta(days=DAYS):
            office.live_a_day(lambda: None)
            office.tomorrow()
        engine.dispose()  # the office keeps its file to itself
        with closing(sqlite3.connect(str(engine.url.database))) as whole:
            whole.execute("VACUUM INTO ?", (str(path),))

    own = tmp_path_factory.mktemp("lived") / "lived.db"
    shutil.copyfile(kept_file("lived portfolio", live), own)
    return open_engine(f"sqlite:///{own}")


@dataclass
class Exports:
    """What the commands wrote and said of the lives, in a language."""

    desk: Desk
    say: Translator

    def said(self, *arguments: str) -> Any:
        code, out, err = self.desk.grants(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    def written(self, *arguments: str) -> Path:
        code, _, err = self.desk.grants("export", *arguments)
        assert (code, err) == (0, "")
        return self.desk.folder / arguments[-1]

    def workbook(self, *references: str) -> list[Table]:
        book = load_workbook(self.written("xlsx", *references, "--out", "all.xlsx"))
        return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]

    def dated(self, *references: str) -> Counter[tuple[str, date]]:
        calendar = Calendar.from_ical(self.written("ics", *references, "--out", "all.ics").read_bytes())
        return Counter((str(one["summary"]), one.decoded("dtstart")) for one in calendar.walk("VEVENT"))

    @cached_property
    def status(self) -> list[dict[str, Any]]:
        return self.said("status")  # type: ignore[no-any-return]

    @cached_property
    def plans(self) -> dict[str, list[dict[str, Any]]]:
        return {row["reference"]: self.said("plan", row["reference"]) for row in self.status}

    def programme(self, reference: str) -> Programme:
        """Return the programme of a grant."""
        number = int(reference.removeprefix("SIM-"))
        return registry().get(PROGRAMME_NAMES[number % len(PROGRAMME_NAMES)])

    def title(self, reference: str, step: Mapping[str, Any]) -> str:
        """Return a step's title as its programme has it."""
        template = steps(self.desk.engine, reference)[step["key"]].template_key
        rule = {one.key: one for one in self.programme(reference).steps}.get(template)
        return capitalised(word_step_title(self.say, rule, step["kind"], step["period"]))


@pytest.fixture(params=["sv", "en"])
def exports(
    request: pytest.FixtureRequest,
    lived: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Exports:
    monkeypatch.setenv("GRANTS_LANGUAGE", request.param)
    return Exports(Desk(lived, tmp_path, monkeypatch, capsys), translator(request.param))


def day(cell: Any) -> str | None:
    """Return a cell's day as the commands say it; it is a day to the spreadsheet, and no text."""
    assert cell is None or isinstance(cell, datetime)
    return cell.date().isoformat() if cell else None


def test_plan_says_what_the_plan_command_says(exports: Exports, lived: Engine) -> None:
    began_on = today()
    say, table = exports.say, iter(exports.workbook()[1][1:])
    days = (began_on, today())  # midnight may have passed while it was written
    names = {row.email: row.name for row in rows(lived, Person)}
    grants = {row.reference: row for row in rows(lived, Grant)}
    statuses, waits = set(), 0
    for reference, plan in sorted(exports.plans.items()):
        held = steps(lived, reference)
        for said in plan:
            cells, row = next(table), held[said["key"]]
            assert cells[0] == reference
            assert cells[2] == exports.title(reference, said)
            assert cells[3] == word_name(say, "phase", said["phase"])
            assert [day(cell) for cell in cells[4:6]] == [said["opens_on"], said["due_on"]]
            assert day(cells[6]) == (row.done_on and row.done_on.isoformat())
            assert cells[7] in [
                word_step_status(say, row, on, late=is_late(row, grants[reference], on)) for on in days
            ]
            assert cells[8] == capitalised(word_name(say, "role", row.owner_role))
            assert (cells[9] or "") == names.get(said["owner"], "")
            programme = exports.programme(reference)
            swedish = in_words(row.receipt, "sv", programme, today=days[-1]).arithmetic
            why = swedish if say.language == "sv" else said["receipt"]["arithmetic"]
            # As the command has it: what is settled without a day waits for nothing.
            told = said["due_on"] is not None or said["status"] not in SETTLED
            assert (cells[10] or "") == (harmless(str(why)) if told else "")
            statuses.add(said["status"])
            waits += said["due_on"] is None and told
    assert next(table, None) is None
    assert statuses >= {StepStatus.WAITING, StepStatus.OPEN, StepStatus.DONE, StepStatus.CANCELLED}
    assert waits > 0


def test_portfolio_lists_as_late_the_grants_of_which_a_step_is_late(lived: Engine) -> None:
    with reading(lived) as connection, Session(connection) as session:
        pairs = session.exec(select(Step, Grant).join(Grant)).all()
        for days in (DAYS, DAYS + 30, DAYS + 400):
            on = BEGINS + timedelta(days=days)
            late = {one.reference for step, one in pairs if is_late(step, one, on) and not step.with_funder}
            listed = list_standings(connection, on, wish=Wish(state="late"))
            assert {row.reference for row in listed if row.is_late} == late
            assert len(listed) == len(late) == sum_figures(connection, on).late
            # What is late is named, not the funder's move that comes before it.
            ours = {(one.reference, step.key) for step, one in pairs if not step.with_funder}
            assert {(row.reference, row.next_step) for row in listed} <= ours
            assert all((row.slack_days or 0) < 0 and row.ball_with != FUNDER for row in listed)
    assert late


def test_calendar_has_each_step_that_is_due_and_each_meeting(exports: Exports, lived: Engine) -> None:
    grants = {row.reference: row for row in rows(lived, Grant)}
    for wanted in ((), ("SIM-1",), ("SIM-2", "SIM-3")):
        chosen = wanted or tuple(grants)
        due = Counter(
            (f"{exports.title(reference, step)} ({reference})", date.fromisoformat(step["due_on"]))
            for reference in chosen
            for step in exports.plans[reference]
            if step["due_on"] and step["status"] in UNSETTLED and grants[reference].status == "open"
        )
        assert exports.dated(*wanted) == due + meetings(
            lived, exports.say, {grants[one].recipient_id for one in chosen}
        )


def test_meeting_is_named_as_its_body_is_on_its_day(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    with engine.begin() as connection:
        body = an_organisation(connection, "Socialnämnden", {date(2011, 1, 1): "Omsorgsnämnden"})
        a_grant(connection, reference="REF-1", recipient_id=body)
        for held_on in (date(2010, 12, 14), date(2011, 1, 25)):
            add(connection, Meeting, organisation_id=body, kind="ordinary", held_on=held_on)
        dates = plan_dates(connection, translator("sv"), ["REF-1"], "example.org")
    assert [one.summary for one in dates] == ["Sammanträde: Socialnämnden", "Sammanträde: Omsorgsnämnden"]
    engine.dispose()


def meetings(engine: Engine, say: Translator, bodies: Collection[int]) -> Counter[tuple[str, date]]:
    """Return the meetings of the bodies that are held; here they have one name each."""
    names = {row.organisation_id: row.name for row in rows(engine, OrganisationName)}
    word = "Sammanträde" if say.language == "sv" else "Meeting"
    return Counter(
        (f"{word}: {names[row.organisation_id]}", row.held_on)
        for row in rows(engine, Meeting)
        if row.organisation_id in bodies and not row.cancelled
    )
