"""The portal on a played reference case, for the tests of its pages and the one in a browser."""

import atexit
import html
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import html5lib
import httpx2
import lxml.html
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import Engine, Row, select
from starlette.testclient import TestClient

from deployments.portal.app import make_app
from deployments.portal.grant.money import PartLine
from deployments.portal.web.state import page_environment
from models.errors import DatabaseUnready
from models.tables.step import MadeDocument
from tasks.outbox.deliver import deliver
from tasks.people.links import LinkUse, sign_link
from tasks.people.sign_in import make_login_link
from tasks.settings import Settings, load_settings
from tasks.store.database import reading
from tasks.store.secrets import load_or_make
from tests.builders import a_database
from tests.grant_scenes import LETTER, PERSON, a_grant_that_was, at, do_round, person_id, rows
from tests.reference_case import KEYS, LATE, played_until
from tests.remembered import remembered


def settings_for(folder: Path, **changes: Any) -> Settings:
    """Return settings of a portal in a folder; no mail server unless one is named."""
    return load_settings(home=folder, secret_keys=KEYS, **changes)


@lru_cache(maxsize=1)
def _event_loop() -> BlockingPortal:
    """Start the event loop in which a process's portals answer: a client alone would start one for each request."""
    ends = ExitStack()
    atexit.register(ends.close)
    return ends.enter_context(start_blocking_portal())


@dataclass(slots=True)
class Site:
    """A portal on a database, at a moment that a test may move."""

    engine: Engine
    settings: Settings
    now: datetime

    def stranger(self, language: str = "en") -> TestClient:
        """Return a browser without scripts that prefers a language, in which nobody is signed in."""
        app = make_app(self.settings, self.engine, lambda: self.now)
        client = TestClient(
            app, base_url=self.settings.portal_url, follow_redirects=False, raise_server_exceptions=False
        )
        client.portal = _event_loop()
        client.headers["accept-language"] = language
        return client

    def client(self, language: str = "en", who: str | None = None) -> TestClient:
        """Return a browser in which the operator, or the person with an address, is signed in."""
        client = self.stranger(language)
        sign_in(self, client, who)
        return client

    def desk(self, email: str, language: str = "en") -> tuple[TestClient, str]:
        """Return a browser in which a person has signed in, and the address of their tasks."""
        return self.client(language, email), "/tasks"

    def tokens(self, email: str) -> list[str]:
        """Return the links in a person's letters, oldest first."""
        query = (
            select(LETTER.c.link_key)
            .join(PERSON, PERSON.c.id == LETTER.c.person_id)
            .where(PERSON.c.email == email)
            .order_by(LETTER.c.id)
        )
        keys = load_or_make(self.settings)
        with reading(self.engine) as connection:
            return [sign_link(link_key, keys) for link_key in connection.execute(query).scalars()]

    def address(self, email: str) -> str:
        """Return the address behind the button of a person's newest letter."""
        return f"/t/{self.tokens(email)[-1]}"


def login_address(site: Site, who: str | None = None) -> str:
    """Return the address of a new login link of the operator, or of the person with an address."""
    person = person_id(site.engine, who) if who else None
    today = site.now.astimezone(site.settings.zone).date()
    signed = make_login_link(site.engine, person, today=today, now=site.now)
    return f"/login/{sign_link(signed, load_or_make(site.settings), LinkUse.LOGIN)}"


def sign_in(site: Site, client: TestClient, who: str | None = None) -> None:
    """Sign a browser in by a login link, as people do."""
    try:
        address = login_address(site, who)
    except DatabaseUnready:
        return  # what the pages say then is what the test is about
    nonce = nonce_of(client.get(address))
    assert client.post(address, data={"nonce": nonce}).status_code == 303


def nonce_of(page: httpx2.Response, action: str | None = None) -> str:
    """Return the nonce of the page's only form, or of the first one that goes to an address."""
    forms = [f for f in parse(page).iter("form") if f.get("action") == action]
    fields = (field for field in forms[0].iter("input") if field.get("name") == "nonce")
    return str(next(fields).get("value"))


def ask_to_sign_in(client: TestClient, email: str) -> httpx2.Response:
    """Ask for a login link, by the form of the page."""
    nonce = nonce_of(client.get("/login"), "/login")
    return client.post("/login", data={"nonce": nonce, "email": email})


def played(folder: Path, until: date) -> Site:
    """Return the portal on the evening of a day of the reference case."""
    return Site(played_until(until, folder), settings_for(folder), at(until, 18))


def made_here(site: Site) -> list[Row[Any]]:
    """Return the documents made on the page; what the steps had kept before was made earlier in the day."""
    return [row for row in rows(site.engine, MadeDocument) if row.made_at >= site.now]


def on_the_day(engine: Engine, folder: Path, day: date) -> Site:
    """Return the portal on a morning after the round, its letters in the mailbox."""
    site = Site(engine, settings_for(folder), at(day, 10))
    do_round(engine, day)
    deliver(engine, site.settings, lambda: at(day, 8))
    return site


def a_site_that_was(folder: Path, stage: str, day: date, engine: Engine | None = None) -> Site:
    """Return the portal on such a morning, the grant played up to the stage; lived through once a run and kind."""
    found = engine or a_database(folder)

    def live() -> None:
        a_grant_that_was(found, stage)
        on_the_day(found, folder, day)

    remembered(found, f"{stage} on {day}", live)
    return Site(found, settings_for(folder), at(day, 10))


def macro(
    language: str, template: str, name: str, *given: object, today: date = LATE, **values: object
) -> str:
    """Return what a macro of a page's template says, as text."""
    module = page_environment(language).get_template(template).make_module({"today": today})
    return html.unescape(str(getattr(module, name)(*given, **values)))


def part_words(line: PartLine, today: date) -> tuple[str, list[str]]:
    """Return what a grant's page says of an instalment in English: its state, and what has become of it."""
    facts = macro("en", "parts.html", "part_facts", line, "SEK", today=today)
    said = [one.replace("\N{NO-BREAK SPACE}", " ") for one in re.findall("<p>(.*?)</p>", facts)]
    return macro("en", "parts.html", "part_status", line, today=today), said


def parse(page: httpx2.Response) -> Any:
    """Return the page as a tree."""
    return lxml.html.document_fromstring(page.text, parser=lxml.html.HTMLParser(remove_comments=True))


def parse_strictly(page: httpx2.Response) -> Any:
    """Return the page as a tree; html5lib.html5parser.ParseError for anything but strict HTML. It takes its time."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.text)


def nodes(tree: Any, *tags: str) -> list[Any]:
    """Return the elements of some kinds, in the page's order."""
    return [node for node in tree.iter() if node.tag in tags]


def text_of(node: Any) -> str:
    """Return what a reader sees of a part of a page, spaces made single, no word broken."""
    return " ".join("".join(node.itertext()).replace("\N{SOFT HYPHEN}", "").split())


def fields_of(form: Any) -> dict[str, str]:
    """Return the fields of a form that a browser would send untouched."""
    found = {}
    for field in nodes(form, "input", "textarea", "select"):
        options = list(field.iter("option"))
        chosen = [one for one in options if one.get("selected") is not None]
        value = (chosen or options)[0].get("value") if options else field.get("value") or field.text
        found[field.get("name")] = (value or "").strip()
    return found


def forms_of(page: httpx2.Response, act: str) -> list[dict[str, str]]:
    """Return the page's forms for an act, each as its fields."""
    forms = map(fields_of, parse(page).iter("form"))
    return [fields for fields in forms if fields.get("act") == act]


def forms_at(client: TestClient, address: str, act: str) -> list[dict[str, str]]:
    """Return the forms for an act that the page at an address has, and those that its cards lead to."""
    page = client.get(address)
    there = (form for one in form_pages(client, page, act) for form in forms_of(one, act))
    return [*forms_of(page, act), *there]


def form_pages(client: TestClient, page: httpx2.Response, act: str) -> list[httpx2.Response]:
    """Return the pages of an act's forms to which the cards of a page lead."""
    beside = {"return": "approve", "decline": "release"}.get(act, act)
    links = (link.get("href") for link in parse(page).iter("a"))
    return [client.get(link) for link in links if link.endswith((f"&act={act}", f"&act={beside}"))]


def post(
    client: TestClient, address: str, act: str, values: Mapping[str, str] | None = None, number: int = 0
) -> httpx2.Response:
    """Fill in a form of the page at the address, send it, and act when what it comes to is shown."""
    form = forms_at(client, address, act)[number]
    return act_on(client, address, client.post(address, data=form | dict(values or {})))


def act_on(client: TestClient, address: str, page: httpx2.Response) -> httpx2.Response:
    """Press the button of the page that shows what a form comes to; return any other page as it is."""
    shown = [one for one in map(fields_of, parse(page).iter("form")) if "seen" in one] if page.text else []
    return client.post(address, data=shown[0]) if page.status_code == 200 and shown else page


def problems(page: httpx2.Response) -> list[str]:
    """Return what the page says is wrong."""
    wrong = re.compile(r"\b(error|note-bad)\b")
    return [text_of(node) for node in parse(page).iter("p") if wrong.search(node.get("class") or "")]
