"""Lives go on from a workbook as they would have where it was written; what is wrong in it is named by its cell."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from sqlalchemy import Engine, func, insert, select, update

from deployments.shipped_files import PROGRAMMES
from models.columns import table_of
from models.grant import Grant
from models.sheet_shapes import ABOUT, SHAPES
from models.step import Figure
from tasks.office.import_preview import ImportTroubles, import_read
from tasks.office.import_report import ImportReport
from tasks.office.import_tables import known_of, read_import
from tasks.office.import_workbook import NOT_IN_IT, import_workbook, letters_waiting
from tasks.office.imports import ImportDay
from tasks.programmes.programme_shelf import ProgrammeShelf
from tasks.store.database import dry_run, reading, transaction
from tests.builders import a_database
from tests.databases import a_new_postgres_database
from tests.grant_scenes import (
    DEPUTY,
    GRANT,
    LETTER,
    NOTICE,
    ORGANISATIONS,
    OWNER,
    PERSON,
    STEP,
    a_grant_that_was,
    a_staff,
    an_entry,
    at,
    bring_in,
    do_round,
    dump,
    events,
    rows,
    shelf,
    steps,
)
from tests.simulated_office import BEGINS, Chances, Office
from tests.simulated_work import see_to
from tests.source_tree import ROOT
from tests.test_round_trip import (
    half_paid_and_extended,
    put_off_returned_and_given_away,
    read_in_one_way,
    sheets,
)

ON = date(2011, 3, 30)
GRANTS = 9  # of as many programmes, those that pay in arrears among them
Told = Counter[tuple[date, str, str, str, str]]


def written(engine: Engine, language: str = "sv") -> bytes:
    with reading(engine) as connection:
        return import_workbook(connection, language)


def brought(
    engine: Engine, workbook: bytes, folder: Path, on: date = ON, programmes: ProgrammeShelf | None = None
) -> ImportReport:
    """Import the workbook late on the day; a dry run where the engine is one."""
    programmes = programmes or shelf()
    path = folder / "import.xlsx"
    path.write_bytes(workbook)
    with reading(engine) as connection:
        known = known_of(connection, [path], programmes)
    report = import_read(engine, {path.name: read_import(path, known)}, programmes, ImportDay(on, at(on, 22)))
    return report[path.name]


def last_notice(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.coalesce(func.max(NOTICE.c.id), 0))).scalar_one())


def told_after(engine: Engine, last: int) -> Told:
    """Return who was told of which step, on which day and of what kind, by the notices after that one."""
    query = (
        select(NOTICE.c.told_on, GRANT.c.reference, STEP.c.key, NOTICE.c.kind, PERSON.c.email)
        .join(STEP, STEP.c.id == NOTICE.c.step_id)
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .join(PERSON, PERSON.c.id == NOTICE.c.person_id)
        .where(NOTICE.c.id > last)
    )
    with reading(engine) as connection:
        return Counter(tuple(row) for row in connection.execute(query))


def a_life_until(engine: Engine, seed: int, days: int) -> date:
    """Let an office live for days, and on until no letter waits to leave; return the last one."""
    office, waiting = Office(engine, Chances(seed, tuple(range(GRANTS))), see_to), 1
    while waiting or office.today < BEGINS + timedelta(days=days):
        office.tomorrow()
        office.live_a_day(lambda: None)
        for hour in (18, 21):
            office.deliver(hour)
        with reading(engine) as connection:
            waiting = letters_waiting(connection)
    return office.today


@pytest.mark.parametrize(
    ("seed", "days", "kind", "language"),
    [(1, 200, "sqlite", "sv"), (3, 200, "postgresql", "en")],
)
def test_lives_go_on_elsewhere_as_they_would_have_here(
    seed: int, days: int, kind: str, language: str, tmp_path: Path
) -> None:
    one = a_database(tmp_path)
    other = a_new_postgres_database() if kind == "postgresql" else a_database(tmp_path)
    on = a_life_until(one, seed, days)
    workbook = written(one, language)
    assert brought(dry_run(other), workbook, tmp_path, on).new["grant"] == GRANTS
    assert rows(other, Grant) == []
    brought(other, workbook, tmp_path, on)
    for each in ("sv", "en"):
        assert sheets(written(other, each)) == sheets(written(one, each))
    again = brought(other, workbook, tmp_path, on)
    assert (again.new.total(), again.changed.total()) == (0, 0)
    lasts = last_notice(one), last_notice(other)
    for day in range(1, 151):
        for engine in (one, other):
            do_round(engine, on + timedelta(days=day))
    here, there = (told_after(engine, last) for engine, last in zip((one, other), lasts, strict=True))
    assert here == there
    assert here.total() > 50
    one.dispose()
    other.dispose()


GATHERED_AT = at(date(2010, 4, 19), 7)
FIGURE: dict[str, Any] = {
    "question": "spent",
    "value": "1250.50",
    "source": "Bokslut =2010.xlsx",
    "sha256": "ab" * 32,
    "period": "2010-Q1",
    "accounts": {"5010": "1300.5", "": "-50"},
    "gathered_at": GATHERED_AT,
}


def gathered(engine: Engine, reference: str = "REF-1", **changes: Any) -> None:
    """Let a figure have been gathered for the grant's first follow-up."""
    step_id = steps(engine, reference)["follow-up-2010-q1"].id
    with transaction(engine) as connection:
        connection.execute(insert(table_of(Figure)), [FIGURE | {"step_id": step_id} | changes])


def figures(engine: Engine) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row._mapping.items() if name not in ("id", "step_id")}
        for row in rows(engine, Figure)
    ]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_figures_come_along_with_their_sources(tmp_path: Path, language: str) -> None:
    one, other = a_database(tmp_path), a_database(tmp_path)
    a_grant_that_was(one, "first paid")
    gathered(one)
    gathered(one, question="persons_under_18", value="12", sha256=None, accounts={})
    brought(other, written(one, language), tmp_path)
    assert figures(other) == figures(one)
    assert events(other).count("figures_imported") == 1
    assert brought(other, written(one, language), tmp_path).unchanged["grant"] == 1
    # What is gathered here later is newer than the file, and stays.
    with transaction(other) as connection:
        changed = table_of(Figure).update().where(table_of(Figure).c.question == "spent")
        connection.execute(
            changed.values(value="7", source="Bokslut maj.xlsx", gathered_at=GATHERED_AT + timedelta(days=30))
        )
    assert brought(other, written(one, language), tmp_path).unchanged["grant"] == 1
    assert {row["value"] for row in figures(other)} == {"7", "12"}
    one.dispose()
    other.dispose()


def test_source_of_an_answered_step_is_asked_again_where_its_figures_come_to(tmp_path: Path) -> None:
    one, other = a_database(tmp_path), a_database(tmp_path)
    a_grant_that_was(one, "followed up")
    with transaction(one) as connection:
        connection.execute(update(table_of(Grant)).values(figures_file=str(tmp_path / "figures.csv")))
    gathered(one)
    on = date(2010, 11, 1)
    brought(other, written(one), tmp_path, on)
    again = {key: row.gather_on for key, row in steps(other).items() if row.gather_on is not None}
    assert again == {"follow-up-2010-q1": on + timedelta(days=7)}
    one.dispose()
    other.dispose()


def with_cells(workbook: bytes, cells: Mapping[tuple[str, str], Any], row: int = 2) -> bytes:
    """Return the workbook with cells of the row changed, by sheet and heading."""
    book = load_workbook(io.BytesIO(workbook))
    for (title, heading), value in cells.items():
        sheet = book[title]
        column = next(cell.column for cell in sheet[1] if cell.value == heading)
        sheet.cell(row, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# A cell of each sheet that is wrong, by the sheet's kind: its heading, and what stands there.
WRONG = {
    "organisations": ("Valid from", "31/2 2010"),
    "people": ("Manager", "nobody@example.org"),
    "absences": ("First", "i går"),
    "meetings": ("Held on", "1/2/2011"),
    "grants": ("Period start on", "soon"),
    "dates": ("On", "31/2 2010"),
    "decisions": ("Amount", "många"),
    "done": ("Done on", "x"),
    "answers": ("Question", "no-such-question"),
    "said": ("Said", "perhaps"),
    "told": ("Notice", "rumour"),
    "figures": ("Gathered at", "in spring"),
    "figure_accounts": ("Part", "much"),
    "steps": ("Version", "many"),
    "extensions": ("To", "later"),
    "readings": ("Confirmed on", "2010-13-01"),
    "instalments": ("Number", "first"),
    "part_payments": ("Part paid", "half"),
    "budgets": ("Amount", "-5"),
}
# What is wrong with an entry is looked for where its cells can be read, and what it means where the entry is sound.
OF_ENTRIES = ("said", "told", "figures", "figure_accounts")
TAKEN_TOGETHER = (tuple(kind for kind in WRONG if kind not in (*OF_ENTRIES, "answers")), OF_ENTRIES)


def a_rich_office(engine: Engine) -> None:
    """Have something in every sheet."""
    a_grant_that_was(engine, "closed")
    absent = a_staff(coordinator={"absences": [{"first": date(2011, 7, 1), "last": date(2011, 7, 31)}]})
    bring_in(
        engine,
        ON,
        people=absent,
        meetings=[{"body": "committee", "held_on": date(2010, 12, 14)}],
        budgets=[{"reference": "REF-1", "account": "5010", "amount": 1_000}],
    )
    half_paid_and_extended(engine, "REF-3")
    read_in_one_way(engine, "REF-4")
    put_off_returned_and_given_away(engine, "REF-5")
    gathered(engine)
    do_round(engine, date(2011, 3, 29))
    with transaction(engine) as connection:
        connection.execute(LETTER.update().values(status="cancelled"))


def test_wrong_cells_of_every_sheet_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    one, other = a_database(tmp_path), a_database(tmp_path)
    a_rich_office(one)
    workbook, before = written(one, "en"), dump(other)
    tables, titles = sheets(workbook), {shape.kind: shape.titles[1] for shape in SHAPES}
    assert set(WRONG) == set(titles)
    assert all(len(tables[title]) > 1 for title in titles.values())
    for kinds in TAKEN_TOGETHER:
        cells = {(titles[kind], WRONG[kind][0]): WRONG[kind][1] for kind in kinds}
        with pytest.raises(ImportTroubles) as refused:
            brought(other, with_cells(workbook, cells), tmp_path)
        wanted = {
            f"{title}!{get_column_letter(tables[title][0].index(heading) + 1)}2" for title, heading in cells
        }
        assert {trouble.place for trouble in refused.value.troubles} == wanted
        assert len(refused.value.troubles) == len(wanted)
    # That no step asks it is found by the import itself.
    with pytest.raises(ImportTroubles) as refused:
        brought(other, with_cells(workbook, {("Answers", "Question"): WRONG["answers"][1]}, row=3), tmp_path)
    assert [trouble.place for trouble in refused.value.troubles] == ["Answers!C3"]
    assert dump(other) == before
    one.dispose()
    other.dispose()


def test_amended_workbook_changes_what_was_amended(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_rich_office(engine)
    workbook = written(engine, "en")
    people, grants, meetings = (sheets(workbook)[name] for name in ("People", "Grants", "Meetings"))
    cells = {
        ("People", "Phone"): "+46 8 1",
        ("Grants", "Title"): "Another title",
        ("Meetings", "Documents on"): date(2010, 12, 1),
    }
    amended = with_cells(workbook, cells)
    shown = brought(dry_run(engine), amended, tmp_path)
    report = brought(engine, amended, tmp_path)
    assert str(shown) == str(report)
    assert report.new.total() == 0
    assert dict(report.changed) == {"person": 1, "meeting": 1, "grant": 1}
    now = sheets(written(engine, "en"))
    assert sum(
        before != after
        for title in now
        for row, other in zip(sheets(workbook)[title], now[title], strict=True)
        for before, after in zip(row, other, strict=True)
    ) == len(cells)
    assert (len(people), len(grants), len(meetings)) == tuple(
        len(now[name]) for name in ("People", "Grants", "Meetings")
    )
    engine.dispose()


def test_figure_or_notice_that_is_amended_is_refused_where_the_grant_runs(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    gathered(engine)
    before = dump(engine)
    for cells, said in (
        (
            {("Figures", "Value"): "99"},
            "Figures!C2: grant REF-1: figures: 'follow-up-2010-q1' has another 'spent'",
        ),
        ({("Figures", "Sha256"): "ab"}, "Figures!G2: 'ab' is not a SHA-256"),
        (
            {("Figures", "Gathered at"): "in spring"},
            "Figures!F2: expected a moment with its time zone, as 2010-12-31T08",
        ),
    ):
        with pytest.raises(ImportTroubles, match=said):
            brought(engine, with_cells(written(engine, "en"), cells), tmp_path)
    assert dump(engine) == before
    engine.dispose()


def test_nobody_is_told_again_and_versions_go_on(tmp_path: Path) -> None:
    one, other = a_database(tmp_path), a_database(tmp_path)
    away = {"absences": [{"first": date(2010, 4, 20), "last": date(2010, 4, 27)}]}
    bring_in(one, date(2009, 9, 1))
    a_grant_that_was(one, "first paid")
    bring_in(one, date(2010, 4, 1), people=a_staff(coordinator=away), grants=[an_entry()])
    for day in (16, 20, 23):
        do_round(one, date(2010, 4, day))
    with transaction(one) as connection:
        connection.execute(LETTER.update().values(status="cancelled"))
    brought(other, written(one), tmp_path, date(2010, 4, 23))
    assert {row.opened_on for row in rows(other, Grant)} == {date(2009, 9, 1)}
    for name in ("version", "owner_since_on", "next_action_on"):
        assert {key: getattr(row, name) for key, row in steps(other).items()} == {
            key: getattr(row, name) for key, row in steps(one).items()
        }, name
    last = last_notice(other)
    do_round(other, date(2010, 4, 23))
    assert told_after(other, last).total() == 0
    assert {OWNER, DEPUTY} <= {row[4] for row in told_after(other, 0)}
    one.dispose()
    other.dispose()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [("agenda_days: 7", "agenda_days: 8", ["REF-1"]), ("agenda_days: 7", "agenda_days: 7  # a week", [])],
    ids=["another day", "a comment"],
)
def test_grant_whose_programme_is_another_here_is_named(
    tmp_path: Path, old: str, new: str, named: list[str]
) -> None:
    one, other, folder = a_database(tmp_path), a_database(tmp_path), tmp_path / "programmes"
    bring_in(one, date(2009, 9, 1), people=a_staff(), organisations=ORGANISATIONS, grants=[an_entry()])
    folder.mkdir()
    for path in PROGRAMMES.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if path.stem == an_entry()["programme"]:
            assert old in text
            text = text.replace(old, new)
        (folder / path.name).write_text(text, encoding="utf-8")
    workbook, programmes = written(one), ProgrammeShelf(folder)
    report = brought(other, workbook, tmp_path, programmes=programmes)
    assert report.other_programme == named
    said = [note for note in report.notes() if "programme was another" in note]
    assert len(said) == len(named)
    assert report.as_json().get("other_programme", []) == named
    # A grant that is here keeps the version that it was opened under: there is nothing to say.
    assert brought(other, workbook, tmp_path, programmes=programmes).other_programme == []
    one.dispose()
    other.dispose()


def test_workbook_and_readme_say_the_same_of_what_is_not_in_it(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    for language, said in (("sv", (NOT_IN_IT.sv, NOT_IN_IT.en)), ("en", (NOT_IN_IT.en, NOT_IN_IT.sv))):
        assert sheets(written(engine, language))[ABOUT[language == "en"]] == [(one,) for one in said]
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert NOT_IN_IT.en in readme
    engine.dispose()
