"""Signing in: mailed links, sessions and cookies, who sees what, and everything that must not let anybody in."""

import logging
from datetime import date, timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update
from starlette.testclient import TestClient

from deployments.cli.main import run
from models.errors import SettingInvalid
from models.rules.lifetimes import LOGIN_LINK_LIVES, SESSION_LIVES
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.person import LoginLink, LoginSession
from tasks.outbox.deliver import deliver
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import login_token
from tasks.store.database import reading, transaction
from tasks.store.secrets import load_or_make
from tasks.watch.tampering import rows_amiss
from tests.builders import a_database
from tests.database_kinds import on_both
from tests.grant_scenes import (
    ADMIN,
    CONTROLLER,
    DEPUTY,
    GRANT,
    HEAD,
    LETTER,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
    STEP,
    STRANGER,
    TOP,
    a_staff,
    an_entry,
    at,
    dump,
    events,
    open_grants,
    person_id,
)
from tests.portal_scenes import (
    Site,
    ask_to_sign_in,
    login_address,
    nodes,
    nonce_of,
    parse,
    settings_for,
    sign_in,
    text_of,
)
from tests.remembered import remembered

LINK, SESSION, EVENT = table_of(LoginLink), table_of(LoginSession), table_of(JournalEvent)
DAY = date(2009, 9, 8)
ELSEWHERE = "other.coordinator@example.org"


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    """Two grants: REF-1 is the staff's, REF-2 a coordinator's whom none of them stands above."""
    people = [*a_staff(), {"email": ELSEWHERE, "name": "Other"}, {"email": "reader@example.org", "name": "R"}]
    entries = an_entry(), an_entry("REF-2", roles={"coordinator": ELSEWHERE})
    remembered(engine, "two coordinators", lambda: open_grants(engine, *entries, people=people))
    return Site(engine, settings_for(tmp_path), at(DAY, 10))


def letters(engine: Engine, kind: str = "login") -> list[Any]:
    """Return the letters of a kind, with the address that each goes to."""
    query = select(LETTER, PERSON.c.email).join(PERSON, PERSON.c.id == LETTER.c.person_id)
    with reading(engine) as connection:
        return list(connection.execute(query.where(LETTER.c.kind == kind).order_by(LETTER.c.id)))


def mailed_address(site: Site) -> str:
    """Return the address in the newest login letter."""
    letter = letters(site.engine)[-1]
    return f"/login/{login_token(letter.link_key, letter.person_id, load_or_make(site.settings))}"


def press(client: TestClient, address: str, **fields: str) -> Any:
    """Press the button of a login link's page."""
    page = client.get(address)
    return client.post(address, data={"nonce": nonce_of(page)} | fields) if page.status_code == 200 else page


def is_in(client: TestClient) -> bool:
    """Return whether the browser is signed in."""
    return client.get("/").status_code == 200


@on_both
def test_login_link_goes_to_the_address_on_file_and_signs_in_once(site: Site) -> None:
    client = site.stranger()
    assert ask_to_sign_in(client, f"  {OWNER.upper()} ").status_code == 200
    (letter,) = letters(site.engine)
    assert (letter.email, letter.link_expires_at, str(letter.status)) == (OWNER, None, "queued")
    deliver(site.engine, site.settings, lambda: site.now)
    (letter,) = letters(site.engine)
    address = mailed_address(site)
    assert f"{site.settings.portal_url}{address}".encode() in letter.content.replace(b"=\r\n", b"")
    assert (letter.subject, str(letter.status)) == ("Logga in i Grantline", "captured")
    signed = press(client, address)
    assert (signed.status_code, signed.headers["location"]) == (303, "/tasks")
    assert is_in(client)
    assert "Coordinator" in text_of(parse(client.get("/")))
    other = site.stranger()
    assert press(other, address).status_code == 410
    assert not is_in(other)


def test_answer_is_the_same_for_every_address(site: Site) -> None:
    with transaction(site.engine) as connection:
        gone = PERSON.c.email == DEPUTY
        connection.execute(update(PERSON).where(gone).values(departed_on=DAY))
    asked = (OWNER, "nobody@example.org", DEPUTY, "<b>", "x" * 5_000, "å")
    pages = [ask_to_sign_in(site.stranger(), one) for one in asked]
    # Beside the address itself, so that who mistyped it sees it.
    same = {
        (page.status_code, page.text.replace(escape(one[:254]), "ADDRESS"))
        for page, one in zip(pages, asked, strict=True)
    }
    assert same == {(200, pages[0].text.replace(OWNER, "ADDRESS"))}
    assert f"If we know the address {OWNER}, a link" in pages[0].text
    # The letter is queued after the answer: a next request on the same connection would wait for it, and tell.
    assert {page.headers["connection"] for page in pages} == {"close"}
    assert [letter.email for letter in letters(site.engine)] == [OWNER]


@on_both
def test_links_to_a_person_are_few_an_hour(site: Site) -> None:
    client = site.stranger()
    for _ in range(5):
        ask_to_sign_in(client, OWNER)
    ask_to_sign_in(client, MANAGER)
    assert [letter.email for letter in letters(site.engine)] == [OWNER] * 3 + [MANAGER]
    site.now += timedelta(minutes=61)
    ask_to_sign_in(client, OWNER)
    assert len(letters(site.engine)) == 5


@on_both
def test_login_form_sent_twice_mails_one_link(site: Site) -> None:
    client = site.stranger()
    form = {"nonce": nonce_of(client.get("/login"), "/login")}
    answers = [client.post("/login", data=form | {"email": one}) for one in (OWNER, OWNER, MANAGER)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert [letter.email for letter in letters(site.engine)] == [OWNER, MANAGER]


def test_forged_login_link_is_not_there(site: Site) -> None:
    client, address = site.stranger(), login_address(site, OWNER)
    nonce = nonce_of(client.get(address))
    for spoilt in (address[:-2] + "AA", address + "x", address.rpartition(".")[0], "/login/%00%ff"):
        assert client.get(spoilt).status_code == 404
        assert client.post(spoilt, data={"nonce": nonce}).status_code == 404
    assert not is_in(client)


def test_link_of_another_use_does_not_sign_in(site: Site) -> None:
    keys = load_or_make(site.settings)
    ask_to_sign_in(site.stranger(), OWNER)
    for use in LinkUse:
        (letter,) = letters(site.engine)
        token = sign_link(f"{letter.link_key}.{letter.person_id}", keys, use)
        found = site.stranger().get(f"/login/{token}").status_code
        assert found == (200 if use is LinkUse.LOGIN else 404)
        assert site.stranger().get(f"/t/{token}").status_code == 404


def test_login_link_is_over_after_half_an_hour(site: Site) -> None:
    client, address = site.stranger(), login_address(site, OWNER)
    nonce = nonce_of(client.get(address))
    site.now += LOGIN_LINK_LIVES
    assert client.get(address).status_code == 410
    client.post(address, data={"nonce": nonce})
    assert not is_in(client)


def test_login_letter_that_comes_too_late_does_not_leave(site: Site) -> None:
    ask_to_sign_in(site.stranger(), OWNER)
    deliver(site.engine, site.settings, lambda: site.now + LOGIN_LINK_LIVES)
    assert [str(letter.status) for letter in letters(site.engine)] == ["cancelled"]


def test_form_on_another_site_signs_nobody_in(site: Site) -> None:
    client, address = site.stranger(), login_address(site, OWNER)
    form = {"nonce": nonce_of(client.get(address))}
    others = [{"sec-fetch-site": one} for one in ("cross-site", "same-site")]
    others += [{"origin": one} for one in ("https://evil.example", "http://evil.example:8480", "127.0.0.1")]
    for headers in others:
        refused = client.post(address, data=form, headers=headers)
        said = text_of(nodes(parse(refused), "h1")[0])
        assert (refused.status_code, said) == (403, "This form is not the portal's own"), headers
        assert client.post("/login", data={"email": OWNER}, headers=headers).status_code == 403
    assert letters(site.engine) == []
    # An older browser says "null" of a page that sends no referrer, or nothing at all.
    for own in ({"sec-fetch-site": "same-origin"}, {"origin": "null"}, {"origin": site.settings.portal_url}):
        fresh = login_address(site, OWNER)
        form = {"nonce": nonce_of(client.get(fresh))}
        assert site.stranger().post(fresh, data=form, headers=own).status_code == 303


OWN_PAGE = {"sec-fetch-site": "same-origin"}


def presses_itself(client: TestClient, address: str) -> bool:
    """Return whether a login link's page has the script that presses its button; where it has none, none may run."""
    page = client.get(address)
    scripts = [one.get("src").partition("?")[0] for one in nodes(parse(page), "script")]
    may_run = "script-src 'self'" in page.headers["content-security-policy"]
    assert (page.status_code, scripts) == (200, ["/static/sign-in.js"] if may_run else [])
    return may_run


def test_login_link_presses_itself_only_in_the_browser_that_asked(site: Site) -> None:
    asked = site.stranger()
    asked.headers.update(OWN_PAGE)
    cookie = ask_to_sign_in(asked, OWNER).headers["set-cookie"]
    for part in (
        "grants-asking=",
        "HttpOnly",
        f"Max-Age={LOGIN_LINK_LIVES.seconds}",
        "Path=/",
        "SameSite=lax",
    ):
        assert part in cookie
    address = mailed_address(site)
    # A scanner has the link without the cookie; who was forwarded the letter may have the cookie of another link.
    other = site.stranger()
    assert not presses_itself(other, address)
    other.headers.update(OWN_PAGE)
    ask_to_sign_in(other, STRANGER)
    assert not presses_itself(other, address)
    # Looking used nothing up. Who is signed in as somebody else goes on as they are until they press.
    sign_in(site, asked, STRANGER)
    asked.cookies.set("grants-asking", cookie.partition("=")[2].partition(";")[0])
    assert not presses_itself(asked, address)
    del asked.cookies["grants"]
    assert presses_itself(asked, address)
    signed = press(asked, address)
    assert 'grants-asking=""' in signed.headers["set-cookie"]
    assert is_in(asked)
    assert cookie.partition("=")[2].partition(";")[0] not in str(dump(site.engine))


def test_another_site_gives_no_browser_the_cookie_of_a_login_link(site: Site) -> None:
    # An old browser does not say where a form was: it is asked for the press.
    for headers in ({}, {"origin": "null"}, {"sec-fetch-site": "none"}):
        browser = site.stranger()
        browser.headers.update(headers)
        assert "set-cookie" not in ask_to_sign_in(browser, OWNER).headers
        assert not presses_itself(browser, mailed_address(site))
    # Over TLS no neighbour under the same domain can set it.
    site.settings = site.settings.model_copy(update={"portal_url": "https://grants.example.org"})
    browser = site.stranger()
    browser.headers.update(OWN_PAGE)
    held = ask_to_sign_in(browser, CONTROLLER).headers["set-cookie"]
    assert held.startswith("__Host-grants-asking=")
    assert "; Secure" in held
    assert "Domain" not in held


def test_login_leads_to_pages_of_its_own_only(site: Site) -> None:
    elsewhere = ["", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example"]
    elsewhere += ["/\t/evil.example", "javascript:alert(1)", "/" + "x" * 600]
    client = site.stranger()
    own = press(client, login_address(site, OWNER), next="/grants/REF-1?before=3")
    assert own.headers["location"] == "/grants/REF-1?before=3"
    for wanted in elsewhere:
        signed = press(site.stranger(), login_address(site, OWNER), next=wanted)
        assert signed.headers["location"] == "/tasks"
        assert client.get("/login", params={"next": wanted}).headers["location"] == "/tasks"


def test_who_is_not_signed_in_is_led_back_after_it(site: Site) -> None:
    client = site.stranger()
    sent = client.get("/grants/REF-1", params={"before": "7"})
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        "/login?next=%2Fgrants%2FREF-1%3Fbefore%3D7",
    )


def test_cookie_over_http_and_over_tls(site: Site) -> None:
    plain = press(site.stranger(), login_address(site, OWNER)).headers["set-cookie"]
    assert plain.startswith("grants=")
    for part in ("HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"):
        assert part in plain
    assert "Secure" not in plain
    site.settings = site.settings.model_copy(update={"portal_url": "https://grants.example.org"})
    client = site.stranger()
    held = press(client, login_address(site, OWNER)).headers["set-cookie"]
    assert held.startswith("__Host-grants=")
    assert "; Secure" in held
    assert "Domain" not in held
    assert is_in(client)


def test_cookie_s_value_is_not_in_the_database(site: Site) -> None:
    client = site.client(who=OWNER)
    assert client.cookies["grants"] not in str(dump(site.engine))


def test_session_ends_after_half_a_day(site: Site) -> None:
    client = site.client(who=OWNER)
    site.now += SESSION_LIVES - timedelta(seconds=1)
    assert is_in(client)
    site.now += timedelta(seconds=1)
    assert not is_in(client)
    site.client(who=OWNER)
    with reading(site.engine) as connection:
        assert len(connection.execute(select(SESSION.c.id)).all()) == 1


def test_session_ends_for_who_has_left(site: Site) -> None:
    client = site.client(who=OWNER)
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(departed_on=DAY))
    assert not is_in(client)
    assert press(site.stranger(), login_address(site, OWNER)).headers["location"].startswith("/login/")


def event_of(engine: Engine, event: str, email: str) -> int:
    """Return the id of the newest event of its kind about a person."""
    query = select(EVENT.c.id).where(EVENT.c.event == event, EVENT.c.person_id == person_id(engine, email))
    with reading(engine) as connection:
        return int(connection.execute(query.order_by(EVENT.c.id.desc()).limit(1)).scalar_one())


def found_untold(site: Site) -> list[str]:
    """Return the rows behind which the watch finds no event of the journal."""
    with reading(site.engine) as connection:
        return [str(one.where) for one in rows_amiss(connection)]


@on_both
def test_session_that_no_sign_in_of_the_journal_stands_behind_opens_nothing(site: Site) -> None:
    site.client(who=MANAGER)
    mine, made_up = site.client(who=STRANGER), site.stranger()
    assert found_untold(site) == []
    of_manager = event_of(site.engine, "signed_in", MANAGER)
    made_up.cookies.set("grants", "known to who made it up")
    forged = {"sha256": sha256(b"known to who made it up").hexdigest(), "event_id": of_manager}
    with transaction(site.engine) as connection:
        connection.execute(insert(SESSION).values(forged))
        own = SESSION.c.event_id == event_of(site.engine, "signed_in", STRANGER)
        connection.execute(update(SESSION).where(own).values(event_id=of_manager))
    assert (is_in(made_up), is_in(mine)) == (False, False)
    assert found_untold(site) == ["login_session 2", "login_session 3"]


@on_both
def test_login_link_that_no_event_of_the_journal_stands_behind_signs_nobody_in(site: Site) -> None:
    login_address(site, MANAGER)
    address = login_address(site, STRANGER)
    nonce = nonce_of(site.stranger().get(address))
    of_manager = event_of(site.engine, "login_link_made", MANAGER)
    with transaction(site.engine) as connection:
        own = LINK.c.event_id == event_of(site.engine, "login_link_made", STRANGER)
        connection.execute(update(LINK).where(own).values(event_id=of_manager))
    client = site.stranger()
    assert client.get(address).status_code == 410
    client.post(address, data={"nonce": nonce})
    assert not is_in(client)
    assert found_untold(site) == ["login_link 2"]


def test_login_letter_that_gets_another_reader_signs_nobody_in(site: Site) -> None:
    ask_to_sign_in(site.stranger(), MANAGER)
    with transaction(site.engine) as connection:
        connection.execute(update(LETTER).values(person_id=person_id(site.engine, STRANGER)))
    assert press(site.stranger(), mailed_address(site)).status_code == 410


@on_both
def test_signing_out_ends_the_session_itself(site: Site) -> None:
    client = site.client(who=OWNER)
    token = client.cookies["grants"]
    page = client.get("/")
    other = site.client(who=MANAGER)
    assert client.post("/logout", data={"nonce": nonce_of(other.get("/"), "/logout")}).status_code == 400
    out = client.post("/logout", data={"nonce": nonce_of(page, "/logout")})
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    stolen = site.stranger()
    stolen.cookies.set("grants", token)
    assert not is_in(stolen)
    assert is_in(other)


def test_made_up_cookie_signs_nobody_in(site: Site) -> None:
    client = site.stranger()
    for cookie in ("x", "", "x" * 5_000, "'; DROP TABLE person; --"):
        assert client.get("/", headers={"cookie": f"grants={cookie}"}).status_code == 303


SEES = {
    OWNER: {"REF-1"},
    MANAGER: {"REF-1"},
    HEAD: {"REF-1"},
    TOP: {"REF-1"},
    SECRETARY: {"REF-1"},
    STRANGER: set(),
    DEPUTY: set(),
    ELSEWHERE: {"REF-2"},
    CONTROLLER: {"REF-1", "REF-2"},
    "reader@example.org": {"REF-1", "REF-2"},
    ADMIN: {"REF-1", "REF-2"},
}


def test_grant_is_seen_by_who_has_a_part_in_it_or_stands_above(site: Site) -> None:
    with transaction(site.engine) as connection:
        for email, access in ((CONTROLLER, "controller"), ("reader@example.org", "reader")):
            connection.execute(update(PERSON).where(PERSON.c.email == email).values(access=access))
    for who, sees in SEES.items():
        client = site.client(who=who)
        overview = client.get("/")
        shown = {name for name in ("REF-1", "REF-2") if f"/grants/{name}" in overview.text}
        opened = {name for name in ("REF-1", "REF-2") if client.get(f"/grants/{name}").status_code == 200}
        assert shown == opened == sees, who
        # What is counted by how it stands is what one sees.
        counted = [int(text_of(number)) for number in parse(overview).find(".//main/ul").iter("b")]
        assert sum(counted) == len(sees)
        assert (client.get("/mailbox").status_code == 200) == (who == ADMIN)


@on_both
def test_who_holds_a_step_sees_its_grant(site: Site) -> None:
    assert site.client(who=STRANGER).get("/grants/REF-2").status_code == 404
    with transaction(site.engine) as connection:
        stranger = person_id(site.engine, STRANGER)
        grant = select(GRANT.c.id).where(GRANT.c.reference == "REF-2").scalar_subquery()
        connection.execute(update(STEP).where(STEP.c.grant_id == grant).values(owner_id=stranger))
    assert site.client(who=STRANGER).get("/grants/REF-2").status_code == 200


@pytest.mark.usefixtures("english")
def test_command_prints_an_address_that_signs_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry())
    site = Site(engine, settings_for(tmp_path), at(DAY))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    monkeypatch.setenv("GRANTS_SECRET_KEYS", site.settings.secret_keys.get_secret_value())
    for words, name in (((), "Systemförvaltare"), ((OWNER,), "Coordinator")):
        assert run(["login", *words]) == 0
        address = capsys.readouterr().out.splitlines()[0].removeprefix(site.settings.portal_url)
        with reading(engine) as connection:
            made = connection.execute(select(EVENT.c.at).order_by(EVENT.c.id.desc()).limit(1)).scalar_one()
        site.now = made + timedelta(minutes=29)
        client = site.stranger("sv")
        press(client, address)
        assert name in text_of(parse(client.get("/")))
    assert run(["login", "nobody@example.org"]) == 2
    assert "is not known" in capsys.readouterr().err
    engine.dispose()


@on_both
def test_sign_in_is_in_the_journal_and_no_secret_in_the_log(site: Site, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        client = site.stranger()
        ask_to_sign_in(client, OWNER)
        deliver(site.engine, site.settings, lambda: site.now)
        address = mailed_address(site)
        press(client, address)
    assert len(events(site.engine, "signed_in")) == 1
    said = " ".join(record.getMessage() for record in caplog.records if record.name != "httpx2")
    for secret in (
        address.rpartition("/")[2],
        letters(site.engine)[0].link_key,
        client.cookies["grants"],
        OWNER,
    ):
        assert secret not in said
    sign_in(site, site.stranger())


def test_portal_that_others_reach_needs_tls(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="is open to others"):
        settings_for(tmp_path, portal_host="192.0.2.7")
    tls = "https://grants.example.org"
    open_to_others = settings_for(tmp_path, portal_host="192.0.2.7", portal_url=tls)
    assert open_to_others.portal_host == "192.0.2.7"
