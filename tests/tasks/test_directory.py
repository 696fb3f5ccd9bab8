"""The file of people that the office's directory writes: what is taken over, what waits, and who hands over at once."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from models.commands.clock import Clock
from models.errors import BadInput, ImportInvalid, Refused
from models.tables.grant import GrantRole
from models.tables.person import Absence, Person
from tasks.directory import TakeDirectory, TooMuch, see_to_directory
from tasks.store.database import dry_run, transaction
from tests.builders import an_absence
from tests.desk_scenes import checked, done, main_of
from tests.grant_scenes import (
    ADMIN,
    DEPUTY,
    MANAGER,
    OWNER,
    a_staff,
    an_entry,
    at,
    dump,
    events,
    open_grants,
    person_id,
    rows,
    steps,
)
from tests.portal_scenes import Site, settings_for
from tests.remembered import remembered

DAY = date(2009, 9, 8)
CLOCK = Clock(DAY, at(DAY, 3))
HEAD = "E-post;Namn;Avdelning;Chef;Frånvarande från;Frånvarande till;Slutade\n"


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Site:
    """A grant of the staff's, and a directory that says nothing yet."""
    remembered(engine, "a directory's staff", lambda: open_grants(engine, an_entry(), people=a_staff()))
    return Site(
        engine, settings_for(tmp_path, directory=str(tmp_path / "people.csv"), language="en"), at(DAY, 3)
    )


def written(site: Site, *lines: str) -> TakeDirectory:
    """Write the directory's file, and return what takes it over."""
    Path(site.settings.directory).write_text(HEAD + "".join(f"{one}\n" for one in lines), encoding="utf-8")
    return TakeDirectory(site.settings)


def person(site: Site, email: str) -> Any:
    """Return a person's row."""
    return next(one for one in rows(site.engine, Person) if one.email == email)


def test_directory_says_department_manager_and_absence(office: Site) -> None:
    taken = written(
        office, f"{OWNER};Coordinator;Unga;{MANAGER};2009-09-21;2009-09-25;", "new@example.org;Nya;;;;;"
    )
    report = taken.perform(office.engine, CLOCK)
    assert (report.new["person"], report.changed["person"]) == (1, 1)
    found = person(office, OWNER)
    assert (found.department, found.manager_id) == ("Unga", person_id(office.engine, MANAGER))
    (away,) = rows(office.engine, Absence)
    assert (away.person_id, away.from_on, away.to_on) == (found.id, date(2009, 9, 21), date(2009, 9, 25))
    assert events(office.engine, "directory_taken") == ["directory_taken"]


def test_absence_that_the_directory_has_no_more_ends(office: Site) -> None:
    with transaction(office.engine) as connection:  # as somebody entered it here
        own = an_absence(connection, person_id(office.engine, OWNER), date(2009, 10, 1), date(2009, 10, 2))
    away = "2009-09-21;2009-09-25"
    written(office, f"{OWNER};C;;;{away};", f"{DEPUTY};D;;;{away};").perform(office.engine, CLOCK)
    assert len(rows(office.engine, Absence)) == 3
    report = written(office, f"{OWNER};C;;;;").perform(
        office.engine, CLOCK
    )  # who is not named either is not away
    assert [one.id for one in rows(office.engine, Absence)] == [own]
    assert report.changed["person"] == 2


def test_who_has_left_hands_over_at_once(office: Site) -> None:
    taken = written(office, f"{OWNER};Coordinator;;;;;2009-09-07")
    before = dump(office.engine)
    assert taken.perform(dry_run(office.engine), CLOCK).changed["departure"] == 1
    assert dump(office.engine) == before
    assert taken.perform(office.engine, CLOCK).changed["departure"] == 1
    deputy = person_id(office.engine, DEPUTY)
    assert person(office, OWNER).departed_on == date(2009, 9, 7)
    roles = {one.role: one.person_id for one in rows(office.engine, GrantRole)}
    assert roles["coordinator"] == deputy
    assert {one.owner_id for one in steps(office.engine).values() if one.status == "open"} >= {deputy}
    # What says nothing new leaves no trace.
    after = dump(office.engine)
    assert taken.perform(office.engine, CLOCK).new.total() == 0
    assert dump(office.engine) == after


def test_departure_that_is_refused_leaves_nothing_taken_over(office: Site) -> None:
    left = (f"{one};N;;;;;2009-09-07" for one in (OWNER, DEPUTY, MANAGER))
    written(office, "new@example.org;Nya;;;;;", *left)
    before = dump(office.engine)
    with pytest.raises(Refused):
        TakeDirectory(office.settings, seen=True).perform(office.engine, CLOCK)
    assert dump(office.engine) == before


def test_who_leaves_later_is_here_until_then(office: Site) -> None:
    report = written(office, f"{OWNER};Coordinator;;;;;2009-09-30").perform(office.engine, CLOCK)
    assert (report.new.total(), person(office, OWNER).departed_on) == (0, date(2009, 9, 30))


def test_change_of_many_people_waits_until_it_is_seen(office: Site) -> None:
    taken = written(office, *(f"p{number}@example.org;P;;;;;" for number in range(4)))
    before = dump(office.engine)
    with pytest.raises(TooMuch):
        taken.perform(office.engine, CLOCK)
    assert dump(office.engine) == before
    assert TakeDirectory(office.settings, seen=True).perform(office.engine, CLOCK).new["person"] == 4


def test_fault_in_the_file_changes_nothing(office: Site) -> None:
    before = dump(office.engine)
    for line in ("no address;N;;;;;", f"{OWNER};Coordinator;;nobody@example.org;;;"):
        with pytest.raises(ImportInvalid):
            written(office, line).perform(office.engine, CLOCK)
    Path(office.settings.directory).write_text("organ;sammanträde\nN;2010-01-05\n", encoding="utf-8")
    with pytest.raises((BadInput, ImportInvalid)):
        TakeDirectory(office.settings, seen=True).perform(office.engine, CLOCK)
    assert dump(office.engine) == before


def test_watch_tells_the_administrator_what_was_not_taken_over(office: Site) -> None:
    alarm = see_to_directory(office.engine, office.settings, CLOCK)  # there is no such file yet
    assert alarm is not None
    assert "/desk/directory/0" in str(alarm.lines[0])
    written(office, "new@example.org;Nya;;;;;")
    assert see_to_directory(office.engine, office.settings, CLOCK) is None
    assert see_to_directory(office.engine, settings_for(office.settings.home), CLOCK) is None


def test_page_shows_what_the_directory_changes_and_takes_it_over(office: Site) -> None:
    left = f"{OWNER};Coordinator;;;;;{DAY}"
    written(office, left, *(f"p{number}@example.org;P;;;;;" for number in range(4)))
    admin = office.client("en", ADMIN)
    assert "/desk/directory/0" in admin.get("/people").text
    check = main_of(checked(admin, "/desk/directory/0"))
    assert "4 nya (4 personer), 1 ändrad (1 som har slutat)" in check
    assert "Har slutat: Coordinator" in check
    assert (
        "1 bidrag går till Deputy. 13 uppgifter som inte är klara följer med. Får mejl i dag: Deputy."
        in check
    )
    assert "Inga mejl skickas nu." not in check
    assert "har lästs in" in main_of(done(admin, "/desk/directory/0"))
    assert person(office, "p3@example.org").name == "P"
    assert office.client("en", DEPUTY).get("/desk/directory/0").status_code == 404
    elsewhere = Site(office.engine, settings_for(office.settings.home), office.now)
    assert elsewhere.client("en", ADMIN).get("/desk/directory/0").status_code == 404
