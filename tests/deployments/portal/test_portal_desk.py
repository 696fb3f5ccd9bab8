"""The officer's desk: forms of commands that show first what they move, for those whose work it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from models.commands.meetings import AddMeeting
from models.tables.journal import JournalEvent
from models.tables.person import Organisation
from models.tables.step import Meeting
from tests.grant_scenes import (
    ADMIN,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    act,
    an_entry,
    at,
    dump,
    open_grants,
    person_id,
    rows,
)
from tests.portal_scenes import Site, nodes, parse, problems, settings_for, text_of
from tests.remembered import remembered

DAY = date(2010, 9, 1)


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    """A grant in its third quarter, and a committee with one meeting that takes its final report."""

    def live() -> None:
        a_grant_that_was(engine, "first paid")
        act(engine, AddMeeting("committee", date(2010, 12, 15)), DAY, SECRETARY)

    remembered(engine, "the desk", live)
    return Site(engine, settings_for(tmp_path), at(DAY, 10))


def body_of(site: Site) -> int:
    """Return the committee's id."""
    return next(row.id or 0 for row in rows(site.engine, Organisation) if row.key == "committee")


def filled(page: Any, **values: str) -> dict[str, str]:
    """Return what a browser sends of the page's form, filled in."""
    form = next(one for one in parse(page).iter("form") if (one.get("action") or "").startswith("/desk/"))
    found = {}
    for field in nodes(form, "input", "textarea", "select"):
        chosen = next((one for one in field.iter("option") if one.get("selected") is not None), None)
        first = next(field.iter("option"), None)
        option = first if chosen is None else chosen
        value = field.get("value") or field.text or "" if option is None else option.get("value") or ""
        found[field.get("name")] = value.strip()
    return found | values


def checked(client: TestClient, address: str, **values: str) -> Any:
    """Fill in the desk's form at an address, and return the page that shows what it moves."""
    form = filled(client.get(address), **values)
    return client.post(address.partition("?")[0], data=form)


def done(client: TestClient, address: str, **values: str) -> Any:
    """Fill in the desk's form, look at what it moves, and do it."""
    seen = checked(client, address, **values)
    assert seen.status_code == 200, problems(seen)
    return client.post(address.partition("?")[0], data=filled(seen))


def main_of(page: Any) -> str:
    """Return what the page says."""
    return text_of(next(parse(page).iter("main")))


def test_meeting_shows_what_moves_before_it_is_moved_and_is_journaled_as_who_did_it(site: Site) -> None:
    client, address = site.client(who=SECRETARY), f"/desk/move-meeting/{body_of(site)}?held_on=2010-12-15"
    before = dump(site.engine)
    page = checked(client, address, to_on="2010-12-08", reason="Lokalen är upptagen.")
    said = main_of(page)
    assert "Kontrollera innan du sparar" in said
    assert "15 dec" in said
    assert "Nämndens godkännande" in said
    assert dump(site.engine) == before
    page = done(client, address, to_on="2010-12-08", reason="Lokalen är upptagen.")
    assert "Sammanträdet är flyttat." in main_of(page)
    assert [row.held_on for row in rows(site.engine, Meeting)] == [date(2010, 12, 8)]
    last = [row for row in rows(site.engine, JournalEvent) if row.event == "meeting_moved"][-1]
    assert last.person_id == person_id(site.engine, SECRETARY)
    assert "8 december" in main_of(client.get("/meetings"))


def test_form_acts_once_and_says_so(site: Site) -> None:
    open_grants(site.engine, an_entry("REF-2"), people=[], on=DAY)
    client, address = site.client(who=ADMIN), f"/desk/add-meeting/{body_of(site)}"
    page = checked(client, address, held_on="20 oktober 2010")
    form = filled(page)
    assert "Sammanträdet är tillagt." in main_of(client.post(address, data=form))
    before = dump(site.engine)
    assert "Det här är redan gjort." in main_of(client.post(address, data=form))
    assert dump(site.engine) == before


def test_change_meanwhile_is_shown_before_anything_is_done(site: Site) -> None:
    client, address = site.client(who=ADMIN), f"/desk/move-meeting/{body_of(site)}"
    seen = checked(client, address, held_on="2010-12-15", to_on="2010-12-08", reason="Lokalen är upptagen.")
    act(site.engine, AddMeeting("committee", date(2010, 12, 10)), DAY, SECRETARY)
    page = client.post(address, data=filled(seen))
    assert "Något har ändrats sedan du tittade." in main_of(page)
    assert {row.held_on.day for row in rows(site.engine, Meeting)} == {10, 15}
    assert "Sammanträdet är flyttat." in main_of(client.post(address, data=filled(page)))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"held_on": ""}, "Sammanträdesdag"),
        ({"held_on": "snart"}, "Sammanträdesdag"),
        ({"held_on": "2010-12-15"}, "15"),
        ({"held_on": "2010-11-01", "agenda_on": "2010-11-02"}, "efter sammanträdet"),
        ({"held_on": "2010-11-01", "adjustment_days": "99999999999"}, "60"),
        ({"held_on": "2010-11-01", "adjustment_days": "-1"}, "Dagar"),
    ],
)
def test_what_is_wrong_is_said_in_the_form_with_what_was_typed(
    site: Site, values: dict[str, str], says: str
) -> None:
    client = site.client(who=ADMIN)
    before = dump(site.engine)
    page = checked(client, f"/desk/add-meeting/{body_of(site)}", **values)
    assert page.status_code in (409, 422)
    assert says in main_of(page)
    assert filled(page)["held_on"] == values["held_on"]
    assert dump(site.engine) == before


def test_who_has_no_part_finds_no_form(site: Site) -> None:
    address = f"/desk/add-meeting/{body_of(site)}"
    for who, status in ((SECRETARY, 200), (ADMIN, 200), (None, 200), (OWNER, 404)):
        client = site.client(who=who)
        assert client.get(address).status_code == status, who
        assert (f'href="{address}"' in client.get("/meetings").text) == (status == 200)
    admin = site.client(who=ADMIN)
    for nowhere in ("/desk/nothing/1", "/desk/add-meeting/999", f"/desk/add-meeting/{10**30}"):
        assert admin.get(nowhere).status_code == 404, nowhere
