"""Not yet, and not me: what the manager hears of it, and how a step finds somebody else."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from models.tables.letter import Letter
from tasks.outbox.deliver import deliver
from tests.grant_scenes import (
    DEPUTY,
    MANAGER,
    OWNER,
    do_round,
    person_id,
    rows,
    steps,
    told,
)
from tests.portal_scenes import Site, a_site_that_was, forms_of, parse, post, text_of

STEP = "follow-up-2010-q1"
DUE = date(2010, 4, 30)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The first quarter's follow-up is due on this day."""
    return a_site_that_was(tmp_path, "first paid", DUE)


def newest_letter(site: Site, email: str) -> str:
    """Send what waits; return the text of the newest letter to a person, or nothing."""
    site.now += timedelta(days=1, hours=2)
    if site.now.date().weekday() < 5:
        do_round(site.engine, site.now.date())
    deliver(site.engine, site.settings, lambda: site.now)
    to = person_id(site.engine, email)
    letters = [row for row in rows(site.engine, Letter) if row.person_id == to and row.content]
    if not letters:
        return ""
    message = message_from_bytes(letters[-1].content, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_manager_hears_of_a_delay_past_the_due_date_with_its_reason(site: Site) -> None:
    form = {"expected_on": "31 maj 2010", "note": "Kostnaderna saknas."}
    assert post(site.client(), site.address(OWNER), "not_yet", form).status_code == 303
    ((_, _, email),) = told(site.engine, "put_off")
    assert email == MANAGER
    letter = newest_letter(site, MANAGER)
    assert "31 maj" in letter
    assert "Kostnaderna saknas." in letter
    # The due date stays, and its ladder with it.
    assert steps(site.engine)[STEP].due_on == DUE


def test_manager_hears_nothing_of_a_step_that_will_be_done_in_time(site: Site) -> None:
    form = {"expected_on": DUE.isoformat(), "note": "Före dagens slut."}
    assert post(site.client(), site.address(OWNER), "not_yet", form).status_code == 303
    assert told(site.engine, "put_off") == []


def test_manager_places_what_its_owner_gave_to_someone_else(site: Site) -> None:
    client, old = site.client(), site.address(OWNER)
    assert post(client, old, "not_me").status_code == 303
    letter = newest_letter(site, MANAGER)
    assert "Du har tagit över uppföljningen januari–mars" in letter
    page = client.get(site.address(MANAGER))
    assert "Uppföljning" in text_of(parse(page))
    # Who gave it away has no form for it any more.
    assert forms_of(client.get(old), "done") == []
    deputy = str(person_id(site.engine, DEPUTY))
    assert post(client, site.address(MANAGER), "not_me", {"colleague": deputy}).status_code == 303
    assert steps(site.engine)[STEP].owner_id == int(deputy)
    newest_letter(site, DEPUTY)
    assert forms_of(client.get(site.address(DEPUTY)), "done") != []
