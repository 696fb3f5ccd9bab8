"""Every address of the portal: whom it is for, what it changes, and that looking changes nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, update
from starlette.routing import Route
from starlette.testclient import TestClient

from deployments.portal.app import ROLES, make_app
from deployments.portal.desk.openers import OPENERS
from deployments.portal.login.reader import SIGNS_IN
from deployments.portal.web.guard import Who
from deployments.portal.web.posted_form import read_form, sign_form
from models.forms.spec import ACTS
from models.tables.columns import id_of, table_of
from models.tables.grant import Grant
from models.tables.ledger import LedgerEntry, LedgerReading
from models.tables.letter import Confirmation, Letter, MailReply
from models.tables.person import Organisation
from models.tables.step import Answer
from models.vocabulary import Duty, LetterKind
from tasks.people.links import LinkUse, sign_link
from tasks.people.preferences import feed_of, renew_feed
from tasks.store.database import reading, transaction
from tasks.store.secrets import load_or_make
from tests.browser_scenes import DAY, a_site, send_letters
from tests.builders import a_database, add
from tests.deployments.portal.test_portal_answers import GIVEN
from tests.deployments.portal.test_portal_papers import chosen
from tests.deployments.portal.test_portal_programme import LETTER
from tests.deployments.portal.test_portal_programme import filled as written
from tests.grant_scenes import ADMIN, MANAGER, OWNER, SECRETARY, STRANGER, dump, person_id, rows
from tests.portal_scenes import Site, forms_at, forms_of, login_address, nonce_of, post, settings_for

# Every address: whom it is for, and what a request there changes. One that is missing here fails the test, and so
# does one that is gone.
ROUTES: dict[tuple[str, str], tuple[Who, str]] = {
    ("/", "GET"): (Who.VISITOR, "nothing"),
    ("/tasks", "GET"): (Who.VISITOR, "nothing"),
    ("/tasks", "POST"): (Who.VISITOR, "the step, or the instalment, that the form was made for"),
    ("/leadership", "GET"): (Who.VISITOR, "nothing"),
    ("/money", "GET"): (Who.VISITOR, "nothing"),
    ("/money.xlsx", "GET"): (Who.VISITOR, "nothing"),
    ("/month", "GET"): (Who.VISITOR, "nothing"),
    ("/grants.xlsx", "GET"): (Who.VISITOR, "nothing"),
    ("/grants/{reference:path}", "GET"): (Who.VISITOR, "nothing"),
    ("/documents/{document_id:int}", "GET"): (Who.VISITOR, "nothing"),
    ("/papers/{grant_id:int}", "GET"): (Who.VISITOR, "nothing"),
    ("/papers/{grant_id:int}", "POST"): (Who.VISITOR, "the versions of the grant's documents"),
    ("/made/{made_id:int}", "GET"): (Who.VISITOR, "nothing"),
    ("/answers/{step_id:int}", "GET"): (Who.VISITOR, "nothing"),
    ("/answers/{step_id:int}/copy", "GET"): (Who.VISITOR, "nothing"),
    ("/answers/{step_id:int}/vouchers.xlsx", "GET"): (Who.VISITOR, "nothing"),
    ("/people", "GET"): (Who.VISITOR, "nothing"),
    ("/people/{person_id:int}", "GET"): (Who.VISITOR, "nothing"),
    ("/people/{person_id:int}/absence", "POST"): (Who.VISITOR, "an absence that an automatic reply reported"),
    ("/people/{person_id:int}/feed", "POST"): (Who.VISITOR, "the visitor's own calendar address"),
    ("/meetings", "GET"): (Who.VISITOR, "nothing"),
    ("/attention", "GET"): (Who.ADMIN, "nothing"),
    ("/desk/{form}/{about:int}", "GET"): (Who.VISITOR, "nothing"),
    ("/desk/{form}/{about:int}", "POST"): (Who.VISITOR, "what the form's command is about"),
    ("/new-grant", "GET"): (Who.VISITOR, "nothing"),
    ("/programme", "GET"): (Who.VISITOR, "nothing"),
    ("/programme", "POST"): (Who.VISITOR, "a programme of the office's own, or the draft of one"),
    ("/import.xlsx", "GET"): (Who.ADMIN, "nothing"),
    ("/letters-to-come", "GET"): (Who.ADMIN, "nothing"),
    ("/mailbox", "GET"): (Who.ADMIN, "nothing"),
    ("/mailbox/{letter_id:int}", "GET"): (Who.ADMIN, "nothing"),
    ("/mailbox/{letter_id:int}/html", "GET"): (Who.ADMIN, "nothing"),
    ("/figures.csv", "GET"): (Who.VISITOR, "nothing"),
    ("/templates", "GET"): (Who.VISITOR, "nothing"),
    ("/templates/{name}.docx", "GET"): (Who.VISITOR, "nothing"),
    ("/help/{role}", "GET"): (Who.VISITOR, "nothing"),
    ("/logout", "POST"): (Who.VISITOR, "the session"),
    ("/login", "GET"): (Who.ANYONE, "nothing"),
    ("/login", "POST"): (Who.ANYONE, "a login link and its letter"),
    ("/login/provider", "GET"): (Who.ANYONE, "nothing"),
    ("/login/provider/return", "GET"): (Who.ANYONE, "nothing but for who comes back from the provider"),
    ("/login/{token}", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/login/{token}", "POST"): (Who.LINK_HOLDER, "the login link and a session"),
    ("/t/{token}", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/t/{token}", "POST"): (Who.LINK_HOLDER, "the step, or the instalment, that the form was made for"),
    ("/t/{token}/documents/{document_id:int}", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/t/{token}/papers/{grant_id:int}", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/t/{token}/papers/{grant_id:int}", "POST"): (Who.LINK_HOLDER, "the versions of the grant's documents"),
    ("/t/{token}/made/{made_id:int}", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/t/{token}/login", "POST"): (Who.LINK_HOLDER, "a letter with a login link"),
    ("/t/{token}/new", "POST"): (Who.LINK_HOLDER, "a letter with a new link"),
    ("/undo/{token}", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/undo/{token}", "POST"): (Who.LINK_HOLDER, "the step that the letter confirmed"),
    ("/c/{token}.ics", "GET"): (Who.LINK_HOLDER, "nothing"),
    ("/static/style.css", "GET"): (Who.ANYONE, "nothing"),
    ("/static/keep.js", "GET"): (Who.ANYONE, "nothing"),
    ("/static/sign-in.js", "GET"): (Who.ANYONE, "nothing"),
    ("/healthz", "GET"): (Who.ANYONE, "nothing"),
    ("/metrics", "GET"): (Who.MONITOR, "nothing"),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A portal that is served, on a day on which something was answered and confirmed."""
    with a_site(tmp_path) as found:
        client = found.client()
        put_off = {"expected_on": "2010-05-07", "note": "Snart."}
        post(client, found.address(OWNER), "not-yet", put_off)
        assert post(client, found.address(OWNER), "done", GIVEN).status_code == 303
        renew_feed(found.engine, person_id(found.engine, OWNER), today=DAY, now=found.now)
        send_letters(found, 10)
        with transaction(found.engine) as connection:
            who = {"letter_id": 1, "person_id": person_id(found.engine, OWNER)}
            away = {"away_until_on": DAY + timedelta(days=9), "sha256": "", "received_at": found.now}
            add(connection, MailReply, **who, **away)
            _book(connection, found.now)
        yield found


def _book(connection: Connection, now: datetime) -> None:
    """Let a ledger have an entry of the first quarter, which a list of vouchers has."""
    connection.execute(update(table_of(Grant)).where(table_of(Grant).c.id == 1).values(project="7"))
    day = date(2010, 3, 2)
    read = {"file": "huvudbok.csv", "sha256": "", "first_on": day, "last_on": day, "costs_minor": 100}
    reading_id = add(connection, LedgerReading, grant_id=1, read_at=now, **read)
    entry = {"day": day, "voucher": "A 1", "account": "4010", "project": "7", "amount_minor": 100}
    add(connection, LedgerEntry, grant_id=1, first_reading_id=reading_id, **entry)


def desk_about(site: Site, duty: Duty) -> int:
    """Return the id of what a form of the desk is about."""
    about = {Duty.PERSON: person_id(site.engine, OWNER), Duty.HOLDINGS: person_id(site.engine, OWNER)}
    bodies = {row.key: id_of(row) for row in rows(site.engine, Organisation)}
    of_nothing = dict.fromkeys((Duty.OFFICE, Duty.NEW_GRANT, Duty.BOOKS), 0)
    about |= {
        Duty.MEETINGS: bodies["committee"],
        Duty.GRANT: 1,
        Duty.APPROVAL: 1,
        Duty.REPORTED: 1,
        **of_nothing,
    }
    return about[duty]


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of a site by route: those that somebody finds something at."""

    site: Site

    def of(self, path: str) -> list[str]:
        """Return the addresses of a route."""
        site, keys = self.site, load_or_make(self.site.settings)
        confirmed = {row.letter_id for row in rows(site.engine, Confirmation)}
        letters = [row for row in rows(site.engine, Letter) if row.content]
        # The oldest of each kind: pages of the same kind differ in words alone.
        letters = [*{(row.kind, row.id in confirmed): row for row in reversed(letters)}.values()][::-1]
        with reading(site.engine) as connection:
            feed = feed_of(connection, person_id(site.engine, OWNER)) or ""
        tokens = {
            "/t/{token}": [
                sign_link(one.link_key, keys) for one in letters if one.kind != LetterKind.CONFIRMATION
            ],
            "/undo/{token}": [
                sign_link(one.link_key, keys, LinkUse.UNDO) for one in letters if one.id in confirmed
            ],
            "/login/{token}": [login_address(site, OWNER).rpartition("/")[2]],
            "/c/{token}.ics": [sign_link(feed, keys, LinkUse.CALENDAR)],
        }
        if path in tokens:
            return [path.replace("{token}", token) for token in tokens[path]]
        if "{letter_id:int}" in path:
            return [path.replace("{letter_id:int}", str(one.id)) for one in letters]
        own = f"/t/{tokens['/t/{token}'][0]}"
        if "{form}" in path:
            asked = {"new-grant": "?programme=development-funds-2009"}
            return [
                f"/desk/{name}/{desk_about(site, ACTS[name].duty or Duty.OFFICE)}{asked.get(name, '')}"
                for name in OPENERS
            ]
        if "{role}" in path:
            return [path.replace("{role}", role) for role in ROLES]
        filled = path.replace("{person_id:int}", str(person_id(site.engine, OWNER)))
        return [
            filled.replace("{reference:path}", "REF-1")
            .replace("/t/{token}", own)
            .replace("{document_id:int}", "1")
            .replace("{grant_id:int}", "1")
            .replace("{made_id:int}", "1")
            .replace("{step_id:int}", str(rows(site.engine, Answer)[-1].step_id))
            .replace("/templates/{name}.docx", "/templates/memo.sv.docx")
        ]


def test_inventory_names_every_route(tmp_path: Path) -> None:
    app = make_app(settings_for(tmp_path), a_database(tmp_path))
    found = {
        (route.path, method): route.who  # type: ignore[attr-defined]
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert len(app.routes) == len(found)
    assert found == {address: who for address, (who, _) in ROUTES.items()}


def test_route_lets_in_whom_it_is_for(site: Site) -> None:
    places = Places(site)
    nobody, stranger, admin = site.stranger(), site.client(who=STRANGER), site.client(who=ADMIN)
    for (path, method), (who, _) in ROUTES.items():
        for address in places.of(path)[:2]:
            found = {
                name: client.request(method, address).status_code
                for name, client in (("nobody", nobody), ("stranger", stranger), ("admin", admin))
            }
            if who is Who.MONITOR:
                assert set(found.values()) == {404}, address
                continue
            if who in (Who.VISITOR, Who.ADMIN):
                assert found["nobody"] == 303, address
            if (
                who is Who.ADMIN
                or "REF-1" in address
                or address.startswith(("/people/", "/desk/", "/answers/"))
            ):
                hidden = {404} if method == "GET" else {400, 404, 415}
                assert found["stranger"] in hidden, address
            if (
                method == "GET"
                and "documents" not in address
                and "/made/" not in address
                and not (address == "/login" or address.startswith("/login/provider"))
            ):
                # A link is over with its letter's steps, and opens nothing behind it then.
                over = {"/t/{token}": 410, "/t/{token}/papers/{grant_id:int}": 404}.get(path, 200)
                assert found["admin"] in (200, over), address


# The tables that an act at each address writes.
NOTED = {"journal_event", "taken_form"}
WRITES: dict[str, set[str]] = {
    "/desk/{form}/{about:int}": {"meeting", "step", "notice", "letter", *NOTED},
    "/login": {"login_link", "letter", *NOTED},
    "/login/{token}": {"login_link", "login_session", "journal_event"},
    "/logout": {"login_session"},
    "/people/{person_id:int}/absence": {"absence", "mail_reply", *NOTED},
    "/people/{person_id:int}/feed": {"calendar_feed", *NOTED},
    "/papers/{grant_id:int}": {"made_document", "grant", *NOTED},  # the choice about small numbers
    "/programme": NOTED,
    "/t/{token}": {
        "answer",
        "step",
        "grant",
        "confirmation",
        "letter",
        "draft",
        *NOTED,
    },  # where the grant stands
    "/tasks": {"answer", "step", "notice", *NOTED},  # the letter that waits for the manager tells of it
    "/t/{token}/papers/{grant_id:int}": {"made_document", *NOTED},
    "/t/{token}/login": {"login_link", "letter", *NOTED},
    "/t/{token}/new": {"letter", *NOTED},
    "/undo/{token}": {"confirmation", "step", "grant", *NOTED},
}


# The nonce that each address wants: what it is about, and to what it is bound. Each is signed, and acts once.
PAGE, SESSION, TIME = "the link of its page", "the session", "the hour in which it was shown"
WANTS: dict[str, tuple[str, str]] = {
    "/desk/{form}/{about:int}": ("desk-add-meeting", SESSION),
    "/login": ("ask", TIME),
    "/login/{token}": ("login", PAGE),
    "/logout": ("logout", SESSION),
    "/people/{person_id:int}/absence": ("absence", SESSION),
    "/people/{person_id:int}/feed": ("feed", SESSION),
    "/papers/{grant_id:int}": ("paper", SESSION),
    "/programme": ("programme", SESSION),
    "/t/{token}": ("step", PAGE),
    "/tasks": ("step", SESSION),
    "/t/{token}/papers/{grant_id:int}": ("paper", PAGE),
    "/t/{token}/login": ("sign-in", PAGE),
    "/t/{token}/new": ("link", PAGE),
    "/undo/{token}": ("undo", PAGE),
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A form of a page, filled in, and the browser that sends it."""

    client: TestClient
    address: str
    data: dict[str, str]

    def send(self, **changes: str) -> httpx2.Response:
        """Send the form, changed."""
        return self.client.post(self.address, data=self.data | changes)

    def bound_to(self, binding: str) -> str:
        """Return what a nonce is bound to."""
        if binding == SESSION:
            return self.client.cookies["grants"]
        return self.address.split("/")[2] if binding == PAGE else ""


def forms_that_act(site: Site, visitor: TestClient, undo: str) -> Iterator[tuple[str, Sending]]:
    """Yield, by its route, a form of every address that acts, as a browser would send it."""
    own = f"/people/{person_id(site.engine, OWNER)}"
    tasks = site.address(OWNER)

    def seen(form: Sending) -> Sending:
        """Return the form as the page on which it is checked sends it."""
        (shown,) = re.findall('name="seen" value="([^"]+)"', form.send().text)
        return replace(form, data=form.data | {"seen": shown})

    def filled(client: TestClient, page: str, action: str | None = None, **values: str) -> Sending:
        found = client.get(page)
        sent = {"nonce": nonce_of(found, action), **values, **chosen(found, "show")}
        return Sending(client, action or page.partition("?")[0], sent)

    client = site.stranger()
    yield "/undo/{token}", Sending(client, undo, forms_of(client.get(undo), "undo")[0])
    put_off = {"expected_on": "2010-05-04", "note": "Snart."}
    yield "/tasks", seen(Sending(visitor, "/tasks", forms_at(visitor, "/tasks", "not-yet")[0] | put_off))
    client = site.stranger()
    yield "/t/{token}", seen(Sending(client, tasks, forms_at(client, tasks, "done")[0] | GIVEN))
    paper = {"paper": "follow-up:follow-up-2010-q1", "language": "sv"}
    page = f"/papers/1?paper={paper['paper']}"
    yield "/papers/{grant_id:int}", filled(visitor, page, "/papers/1", **paper)
    page = f"{tasks}/papers/1?paper={paper['paper']}"
    yield (
        "/t/{token}/papers/{grant_id:int}",
        filled(site.stranger(), page, f"{tasks}/papers/1", **paper | {"language": "en"}),
    )
    add = f"/desk/add-meeting/{desk_about(site, Duty.MEETINGS)}"
    secretary, day = site.client(who=SECRETARY), {"held_on": "2011-06-15", "kind": "ordinary"}
    yield "/desk/{form}/{about:int}", seen(filled(secretary, add, add, **day))
    manager, settled = site.client(who=MANAGER), {"reply": "1", "act": "confirm"}
    yield "/people/{person_id:int}/absence", filled(manager, own, f"{own}/absence", **settled)
    letter = written(visitor.get("/programme?like=two-parts"), **LETTER, save="yes")
    yield "/programme", Sending(visitor, "/programme", letter)
    yield "/people/{person_id:int}/feed", filled(visitor, own, f"{own}/feed", act="renew")
    yield "/logout", filled(visitor, "/", "/logout")
    token = site.address(MANAGER).rpartition("/")[2]
    nonce = sign_form(SIGNS_IN, token, load_or_make(site.settings))
    yield "/t/{token}/login", Sending(site.stranger(), f"/t/{token}/login", {"nonce": nonce})
    site.now += timedelta(days=181)
    yield "/t/{token}/new", filled(site.stranger(), tasks, f"{tasks}/new")
    yield "/login", filled(site.stranger(), "/login", "/login", email=MANAGER)
    yield "/login/{token}", filled(site.stranger(), login_address(site, OWNER))


def test_address_that_acts_wants_its_nonce_and_writes_what_it_is_for(site: Site) -> None:
    visitor, undo, found = site.client(who=OWNER), Places(site).of("/undo/{token}")[-1], {}
    keys, forms = load_or_make(site.settings), forms_that_act(site, visitor, undo)
    for path, form in forms:
        about, binding = WANTS[path]
        signed = read_form(form.data["nonce"], form.bound_to(binding), keys)
        assert signed is not None, path
        assert signed.about.kind == about
        before = dump(site.engine)
        others = [
            sign_form(replace(signed.about, kind="other"), form.bound_to(binding), keys),
            sign_form(signed.about, "another page or session", keys),
            sign_form(signed.about, form.bound_to(binding), ("another key",)),
        ]
        assert {form.send(nonce=nonce).status_code for nonce in ("", "x", *others)} <= {400, 409}, path
        assert dump(site.engine) == before, path
        assert form.send().status_code in (200, 303), path
        after = dump(site.engine)
        found[path] = {table for table in after if after[table] != before[table]}
    assert found == WRITES
    assert set(WANTS) == set(WRITES) == {path for path, method in ROUTES if method == "POST"}


def test_looking_in_every_way_changes_no_row(site: Site) -> None:
    places = Places(site)
    found = {path: places.of(path) for path, _ in ROUTES}
    others = [site.stranger(), *(site.client(who=who) for who in (None, OWNER, STRANGER, ADMIN))]
    looks = [("GET", client, address) for client in others for some in found.values() for address in some]
    looks += [(way, others[1], some[0]) for way in ("HEAD", "OPTIONS") for some in found.values()]
    before = dump(site.engine)
    for way, client, address in looks:
        assert client.request(way, address).status_code in (200, 303, 404, 405, 410), (way, address)
    assert dump(site.engine) == before
