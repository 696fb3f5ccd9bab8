"""No barriers: axe-core finds none on any page, in light and dark, on a phone and at double size."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from sqlalchemy import insert, update

from deployments.sample.portfolio import load_sample
from models.tables.letter import Letter
from models.vocabulary import Access
from tasks.store.database import transaction
from tests.browser_scenes import click_through, open_menu, open_portal, signed_in, watched
from tests.builders import a_database
from tests.deployments.portal.test_portal_answers import GIVEN
from tests.deployments.portal.test_portal_links import undo_address
from tests.grant_scenes import CONTROLLER, GRANT, HEAD, MANAGER, OWNER, PERSON, SECRETARY, person_id, rows
from tests.portal_scenes import Site, login_address, played, post
from tests.reference_case import ASKED, LATE, WITH_COMMITTEE

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# Everything of WCAG 2.2 A and AA that can be found by looking, and what is good besides.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# What passes is only counted: describing it, and making selectors for what nobody looks up, takes as long as looking.
FIND_BARRIERS = """([where, type, values]) => axe
    .run(where, {runOnly: {type, values}, resultTypes: ["violations"], selectors: false})
    .then(({passes, violations}) => ({
        passed: passes.length,
        wrong: violations.map(one => [one.id, one.nodes[0].html.slice(0, 200)].join(": ")),
    }))"""
EVERYTHING_OPEN = (
    "document.querySelectorAll('main details').forEach(d => { d.removeAttribute('name'); d.open = true })"
)
# What lies over the page when it is open.
MENU_OPEN = "document.querySelectorAll('.top details').forEach(d => { d.open = true })"


@contextmanager
def open_site(folder: Path, day: date) -> Iterator[Site]:
    """Serve the reference case as it was on a day."""
    # Playwright keeps an event loop running in this thread, and delivery runs one of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        found = elsewhere.submit(played, folder, day).result()
    with open_portal(found.engine, folder, found.now) as site:
        yield site


def barriers(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """Return what axe-core finds wrong with a page, all of it open, then its menu; in the dark only colours differ."""
    page.evaluate(EVERYTHING_OPEN)
    # Where scripts may not be added, as here, a browser's tools still may run one.
    page.evaluate(AXE)
    found = page.evaluate(FIND_BARRIERS, ["html", "tag", list(rules)])
    assert found["passed"] > 5
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(FIND_BARRIERS, ["html", "rule", ["color-contrast"]])
    page.emulate_media(color_scheme="light")
    wrong = [*found["wrong"], *dark["wrong"]]
    if page.locator(".top details").count():
        page.evaluate(MENU_OPEN)
        wrong += page.evaluate(FIND_BARRIERS, [".top", "tag", list(rules)])["wrong"]
    return wrong


def hold_widths(page: Page, address: str) -> None:
    """Hold the open page to a phone, and to a window of 1280 pixels at 200 %, which has room for 640."""
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") == width, (address, width)


def fill_in_badly(page: Page) -> None:
    """Send the first form of a person's page as it should not be."""
    click_through(page.locator("a.button").first)
    page.locator("[name=q-spent]").fill("mycket")
    page.locator("[name=files]").set_input_files(
        {"name": "räkning.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF"}
    )
    click_through(page.locator("main button[type=submit]:visible").first)
    page.get_by_role("alert").first.wait_for()


def pages_of(site: Site) -> list[str]:
    """Return the addresses of all kinds of pages."""
    return [
        "/",
        "/?words=x&state=late&unit=y",
        "/grants/REF-2009-2",
        "/people",
        f"/people/{person_id(site.engine, OWNER)}",
        "/meetings",
        "/attention",
        "/letters-to-come",
        "/desk/correct/1",
        "/new-grant",
        "/programme?like=two-parts",
        "/leadership",
        "/month",
        "/help/coordinator",
        "/templates",
        "/mailbox",
        "/mailbox/1",
        "/papers/1",
        "/nothing",
        *map(site.address, (OWNER, HEAD)),
    ]


def after_the_answer(site: Site, page: Page) -> Iterator[str]:
    """Yield what the page shows, one after the other, once the reader has answered; it ends with the link's end."""
    url, own = site.settings.portal_url, site.address(OWNER)
    page.goto(url + own)
    fill_in_badly(page)
    yield "what must be mended"
    click_through(page.locator("[name=save]"))
    page.get_by_role("status").first.wait_for()
    yield "what is kept"
    click_through(page.locator("a[href*=paper]").first)
    yield "a document to be made"
    assert post(site.stranger(), own, "done", GIVEN).status_code == 303
    for name, address in (("thanks", f"{own}?answered=s1"), ("undo", undo_address(site))):
        page.goto(url + address)
        yield name
    click_through(page.locator("main button"))
    page.get_by_role("status").wait_for()
    yield "undone"
    site.now += timedelta(days=181)
    page.goto(url + own)
    yield "the link is over"
    click_through(page.locator("main button"))
    page.get_by_role("status").wait_for()
    yield "a new one is sent"


SMALL_BUTTONS = (
    "[...document.querySelectorAll('button, summary, .menu a')]"
    ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.textContent)"
)
PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 700}}


def test_no_page_has_a_barrier(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, LATE) as site:
        context = browser.new_context(locale="sv-SE", **PHONE)
        faults = watched(context, site)
        page, url = context.new_page(), site.settings.portal_url
        found: dict[str, list[str]] = {}
        for address in ("/login", login_address(site)):
            page.goto(url + address)
            found[address] = barriers(page)
        click_through(page.locator("main button"))
        page.wait_for_url(f"{url}/")
        for address in pages_of(site):
            page.goto(url + address)
            assert page.evaluate(SMALL_BUTTONS) == [], address
            assert page.evaluate("document.querySelector('.top').offsetHeight") < 100, address  # folded
            found[address] = barriers(page)
            hold_widths(page, address)
        for name in after_the_answer(site, page):
            found[name] = barriers(page)
            assert page.evaluate("document.documentElement.scrollWidth") == 320, name
        context.close()
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    # The browser tells by itself of what is not there, of an answer to be put right, and of a link that is over.
    assert {one.partition("status of ")[2][:3] for one in faults} == {"404", "410", "422"}


def test_no_page_has_a_barrier_for_the_committee_s_secretary(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, WITH_COMMITTEE) as site:
        context = browser.new_context(locale="sv-SE", **PHONE)
        page = context.new_page()
        found = {}
        for address in map(site.address, (OWNER, SECRETARY)):
            page.goto(site.settings.portal_url + address)
            found[address] = barriers(page)
            hold_widths(page, address)
        context.close()
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_no_page_has_a_barrier_for_who_sees_it_otherwise(browser: Browser, tmp_path: Path) -> None:
    readers: dict[str, tuple[dict[str, Any], list[str]]] = {
        # An administrator with nothing of their own; who reads all; who is to confirm, and stands above others.
        "admin@example.org": ({"is_admin": True, "language": "en"}, ["/", "/tasks", "/people", "own"]),
        "reader@example.org": ({"access": Access.READER, "language": "sv"}, ["/grants/REF-2009-2"]),
        CONTROLLER: ({"access": Access.CONTROLLER, "language": "sv"}, ["/tasks"]),
        MANAGER: ({"language": "en"}, ["/tasks"]),
    }
    found = {}
    with open_site(tmp_path, ASKED) as site:
        url = site.settings.portal_url
        for who, (values, addresses) in readers.items():
            with transaction(site.engine) as connection:
                if not connection.execute(
                    update(PERSON).where(PERSON.c.email == who).values(values)
                ).rowcount:
                    connection.execute(insert(PERSON).values(values | {"email": who, "name": "Nya Namn"}))
            context = browser.new_context(**PHONE)
            page = context.new_page()
            page.goto(url + login_address(site, who))
            click_through(page.locator("main button"))
            page.wait_for_url(f"{url}/tasks")
            for address in addresses:
                page.goto(url + address.replace("own", f"/people/{person_id(site.engine, who)}"))
                found[who, address] = barriers(page)
                hold_widths(page, address)
                assert page.locator("html").get_attribute("lang") == values["language"], address
            context.close()
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def test_no_page_of_one_s_own_has_a_barrier(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, LATE) as site:
        context = browser.new_context(locale="sv-SE", **PHONE)
        page, url = context.new_page(), site.settings.portal_url
        page.goto(url + login_address(site, OWNER))
        click_through(page.locator("main button"))
        page.wait_for_url(f"{url}/tasks")
        found = {}
        for name in what_is_one_s_own(page, f"{url}/people/{person_id(site.engine, OWNER)}"):
            found[name] = barriers(page)
            assert page.evaluate("document.documentElement.scrollWidth") == 320, name
        context.close()
    assert found == {
        "what I hold": [],
        "my calendar": [],
        "nobody to pass it on to": [],
        "what is passed on": [],
        "passed on": [],
        "a link is on its way": [],
    }


def what_is_one_s_own(page: Page, own: str) -> Iterator[str]:
    """Yield what a signed-in person's own page shows, one thing after the other, until they sign out."""
    page.goto(own)
    yield "what I hold"
    click_through(page.locator("form[action$=feed] button").first)
    page.locator("main .paper").wait_for()
    yield "my calendar"
    page.goto(own)
    click_through(page.get_by_role("main").get_by_role("link", name="Lämna över").last)
    send_by_hand = page.locator("main form[action^='/desk/'] button").first
    click_through(send_by_hand)
    yield "nobody to pass it on to"
    page.locator("[name=to]").select_option(index=1)
    for name in ("what is passed on", "passed on"):
        click_through(send_by_hand)
        yield name
    open_menu(page)
    click_through(page.locator("form[action='/logout'] button"))
    page.wait_for_url("**/login")
    page.locator("[name=email]").fill(OWNER)
    click_through(page.locator("main button"))
    page.get_by_role("status").wait_for()
    yield "a link is on its way"


def test_tables_fit_every_width_whatever_people_are_called(browser: Browser, tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    with open_portal(a_database(tmp_path), tmp_path, now) as site:
        load_sample(site.engine, now.date(), now)
        with transaction(site.engine) as connection:
            long = update(GRANT).where(GRANT.c.reference == "SN-007").values(title="samordning" * 12)
            connection.execute(long)
            connection.execute(update(PERSON).values(title="handläggare" * 10))
        context = browser.new_context(locale="sv-SE")
        page = signed_in(context, site)
        for path in ("/", "/grants/SN-007"):
            page.goto(site.settings.portal_url + path)
            for width in (1280, 1152, 1089, 1024, 961, 960, 640, 320):
                page.set_viewport_size({"width": width, "height": 700})
                found = page.evaluate("document.documentElement.scrollWidth")
                assert found == width, (path, width)
        context.close()


def test_letter_fits_a_phone_and_has_no_barrier(browser: Browser, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        site = elsewhere.submit(played, tmp_path, LATE).result()
    client = site.client()
    page = browser.new_page(viewport={"width": 320, "height": 700})
    newest = {(letter.person_id, letter.kind): letter for letter in rows(site.engine, Letter)}
    assert len(newest) > 3
    for letter in newest.values():
        page.set_content(client.get(f"/mailbox/{letter.id}/html").text)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, letter.subject
        assert barriers(page, RULES[:-1]) == [], letter.subject  # the mail program has the landmarks
    page.close()
    site.engine.dispose()


def test_barrier_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<main><h1>x</h1><input><p class=dark>too dark to read</p>"
        "<p style='color:#999;background:#fff'>too pale to read</p></main>"
        "<style>@media (prefers-color-scheme: dark) {.dark {color: #222; background: #000}}</style>"
    )
    found = barriers(page)
    assert {one.split(":")[0] for one in found} >= {"label", "color-contrast", "html-has-lang"}
    assert 'color-contrast: <p class="dark">too dark to read</p>' in found
    page.close()
