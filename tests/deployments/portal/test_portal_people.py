"""What people hold and pass on, and their private calendars."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import Engine, or_, select, update
from starlette.testclient import TestClient

from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.journal import JournalEvent
from models.tables.letter import Letter, MailReply
from models.tables.person import Absence, CalendarFeed
from tasks.outbox.deliver import deliver
from tasks.people.links import LinkUse, sign_link
from tasks.people.preferences import feed_of
from tasks.store.database import reading, transaction
from tasks.store.secrets import load_or_make
from tests.builders import add
from tests.database_kinds import on_both
from tests.desk_scenes import checked, filled
from tests.grant_scenes import (
    ADMIN,
    CONTROLLER,
    DEPUTY,
    GRANT,
    HEAD,
    LETTER,
    MANAGER,
    NOTICE,
    OWNER,
    PERSON,
    SECRETARY,
    STEP,
    STRANGER,
    a_grant_that_was,
    a_staff,
    an_entry,
    at,
    do_round,
    dump,
    events,
    open_grants,
    person_id,
    rows,
    steps,
)
from tests.portal_scenes import Site, ask_to_sign_in, nodes, parse, problems, settings_for, text_of
from tests.remembered import remembered

DAY = date(2010, 4, 30)
ROLE = table_of(GrantRole)


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    """Two grants: a follow-up of the first is due today, its letter has left; the second has begun."""
    site = Site(engine, settings_for(tmp_path), at(DAY, 10))

    def live() -> None:
        a_grant_that_was(engine, "first paid")
        open_grants(engine, an_entry("REF-2"), people=[], on=date(2010, 4, 1))
        do_round(engine, DAY)
        deliver(engine, site.settings, lambda: site.now)

    remembered(engine, "what people hold", live)
    return site


def page_of(site: Site, who: str) -> str:
    """Return the address of a person's page."""
    return f"/people/{person_id(site.engine, who)}"


def hand_over(site: Site, client: TestClient, to: str, grant: str = "", who: str = OWNER) -> Any:
    """Pass on what a person holds, to somebody of the list; return the page that says so, or what is wrong."""
    address = desk_of(site, who)
    to_id = str(person_id(site.engine, to)) if to.endswith("@example.org") else to
    seen = checked(client, f"{address}?grant={grant or '*'}", to=to_id)
    return client.post(address, data=filled(seen)) if seen.status_code == 200 else seen


def desk_of(site: Site, who: str = OWNER) -> str:
    """Return the address of the form that passes on what a person holds."""
    return f"/desk/hand-over/{person_id(site.engine, who)}"


def form_to(page: Any, action: str, grant: str = "") -> dict[str, str]:
    """Return a form of the page, by where it goes and which grant it is for."""
    for form in parse(page).iter("form"):
        fields = {field.get("name"): field.get("value") or "" for field in form.iter("input")}
        if form.get("action") == action and fields.get("grant", "") == grant:
            return {name: value for name, value in fields.items() if name}
    raise AssertionError(f"no form to {action}")


def owners(site: Site, reference: str) -> set[int]:
    """Return who holds the coordinator's unsettled steps of a grant."""
    query = select(STEP.c.owner_id).join(GRANT, GRANT.c.id == STEP.c.grant_id)
    unsettled = STEP.c.status.in_(("open", "waiting")) & (STEP.c.owner_role == "coordinator")
    with reading(site.engine) as connection:
        return set(connection.execute(query.where(GRANT.c.reference == reference, unsettled)).scalars())


def coordinators(site: Site) -> dict[str, int]:
    """Return the coordinator of each grant."""
    query = select(GRANT.c.reference, ROLE.c.person_id).join(GRANT, GRANT.c.id == ROLE.c.grant_id)
    with reading(site.engine) as connection:
        return dict(connection.execute(query.where(ROLE.c.role == "coordinator")).all())


def test_page_shows_everything_that_a_person_holds(site: Site) -> None:
    page = site.client(who=OWNER).get(page_of(site, OWNER))
    text = text_of(next(parse(page).iter("main")))
    assert "REF-1" in text
    assert "REF-2" in text
    assert "Handläggaren" in text
    assert "Uppföljning, kvartal 1 2010, 30 april · I dag" in text
    assert "@" not in text


def test_holdings_are_seen_by_oneself_and_who_stands_above(site: Site) -> None:
    everyone = [entry["email"] for entry in a_staff()]
    for who, sees in (
        (OWNER, {OWNER}),
        (MANAGER, {OWNER, DEPUTY, MANAGER}),
        (HEAD, {OWNER, DEPUTY, MANAGER, HEAD}),
        (CONTROLLER, {CONTROLLER}),
    ):
        client = site.client(who=who)
        shown = client.get("/people")
        # Who sees nobody else is led to their own page, and the menu has no such word.
        alone = len(sees) == 1
        assert shown.headers.get("location") == (page_of(site, who) if alone else None)
        shown = client.get(page_of(site, who)) if alone else shown
        listed = {a.get("href") for a in parse(shown).iter("a")}
        assert ("/people" in listed) != alone
        for email in everyone:
            page, form = page_of(site, email), {"nonce": "x", "to": STRANGER}
            assert (client.get(page).status_code == 200) == (page in listed) == (email in sees), email
            assert client.post(desk_of(site, email), data=form).status_code == (400 if email in sees else 404)


def test_admin_and_operator_see_everyone_s_holdings(site: Site) -> None:
    admin = site.client(who=ADMIN)
    for client in (admin, site.client()):
        for entry in a_staff():
            assert client.get(page_of(site, entry["email"])).status_code == 200
        found = parse(client.get("/people", params={"name": "UNIT."}))
        assert [text_of(a) for a in nodes(next(found.iter("main")), "a")] == [
            "Ny person" if client is admin else "New person",
            "Unit.Manager",
        ]


@on_both
def test_all_is_passed_on_journaled_and_told_once(site: Site) -> None:
    before, letter = len(rows(site.engine, Letter)), site.address(OWNER)
    page = hand_over(site, site.client(who=MANAGER), DEPUTY)
    assert page.status_code == 200
    assert "2 bidrag går till Deputy." in text_of(parse(page))
    (undo,) = [a.get("href") for a in parse(page).iter("a") if text_of(a) == "Ångra"]
    assert undo.startswith(desk_of(site, DEPUTY))
    back = filled(site.client(who=MANAGER).get(undo))
    assert back["to"] == str(person_id(site.engine, OWNER))
    deputy = person_id(site.engine, DEPUTY)
    assert owners(site, "REF-1") == owners(site, "REF-2") == {deputy}
    assert coordinators(site) == {"REF-1": deputy, "REF-2": deputy}
    assert len(events(site.engine, "role_handed_over")) == 2
    moved = [row for row in rows(site.engine, JournalEvent) if row.event == "step_handed_over"]
    assert {row.detail["by"] for row in moved} == {person_id(site.engine, MANAGER)}
    said = text_of(parse(site.client(who=MANAGER).get("/grants/REF-1")))
    assert "Unit.Manager lämnade över bidraget till Deputy, som nu är" in said
    assert len(rows(site.engine, Letter)) == before + 2
    with reading(site.engine) as connection:
        told = connection.execute(
            select(NOTICE.c.step_id, LETTER.c.letter_on, LETTER.c.person_id)
            .join(LETTER, LETTER.c.id == NOTICE.c.letter_id)
            .where(NOTICE.c.kind == "handed_over")
        ).all()
    heard = {(row.letter_on, row.person_id) for row in told}
    # The coordinator's letter of the day has left.
    assert heard == {(DAY, deputy), (date(2010, 5, 3), person_id(site.engine, OWNER))}
    # The letters of the one who held it open it no more; the one that says so opens nothing to do.
    assert site.stranger().get(letter).status_code == 410
    assert "<form" not in site.stranger().get(site.address(OWNER)).text
    left = site.client(who=OWNER).get(page_of(site, OWNER))
    assert "Inget i de bidrag som pågår." in text_of(parse(left))


def test_grant_is_handed_over_from_its_page_to_another_unit_and_says_so(site: Site) -> None:
    manager, grant_page = site.client(who=MANAGER), "/grants/REF-2"
    with transaction(site.engine) as connection:
        for who, department in ((OWNER, "Enhet Norr"), (DEPUTY, "Enhet Syd")):
            connection.execute(update(PERSON).where(PERSON.c.email == who).values(department=department))
        away = {"person_id": person_id(site.engine, DEPUTY), "from_on": DAY, "to_on": date(2010, 5, 7)}
        add(connection, Absence, **away)
    address = f"{desk_of(site)}?grant=REF-2"
    assert address in {a.get("href") for a in parse(manager.get(grant_page)).iter("a")}
    assert address not in site.client(who=SECRETARY).get(grant_page).text
    form = manager.get(address)
    assert (filled(form)["grant"], filled(manager.get(desk_of(site)))["grant"]) == ("REF-2", "")
    assert "Deputy (borta till och med 7 maj)" in text_of(parse(form))
    check = text_of(parse(checked(manager, address, to=str(person_id(site.engine, DEPUTY)))))
    assert "1 bidrag flyttas till en annan enhet: från Enhet Norr till Enhet Syd." in check


def test_one_grant_is_passed_on_alone(site: Site) -> None:
    page = hand_over(site, site.client(who=OWNER), DEPUTY, "REF-2")
    assert "1 bidrag går till Deputy." in text_of(parse(page))
    deputy, owner = person_id(site.engine, DEPUTY), person_id(site.engine, OWNER)
    assert (owners(site, "REF-1"), owners(site, "REF-2")) == ({owner}, {deputy})
    assert coordinators(site) == {"REF-1": owner, "REF-2": deputy}
    # What was passed on is the giver's to see no more, the other grant is.
    client = site.client(who=OWNER)
    assert [client.get(f"/grants/{name}").status_code for name in ("REF-1", "REF-2")] == [200, 404]


def test_handover_to_nobody_of_the_list_changes_nothing(site: Site) -> None:
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == DEPUTY).values(departed_on=DAY))
    client = site.client(who=OWNER)
    before = dump(site.engine)
    for to in ("", "999", "<script>", OWNER, DEPUTY):
        page = hand_over(site, client, to, "REF-1")
        assert page.status_code == 422
        assert "Vem tar över" in problems(page)[0] or "1 sak behöver rättas" in text_of(parse(page))
    assert dump(site.engine) == before


# ------------------------------------------------------------------------------------------- the calendar


def make_feed(site: Site, who: str = OWNER, act: str = "renew") -> str:
    """Make, renew or revoke a person's calendar address; return it, or nothing."""
    client, address = site.client(who=who), page_of(site, who)
    form = form_to(client.get(address), f"{address}/feed")
    assert client.post(f"{address}/feed", data=form | {"act": act}).status_code == 303
    with reading(site.engine) as connection:
        key = feed_of(connection, person_id(site.engine, who))
    return f"/c/{sign_link(key, load_or_make(site.settings), LinkUse.CALENDAR)}.ics" if key else ""


@on_both
def test_calendar_holds_all_that_a_person_has_to_do(site: Site) -> None:
    address = make_feed(site)
    assert address in site.client(who=OWNER).get(page_of(site, OWNER)).text
    found = site.stranger().get(address)
    assert (found.status_code, found.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(found.text)
    assert str(calendar["X-WR-TIMEZONE"]) == "Europe/Stockholm"
    assert str(calendar["X-WR-CALNAME"]) == "Bidrag: mina datum"
    events_by_uid = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    owner = person_id(site.engine, OWNER)
    # The second grant has no award: what it would do with its money has no place in anybody's calendar yet.
    begun = or_(GRANT.c.awarded_on.is_not(None), STEP.c.phase.in_(("application", "decision")))
    query = (
        select(STEP.c.id, STEP.c.due_on)
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .where(STEP.c.owner_id == owner, STEP.c.status.in_(("open", "waiting")), STEP.c.due_on.is_not(None))
        .where(begun)
    )
    with reading(site.engine) as connection:
        wanted = {f"step-{row.id}@example.org": row.due_on for row in connection.execute(query)}
    assert {uid: event.decoded("DTSTART") for uid, event in events_by_uid.items()} == wanted
    assert len(wanted) > 3
    assert not list(calendar.walk("VALARM"))
    assert {event.get("TRANSP") for event in events_by_uid.values()} == {"TRANSPARENT"}


def test_event_of_a_step_that_moves_keeps_its_uid(site: Site) -> None:
    address = make_feed(site)
    step = steps(site.engine)["follow-up-2010-q1"]

    def shown() -> Any:
        found = Calendar.from_ical(site.stranger().get(address).text).walk("VEVENT")
        return next(event for event in found if str(event["UID"]) == f"step-{step.id}@example.org")

    before = shown()
    with transaction(site.engine) as connection:
        moved = {"due_on": DAY + timedelta(days=7), "version": STEP.c.version + 1}
        connection.execute(update(STEP).where(STEP.c.id == step.id).values(moved))
    after = shown()
    assert after.decoded("DTSTART") == DAY + timedelta(days=7)
    assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + 1


def test_calendar_address_is_renewed_and_revoked(site: Site) -> None:
    client = site.stranger()
    first = make_feed(site)
    second = make_feed(site)
    assert [client.get(one).status_code for one in (first, second)] == [404, 200]
    token = second.removeprefix("/c/").removesuffix(".ics")
    assert {client.get(f"/{use}/{token}").status_code for use in ("t", "login", "undo")} == {404}
    assert make_feed(site, act="revoke") == ""
    gone = client.get(second)
    assert (gone.status_code, gone.text) == (404, client.get("/c/forged.ics").text)
    assert [row.revoked_at is None for row in rows(site.engine, CalendarFeed)] == [False, False]
    assert len(events(site.engine, "calendar_feed_made")) == 2


@on_both
def test_calendar_form_sent_twice_makes_one_address(site: Site) -> None:
    client, address = site.client(who=OWNER), page_of(site, OWNER)
    form = form_to(client.get(address), f"{address}/feed") | {"act": "renew"}
    for _ in range(2):
        assert client.post(f"{address}/feed", data=form).status_code == 303
    assert len(rows(site.engine, CalendarFeed)) == 1


def test_calendar_of_who_has_left_is_not_there(site: Site) -> None:
    address = make_feed(site)
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(departed_on=DAY))
    assert site.stranger().get(address).status_code == 404


def test_calendar_address_is_nobody_else_s_to_make(site: Site) -> None:
    for who in (MANAGER, ADMIN):
        client, address = site.client(who=who), page_of(site, OWNER)
        assert "kalender" not in text_of(next(parse(client.get(address)).iter("main"))).lower()
        assert client.post(f"{address}/feed", data={"nonce": "x", "act": "renew"}).status_code == 404
    assert rows(site.engine, CalendarFeed) == []


@on_both
def test_nul_is_asked_of_no_database(site: Site) -> None:
    client = site.client()
    asked = [client.get(address).status_code for address in ("/grants/REF%001", "/people?name=%00")]
    assert (*asked, ask_to_sign_in(site.stranger(), f"{OWNER}\0").status_code) == (
        404,
        200,
        200,
    )


def mailed(site: Site, text: str = "", away_until_on: date | None = None) -> None:
    """File a reply to the owner's letter."""
    with transaction(site.engine) as connection:
        letter = connection.execute(
            select(LETTER.c.id, LETTER.c.person_id)
            .join(PERSON, PERSON.c.id == LETTER.c.person_id)
            .where(PERSON.c.email == OWNER)
            .order_by(LETTER.c.id.desc())
        ).first()
        assert letter is not None
        said = {"text": text, "away_until_on": away_until_on, "sha256": f"{text} {away_until_on}"}
        add(
            connection,
            MailReply,
            letter_id=letter.id,
            person_id=letter.person_id,
            received_at=site.now,
            **said,
        )


def test_absence_of_an_automatic_reply_is_confirmed_by_who_stands_above(site: Site) -> None:
    until = date(2010, 5, 14)
    mailed(site, away_until_on=until)
    address = page_of(site, OWNER)
    said = "Ett autosvar säger: borta till och med 14 maj."
    assert said not in text_of(parse(site.client(who=OWNER).get(address)))
    manager = site.client(who=MANAGER)
    form = form_to(manager.get(address), f"{address}/absence")
    own = form_to(site.client(who=OWNER).get(address), f"{address}/feed", "")
    assert site.client(who=OWNER).post(f"{address}/absence", data=form | own).status_code == 400
    assert said in text_of(parse(manager.get(address)))
    done = manager.post(f"{address}/absence", data=form | {"act": "confirm"})
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert said not in text_of(parse(manager.get(address)))
    (absence,) = [row for row in rows(site.engine, Absence) if row.from_on == DAY]
    assert (absence.person_id, absence.to_on) == (person_id(site.engine, OWNER), until)
    assert manager.post(f"{address}/absence", data=form | {"act": "confirm"}).status_code == 303
    mailed(site, away_until_on=until + timedelta(days=1))
    head = site.client(who=HEAD)
    older = form_to(head.get(address), f"{address}/absence")
    form = form_to(manager.get(address), f"{address}/absence")
    manager.post(f"{address}/absence", data=form | {"act": "deny"})
    (left,) = [row for row in rows(site.engine, MailReply) if row.away_until_on > until]
    assert (left.settled_on, left.settled_by_id) == (DAY, person_id(site.engine, MANAGER))
    late = head.post(f"{address}/absence", data=older | {"act": "confirm"})
    said = text_of(next(one for one in parse(late).iter("p") if one.get("role") == "alert"))
    assert (late.status_code, said) == (409, "Frånvaron är redan avgjord eller över. Inget ändrades nu.")
    assert [row.from_on for row in rows(site.engine, Absence) if row.from_on == DAY] == [DAY]


def test_reply_stands_on_the_grants_page_as_what_was_received(site: Site) -> None:
    mailed(site, "Klart!\n<script>alert(1)</script>")
    page = parse(site.client(who=MANAGER).get("/grants/REF-1"))
    (received,) = [one for one in page.iter("details") if "Svar på ett mejl till" in text_of(one)]
    assert "<script>alert(1)</script>" in text_of(received)
    assert list(received.iter("script")) == []


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (OWNER, ["/tasks", "/", "/money"]),
        (SECRETARY, ["/tasks", "/", "/money", "/meetings"]),
        (HEAD, ["/leadership", "/tasks", "/", "/money"]),
        (None, ["/", "/money", "/meetings", "/attention"]),
    ],
    ids=["coordinator", "secretary", "head", "operator"],
)
def test_menu_has_the_pages_of_its_reader_s_work(site: Site, who: str | None, words: list[str]) -> None:
    page = parse(site.client(who=who).get("/help/coordinator"))
    assert [link.get("href") for link in next(page.iter("nav")).iter("a")] == words
