"""The portal's pages: what they show, to whom, with which headers, and that looking changes nothing."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event, select, text, update
from starlette.testclient import TestClient

from deployments.portal.app import make_app
from deployments.portal.grant.time_band import Look, PhaseSpan, draw_band
from deployments.portal.web.state import preferred_language
from models.vocabulary import AnswerKind, LetterKind, StepStatus
from tasks.outbox.deliver import deliver
from tasks.people.links import sign_link
from tasks.store.database import open_engine, reading, transaction
from tasks.store.programmes import load_programmes
from tasks.store.secrets import load_or_make
from tests.builders import a_database, a_grant, a_letter, a_person, a_programme_version, a_step, an_instalment
from tests.databases import a_new_postgres_database
from tests.desk_scenes import main_of
from tests.grant_scenes import (
    ADMIN,
    CONTROLLER,
    EVENT,
    GRANT,
    HEAD,
    LETTER,
    OWNER,
    PERSON,
    SECRETARY,
    a_grant_that_was,
    answer,
    at,
    do_round,
    dump,
)
from tests.portal_scenes import (
    Site,
    nodes,
    nonce_of,
    on_the_day,
    parse,
    parse_strictly,
    played,
    post,
    settings_for,
    text_of,
)
from tests.reference_case import ASKED, CLOSED, LATE

REF = "/grants/REF-2009-2"
LARGEST_PAGE = 60_000


@pytest.fixture
def late(tmp_path: Path) -> Site:
    return played(tmp_path, LATE)


def letter_with_dates(site: Site) -> int:
    """Return the id of the newest letter to the coordinator that brings a calendar file."""
    query = select(LETTER.c.id, LETTER.c.content).join(PERSON, PERSON.c.id == LETTER.c.person_id)
    with reading(site.engine) as connection:
        rows = connection.execute(query.where(PERSON.c.email == OWNER)).all()
    return max(int(row.id) for row in rows if b"text/calendar" in (row.content or b""))


def addresses(site: Site) -> list[str]:
    """Return an address of every route that looks, and some that lead nowhere."""
    letter = letter_with_dates(site)
    people = [site.address(email) for email in (OWNER, HEAD)]
    return [
        "/",
        "/?page=1",
        "/?page=2",
        "/grants/REF-2009-1",
        REF,
        f"{REF}?before=100",
        "/grants/none/at/all",
        "/mailbox",
        f"/mailbox?before={letter}",
        f"/mailbox/{letter}",
        f"/mailbox/{letter}/html",
        f"/mailbox/{10**30}",
        *people,
        f"{people[0]}?answered=s1",
        "/t/forged",
        "/login/forged",
        "/undo/forged",
        "/c/forged.ics",
        "/people",
        "/people/1",
        f"/people/{10**30}",
        "/static/style.css",
        "/healthz",
        "/nothing",
    ]


@pytest.mark.parametrize(
    ("day", "language"),
    [(LATE, "sv"), (ASKED, "en"), (CLOSED, "sv")],
    ids=["late-sv", "asked-en", "closed-sv"],
)
def test_pages_are_strict_html_of_bearable_size_with_their_headers_and_change_no_row(
    tmp_path: Path, day: date, language: str
) -> None:
    site = played(tmp_path, day)
    client = site.client(language)
    before = dump(site.engine)
    for address in addresses(site):
        client.head(address)
        page = client.get(address)
        assert page.status_code in (200, 404, 410)
        hold_headers(address, page)
        if page.headers["content-type"].startswith("text/html"):
            tree = parse_strictly(page)
            assert len(page.content) < LARGEST_PAGE, address
            own = address.endswith("/html") or address.startswith("/t/")
            assert own or tree.get("lang") == language
            assert [
                node.tag for node in tree.iter() if node.get("style") or node.tag == "script"
            ] == [] or own
    assert dump(site.engine) == before


def hold_headers(address: str, page: httpx2.Response) -> None:
    """Hold an answer to the headers that each carries."""
    expected = dict(HEADERS)
    if re.fullmatch(r"/mailbox/\d{1,9}", address):
        expected["content-security-policy"] += "; frame-src 'self'"
    if address.startswith("/t/") and "<script" in page.text:
        # The script that keeps what is typed, and nobody else's.
        expected["content-security-policy"] += "; script-src 'self'; connect-src 'self'"
    if not address.endswith("/html"):
        assert {name: page.headers.get(name) for name in expected} == expected, address
    assert "strict-transport-security" not in page.headers


def test_page_that_is_not_strict_html_is_found(late: Site) -> None:
    page = late.client().get("/")
    page._content = page.content.replace(b"</main>", b"</div></main>")
    with pytest.raises(Exception, match="End tag"):
        parse_strictly(page)


HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
}


def test_letter_in_its_frame_can_do_nothing_but_open_its_links(late: Site) -> None:
    found = late.client().get(f"/mailbox/{letter_with_dates(late)}/html").headers
    policy = dict(part.strip().partition(" ")[::2] for part in found["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    assert found["x-frame-options"] == "SAMEORIGIN"


def test_portal_behind_https_says_so_for_a_year(late: Site) -> None:
    late.settings = late.settings.model_copy(update={"portal_url": "https://grants.example.org"})
    assert late.client().get("/").headers["strict-transport-security"] == "max-age=31536000"


def test_failure_has_a_page_and_headers_too(late: Site) -> None:
    def broken() -> datetime:
        raise RuntimeError("the clock stands still")

    app = make_app(late.settings, late.engine, broken)
    client = TestClient(app, base_url=late.settings.portal_url, raise_server_exceptions=False)
    page = client.get("/t/x")
    assert page.status_code == 500
    assert "clock" not in text_of(parse(page))
    assert {name: page.headers.get(name) for name in HEADERS} == HEADERS


def test_request_for_another_host_is_refused(late: Site) -> None:
    client, elsewhere = late.client(), ["grants.evil.example", "evil.example@127.0.0.1", "[::1", ""]
    here = {"127.0.0.1:8480": 200, "localhost": 200}
    for host, status in (dict.fromkeys(elsewhere, 400) | here).items():
        assert client.get("/", headers={"host": host}).status_code == status, host
        assert client.get("/healthz", headers={"host": host}).status_code == status, host


def test_health_and_pages_say_in_a_line_that_the_database_is_gone(tmp_path: Path) -> None:
    site = Site(open_engine(f"sqlite:///{tmp_path}/empty.db"), settings_for(tmp_path), at(LATE))
    client = site.stranger()
    client.cookies.set("grants", "x")
    health, page = client.get("/healthz"), client.get("/")
    assert (health.status_code, health.text) == (503, "The database is not ready.\n")
    assert page.status_code == 503
    assert str(tmp_path) not in page.text


# ---------------------------------------------------------------------------------------------- the overview


def table_of_page(page: Any) -> list[list[str]]:
    """Return the cells of the page's first table, row by row."""
    body = next(parse(page).iter("tbody"))
    return [[text_of(cell) for cell in row] for row in body.iter("tr")]


def test_overview_says_where_each_grant_stands(late: Site) -> None:
    page = late.client().get("/")
    assert [row for row in table_of_page(page) if len(row) > 1] == [
        [
            "Regional samordning mot prostitution och människohandel REF-2009-2",
            "Follow-up, quarter 2 2010 Handläggaren 7 days late 30 July",
            "100,000 SEK to come of 500,000 SEK",
        ],
    ]
    tiles = [text_of(node) for node in nodes(parse(page), "li") if "stands-" in (node.get("class") or "")]
    assert tiles == [
        "1 With us, late Late now: 100,000 SEK",
        "0 With us, on time Still to come of grants with something due within 30 days: nothing",
        "0 Waiting for the funder",
    ]
    assert "1 + 0 + 0 = 1 open grant." in main_of(page)
    assert "REF-2009-1 Closed" in main_of(page)
    swedish = main_of(late.client("sv-SE,sv;q=0.9,en;q=0.8").get("/"))
    assert "Uppföljning, kvartal 2 2010 Handläggaren 7 dagar försenat 30 juli" in swedish


def many_grants(engine: Engine, count: int) -> None:
    """Insert open grants, each with a step that is due on a day of its own and an instalment."""
    with transaction(engine) as connection:
        person, programme = a_person(connection), a_programme_version(connection)
        for number in range(count):
            grant = a_grant(connection, reference=f"G-{number:03}", programme_id=programme)
            a_step(connection, grant, due_on=LATE + timedelta(days=number), owner_id=person)
            an_instalment(connection, grant)


def test_overview_has_pages(tmp_path: Path) -> None:
    site = Site(a_database(tmp_path), settings_for(tmp_path), at(LATE))
    many_grants(site.engine, 60)
    client = site.client()
    pages = [table_of_page(client.get(f"/?page={number}")) for number in (1, 2, 3)]
    found = [row[0][-5:] for rows in pages for row in rows if len(row) > 1]
    assert found == [f"G-{number:03}" for number in range(60)]
    assert len(client.get("/?page=2").content) < LARGEST_PAGE
    # What is not there is not found, and nonsense is the first.
    nonsense = dict.fromkeys(("0", "-1", "x", "", "²", "9" * 400), 200)
    for page, status in (nonsense | {"4": 404}).items():
        assert client.get("/", params={"page": page}).status_code == status


@pytest.fixture
def statements() -> Callable[[Engine], list[str]]:
    said: list[str] = []

    def listen(engine: Engine) -> list[str]:
        event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        return said

    return listen


def test_overview_asks_as_little_for_many_grants_as_for_few(
    tmp_path: Path, statements: Callable[[Engine], list[str]]
) -> None:
    for count in (3, 60):
        site = Site(a_database(tmp_path), settings_for(tmp_path), at(LATE))
        many_grants(site.engine, count)
        with reading(site.engine) as connection:
            load_programmes(connection, [1])  # a process reads it whole only once
        client, said = site.client(), statements(site.engine)
        for _ in range(2):
            before = len(said)
            client.get("/")
            assert len([one for one in said[before:] if one.startswith(("SELECT", "WITH"))]) == 12


@pytest.mark.parametrize("place", ["own page", "person"])
def test_page_of_who_holds_many_grants_is_small_and_asks_no_more(
    tmp_path: Path, statements: Callable[[Engine], list[str]], place: str
) -> None:
    found = []
    for count in (9, 60):
        folder = tmp_path / str(count)
        folder.mkdir()
        site = Site(a_database(folder), settings_for(folder), at(LATE + timedelta(days=100)))
        many_grants(site.engine, count)
        held_by(site.engine)
        address = "/people/1" if place == "person" else f"/t/{sign_link('held', load_or_make(site.settings))}"
        client = site.client()
        client.get(address)
        said = statements(site.engine)
        before = len(said)
        page = client.get(address)
        assert page.status_code == 200
        assert len(page.content) < LARGEST_PAGE
        assert {"Next page", "Nästa sida"} & {text_of(one) for one in parse(page).iter("a")} or count == 9
        found.append(len(said) - before)
    assert found[0] == found[1]


def held_by(engine: Engine) -> None:
    """Give who holds the grants of `many_grants` a step without a date in each, and a letter with the link `held`."""
    with transaction(engine) as connection:
        person = int(connection.execute(select(PERSON.c.id)).scalar_one())
        for grant in connection.execute(text('SELECT id FROM "grant"')).scalars().all():
            a_step(connection, grant, key="close", due_on=None, status=StepStatus.WAITING, owner_id=person)
        until = at(LATE + timedelta(days=200))
        a_letter(connection, person, kind=LetterKind.LINK, link_key="held", link_expires_at=until)


# ------------------------------------------------------------------------------------------------- one grant


def steps_of_page(page: Any) -> list[str]:
    """Return the steps of a grant's page as they are read: those of the next days, the later ones, the done ones."""
    lists = [node for node in parse(page).iter("ul") if node.get("class") == "rows"]
    return [text_of(row) for rows in lists for row in rows.findall("li")]


def test_grant_page_tells_its_steps_money_and_decisions(late: Site) -> None:
    page = late.client().get(REF)
    text = text_of(next(parse(page).iter("main")))
    rows = steps_of_page(page)
    # What is to be done now stands once, on top.
    now = next(node for node in parse(page).iter("section") if node.get("aria-labelledby") == "now")
    assert text_of(now) == (
        "Now Follow-up, quarter 2 2010 with Handläggaren, by Friday 30 July 7 days late 100,000 SEK"
        " of the grant can still be lost Our own date."
        " How the day is counted Follow-up, quarter 2 2010 One month after the end of the period on 30"
        " June. We set this date ourselves. Länsstyrelsen i Stockholms län has set none. Record a decision Change the"
        " date Follow-up, quarter 2 2010 Change the grant's facts"
    )
    assert not any("quarter 2 2010" in row for row in rows)
    last = next(row for row in rows if "Claim of the last part" in row)
    assert "Provisionally 7 March 2011, counted from: the funder's approval of the final report." in last
    # Nobody has what is done, and what was reported can be read.
    assert "27 April Follow-up, quarter 1 2010 Done Read the answer: Follow-up, quarter 1 2010" in rows
    assert "100,000 SEK Condition not met Part 2, the rest Paid only after: The funder's approval" in text
    assert "5 November 2009: Award, 500,000 SEK" in text
    assert "Source: Länsstyrelsens beslut 2009-11-05." in text
    assert "1 January 2010 to 31 December 2010" in text
    assert "Socialtjänst- och arbetsmarknadsnämnden" in text
    assert "A letter to Avdelningschefen: “follow-up, quarter 2 2010”" in text


def test_every_step_without_a_day_says_what_it_waits_for(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "applied")
    site = Site(engine, settings_for(tmp_path), at(date(2009, 9, 16)))
    rows = steps_of_page(site.client().get("/grants/REF-1"))
    assert rows != []
    assert [row for row in rows if row.startswith("no day yet") and "date" not in row] == []
    draft = next(row for row in rows if "Draft" in row)
    assert "The date is set after: the committee's approval of the final report." in draft


def test_grant_page_names_the_recipient_of_the_day(tmp_path: Path) -> None:
    assert "Recipient Socialnämnden" in main_of(played(tmp_path, ASKED).client().get(REF))


def test_no_address_of_a_person_is_shown_but_those_to_ring_about_a_grant(tmp_path: Path) -> None:
    site = played(tmp_path, CLOSED)
    with transaction(site.engine) as connection:
        named = {"contact_name": "Eva Sandell", "contact_phone": "08-465 004 12"}
        connection.execute(update(GRANT).values(contact_email="eva@example.net", **named))
    client = site.client()
    assert "@" not in client.get("/").text
    for address in ("/grants/REF-2009-1", REF, f"{REF}?before=120"):
        page = parse(client.get(address))
        (contact,) = [node for node in page.iter("section") if node.get("aria-labelledby") == "contact"]
        assert "Eva Sandell 08-465 004 12 eva@example.net" in text_of(contact)
        assert "tel:0846500412" in [node.get("href") for node in contact.iter("a")]
        contact.clear()
        assert "@" not in text_of(page)


def test_journal_can_be_read_to_its_beginning(tmp_path: Path) -> None:
    site = played(tmp_path, CLOSED)
    client, address, seen = site.client(), REF, 0
    journal = ""
    while address:
        tree = parse(client.get(address))
        told = [node for node in tree.iter("ol") if node.get("class") == "journal"]
        journal = " ".join(text_of(node) for node in told)
        seen += sum(len(list(node.iter("ul"))) for node in told)
        links = [node.get("href") for node in tree.iter("a") if text_of(node) == "Earlier"]
        address = links[0] if links else ""
    assert "The grant was entered here: 16 steps. 16 steps were planned." in journal
    with reading(site.engine) as connection:
        query = select(EVENT.c.on).join(GRANT, GRANT.c.id == EVENT.c.grant_id)
        days = set(connection.execute(query.where(GRANT.c.reference == "REF-2009-2")).scalars())
    assert seen >= len(days)


def test_journal_says_who_recorded_that_an_approval_fell_away(tmp_path: Path) -> None:
    """Who recorded it took nothing back: the approval was the committee's."""
    engine, day = a_database(tmp_path), date(2011, 4, 4)
    a_grant_that_was(engine, "closed")
    answer(engine, "draft-approval", day, SECRETARY, AnswerKind.WITHDRAWN, note="Fel siffror.")
    said = journal_of(Site(engine, settings_for(tmp_path), at(day, 18)).client("sv").get("/grants/REF-1"))
    assert (
        "Committee.Secretary registrerade: ”nämndens godkännande av slutrapporten” gäller inte längre."
        in said
    )
    assert "Ett godkännande gäller inte längre; bidraget är öppet igen." in said
    assert not any("ångrade" in sentence for sentence in said)


def journal_of(page: httpx2.Response) -> list[str]:
    """Return the sentences of a grant's journal."""
    told = [node for node in nodes(parse(page), "ol") if node.get("class") == "journal"]
    return [text_of(node) for part in told for node in nodes(part, "li") if not nodes(node, "ul")]


def test_band_has_a_block_a_phase_from_its_first_day_to_its_last() -> None:
    phases = [
        PhaseSpan("a", date(2010, 1, 1), date(2010, 3, 1), Look.DONE),
        PhaseSpan("b", date(2010, 4, 1), date(2010, 12, 1), Look.NOW),
        PhaseSpan("c", None, None, Look.NEXT),
    ]
    band = draw_band(phases, date(2010, 5, 1))
    assert band is not None
    assert [(one.name, one.look) for one in band.blocks] == [("a", "done"), ("b", "now"), ("c", "next")]
    ends = [one.x + one.width for one in band.blocks]
    assert [one.x for one in band.blocks] == pytest.approx([0, *ends[:-1]])
    assert ends[-1] == pytest.approx(100)
    assert band.today is not None
    assert band.blocks[1].x < band.today < band.blocks[2].x
    assert [one.on.month for one in band.quarters] == [1, 4, 7, 10]
    assert draw_band(phases[2:], date(2010, 5, 1)) is None
    over = draw_band(phases[:1], date(2011, 5, 1))
    assert over is not None
    assert over.today is None


def test_band_of_a_phase_that_is_not_done_reaches_from_today_or_to_it() -> None:
    one_day = PhaseSpan("a", date(2010, 6, 1), date(2010, 6, 1), Look.NOW)
    band = draw_band([one_day, PhaseSpan("b", None, None, Look.NEXT)], date(2010, 5, 1))
    assert band is not None
    assert [one.width for one in band.blocks] == [92, 8]
    assert (band.today, band.blocks[0].is_over) == (0, False)
    late = draw_band([one_day, PhaseSpan("b", None, date(2010, 8, 1), Look.NEXT)], date(2010, 7, 1))
    assert late is not None
    assert late.blocks[0].is_over
    assert late.blocks[0].x + late.blocks[0].width == late.today


def test_awkward_reference_has_an_address_of_its_own(tmp_path: Path) -> None:
    site = Site(a_database(tmp_path), settings_for(tmp_path), at(LATE))
    with transaction(site.engine) as connection:
        grant = a_grant(connection, reference="SN/2010_1.a-b", title="Awkward")
        a_step(connection, grant, owner_id=a_person(connection))
    client = site.client()
    link = next(a.get("href") for a in parse(client.get("/")).iter("a") if text_of(a) == "Awkward")
    assert text_of(next(parse(client.get(link)).iter("h1"))) == "Awkward"


# ------------------------------------------------------------------------------------------------ the mailbox


def test_mailbox_shows_letters_newest_first(late: Site) -> None:
    client, address, seen = late.client(), "/mailbox", []
    while address:
        tree = parse(client.get(address))
        listed = next(node for node in tree.iter("ul") if node.get("class") == "letters")
        seen += [int(a.get("href").rsplit("/", 1)[1]) for a in listed.iter("a")]
        links = [node.get("href") for node in tree.iter("a") if text_of(node) == "Earlier"]
        address = links[0] if links else ""
    with reading(late.engine) as connection:
        ids = list(connection.execute(select(LETTER.c.id).order_by(LETTER.c.id.desc())).scalars())
    assert seen == ids
    assert len(ids) > 25


def test_nothing_is_called_open_before_its_day(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    client = Site(engine, settings_for(tmp_path), at(date(2010, 3, 31), 8)).client()
    page = client.get("/grants/REF-1")
    rows = steps_of_page(page)
    assert "Opens on 1 April" in text_of(parse(page))
    for quarter, day in enumerate(("1 July", "1 October"), start=2):
        (row,) = [one for one in rows if f"Change the date Follow-up, quarter {quarter} 2010" in one]
        assert row.endswith(f"Opens on {day}")
    assert "Waits only for its day: “follow-up, quarter 1 2010”" in text_of(parse(page))
    later = Site(engine, settings_for(tmp_path), at(date(2010, 4, 1), 8)).client()
    assert "Opens on 1 April" not in text_of(parse(later.get("/grants/REF-1")))


def test_letter_that_is_not_written_yet_is_shown_as_it_will_be(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 30))
    site = Site(engine, settings_for(tmp_path), at(date(2010, 4, 30), 8))
    client = site.client()
    with reading(engine) as connection:
        letter, subject = connection.execute(
            select(LETTER.c.id, LETTER.c.subject)
            .where(LETTER.c.kind == LetterKind.TASKS)
            .order_by(LETTER.c.id)
        ).all()[-1]
    assert not subject
    said = "Lämna uppföljningen januari–mars senast 30 april"
    assert said in text_of(parse(client.get("/mailbox")))
    site.now -= timedelta(days=1)
    waits = text_of(parse(client.get("/mailbox")))
    assert (said in waits, "Goes on 30 April" in waits) == (True, True)
    site.now += timedelta(days=1)
    page = text_of(parse(client.get(f"/mailbox/{letter}")))
    assert said in page
    assert "Hej" in page
    assert "It has not been handed over yet." in page


def test_letters_kept_before_there_was_a_mail_server_are_listed(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    site = on_the_day(engine, tmp_path, date(2010, 4, 30))
    assert "kept here while" not in main_of(site.client().get("/mailbox"))  # the banner says it
    site.settings = site.settings.model_copy(update={"smtp_host": "mail.example.org"})
    client = site.client()
    with reading(engine) as connection:
        count = len(connection.execute(select(LETTER.c.id)).all())
    page = client.get("/mailbox")
    assert f"{count} emails were kept here while there was no mail server." in main_of(page)
    assert "/mailbox?kept" in {link.get("href") for link in parse(page).iter("a")}
    with transaction(engine) as connection:
        a_letter(connection, a_person(connection), subject="Leaves", content=b"Subject: Leaves")
    assert "Leaves" in main_of(client.get("/mailbox"))
    kept = main_of(client.get("/mailbox?kept"))
    assert ("Leaves" in kept, kept.count("Kept here")) == (False, count)


def test_letter_is_shown_whole(late: Site) -> None:
    letter = letter_with_dates(late)
    client = late.client()
    text = text_of(parse(client.get(f"/mailbox/{letter}")))
    assert "To Handläggaren (handläggare, Prostitutionsenheten) <coordinator@example.org>" in text
    assert "Kept here" in text
    assert "Auto-Submitted auto-generated" in text
    assert "kept here, no mail server is set" in text
    assert "Hej Handläggaren!" in text
    assert "The calendar file with it BEGIN:VCALENDAR" in text
    html = client.get(f"/mailbox/{letter}/html").text
    assert html.count('<head><base target="_blank">') == 1


def mailbox_places(site: Site) -> list[str]:
    """Return an address of each of the mailbox's pages."""
    letter = letter_with_dates(site)
    return ["/mailbox", f"/mailbox/{letter}", f"/mailbox/{letter}/html"]


def test_mailbox_is_for_admins(late: Site) -> None:
    for who, status in ((None, 200), (ADMIN, 200), (OWNER, 404), (HEAD, 404), (CONTROLLER, 404)):
        client = late.client(who=who)
        assert {client.get(place).status_code for place in mailbox_places(late)} == {status}, who
        assert ('href="/attention"' in client.get("/").text) == (status == 200)


def test_mailbox_of_letters_that_leave_shows_no_link_that_acts(late: Site) -> None:
    tokens = late.tokens(OWNER)
    pages = [late.client().get(place).text for place in mailbox_places(late)]
    assert any(token in pages[1] for token in tokens)
    late.settings = late.settings.model_copy(update={"smtp_host": "mail.example.org"})
    client = late.client()
    pages = [client.get(place).text for place in mailbox_places(late)]
    assert not [token for token in tokens for page in pages if token in page]
    assert "/t/..." in pages[1]
    assert "nothing leaves" not in client.get("/").text


# -------------------------------------------------------------------------------------- links and other guards


def test_person_sees_all_their_tasks_in_their_own_language(tmp_path: Path) -> None:
    site = played(tmp_path, LATE)
    own = text_of(next(parse(site.client("en").get(site.address(OWNER))).iter("main")))
    assert own.startswith("Att göra Fredag 6 augusti. En uppgift, en är försenad. ")
    grant = "Regional samordning mot prostitution och människohandel REF-2009-2"
    assert f"{grant} Uppföljningen april–juni 7 dagar försenat sista dag var den 30 juli" in own
    assert "En månad efter periodens slut den 30 juni" in own
    head = text_of(next(parse(site.client("en").get(site.address(HEAD))).iter("main")))
    assert "Försenat hos andra" in head
    other = played(tmp_path, ASKED)
    assert parse(other.client("sv").get(other.address(CONTROLLER))).get("lang") == "en"


def test_links_that_open_nothing_all_look_the_same(late: Site) -> None:
    keys = tuple(key.strip() for key in late.settings.secret_keys.get_secret_value().split(","))
    good = late.tokens(OWNER)[-1]
    with transaction(late.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == HEAD).values(departed_on=LATE))
        old = late.tokens(SECRETARY)
    assert old == []
    dead = {
        # Not its last character: that one has spare bits, so that another can stand for the same seal.
        "altered": good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1],
        "another key": sign_link(good.split(".")[0], ("a key that is not the portal's",)),
        "no letter's": sign_link("no-such-letter", keys),
        "left": late.tokens(HEAD)[-1],
        "nonsense": "%00%ff",
        "long": "x" * 5_000,
    }
    client = late.stranger()
    pages = {name: client.get(f"/t/{token}") for name, token in dead.items()}
    assert client.get(f"/t/{good}").status_code == 200
    nowhere = client.get("/nowhere")
    assert {name: (page.status_code, page.text) for name, page in pages.items()} == dict.fromkeys(
        dead, (404, nowhere.text)
    )
    assert {client.post(f"/t/{token}", data={"act": "done"}).status_code for token in dead.values()} == {404}


def test_who_is_signed_in_finds_the_menu_where_nothing_is(late: Site) -> None:
    client, letter = late.client(), late.tokens(OWNER)[-1]
    for address in ("/nowhere", "/grants/REF-NONE", "/people/999", "/t/forged", f"/t/{letter[:-2]}AA"):
        page = client.get(address)
        menu = [link.get("href") for link in next(parse(page).iter("nav")).iter("a")]
        assert (page.status_code, menu) == (404, ["/", "/money", "/meetings", "/attention"]), address
    assert client.post("/logout", data={"nonce": nonce_of(page, "/logout")}).status_code == 303
    assert list(parse(client.get("/nowhere")).iter("nav")) == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "sv"),
        ("en", "en"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("de,en;q=0.5,sv;q=0.4", "en"),
        ("fr", "sv"),
        (",;q=;;", "sv"),
    ],
)
def test_language_is_the_browsers_else_the_house_s(header: str, language: str) -> None:
    assert preferred_language(header, "sv") == language


def test_pages_are_the_same_on_postgresql(tmp_path: Path) -> None:
    pages = []
    for engine in (a_database(tmp_path), a_new_postgres_database()):
        site = Site(engine, settings_for(tmp_path), at(date(2011, 1, 21), 9))
        a_grant_that_was(engine, "committee approved")
        do_round(engine, date(2011, 1, 21))
        deliver(engine, site.settings, lambda: at(date(2011, 1, 21), 8))
        answer(
            engine, "final-report", date(2011, 1, 21), kind=AnswerKind.NOT_YET, note="Underskriften saknas."
        )
        client = site.client("sv")
        addresses = ("/", "/grants/REF-1", "/mailbox", site.address(OWNER))
        pages.append([text_of(next(parse(client.get(address)).iter("main"))) for address in addresses])
        before = dump(engine)
        client.get("/")
        assert dump(engine) == before
        engine.dispose()
    assert pages[0] == pages[1]
    assert "Underskriften saknas." in pages[0][3]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_number_that_no_row_can_have_is_not_found(kind: str, tmp_path: Path) -> None:
    engine = a_database(tmp_path) if kind == "sqlite" else a_new_postgres_database()
    day = date(2010, 4, 30)
    a_grant_that_was(engine, "first paid")
    do_round(engine, day)
    site = Site(engine, settings_for(tmp_path), at(day))
    client, tasks = site.client(), site.address(OWNER)
    rows = ("/mailbox/{}", "/mailbox/{}/html", "/papers/{}", "/made/{}", "/documents/{}", "/people/{}")
    lists = ("/mailbox?before={}", "/grants/REF-1?before={}", tasks + "?answered=s{}")
    for number in (2**31 - 1, 2**31, 2**63, 10**30):
        assert [client.get(one.format(number)).status_code for one in rows] == [404] * len(rows)
        assert {client.get(one.format(number)).status_code for one in lists} <= {200, 404}
        assert post(client, tasks, "not-yet", {"drop": str(number)}).status_code == 303
    engine.dispose()
