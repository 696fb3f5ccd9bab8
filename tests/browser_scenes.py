"""The portal served for real, and Debian's Chromium before it, for the tests in a browser."""

import re
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright
from sqlalchemy import Engine
from starlette.types import ASGIApp

from deployments.portal.app import make_app
from tasks.outbox.deliver import deliver
from tasks.words.translator import Translator
from tests.builders import a_database
from tests.grant_scenes import a_grant_that_was, at, do_round
from tests.mail_server import MailServer
from tests.portal_scenes import Site, login_address, settings_for

DAY = date(2010, 4, 30)
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def served(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve the application on the open socket, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """Return a socket that listens on this machine, so that no request comes too early, and its web address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Run Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield chromium
        chromium.close()


def send_letters(site: Site, hour: int) -> None:
    """Deliver what is due at an hour of the day."""
    # Playwright keeps an event loop running in this thread, and delivery runs one of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(deliver, site.engine, site.settings, lambda: at(DAY, hour)).result()


@contextmanager
def open_portal(engine: Engine, folder: Path, now: datetime, **settings: Any) -> Iterator[Site]:
    """Serve the portal at a moment, its letters kept or sent as the settings say."""
    with listening() as (listener, address):
        site = Site(engine, settings_for(folder, portal_url=address, **settings), now)
        with served(make_app(site.settings, engine, lambda: site.now), listener):
            yield site
    engine.dispose()


@contextmanager
def a_site(folder: Path, **settings: Any) -> Iterator[Site]:
    """Serve the portal on a day on which a follow-up is due."""
    with open_portal(a_database(folder), folder, at(DAY, 10), **settings) as site:
        a_grant_that_was(site.engine, "first paid")
        do_round(site.engine, DAY)
        send_letters(site, 8)
        yield site


def click_through(button: Locator) -> None:
    """Click what opens another page, and wait for that page: what can be read before is the old one's."""
    with button.page.expect_navigation():
        button.click()


def follow(page: Page) -> None:
    """Press Enter on the link that has the focus, to a place on its page, and wait until the focus has gone there."""
    # A browser moves the focus when it next draws the page, not when the key is pressed.
    link = page.evaluate_handle("document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_function("link => document.activeElement !== link", arg=link)


def signed_in(context: BrowserContext, site: Site, who: str | None = None) -> Page:
    """Return a page on which the operator, or the person with an address, has signed in by a login link."""
    page = context.new_page()
    page.goto(site.settings.portal_url + login_address(site, who))
    click_through(page.get_by_role("button", name="Logga in"))
    assert page.url == f"{site.settings.portal_url}/{'tasks' if who else ''}"
    return page


def open_menu(page: Page) -> None:
    """Open what folds the page's menu away: the whole of it on a phone, one's own part of it elsewhere."""
    for fold in (".menu-of", ".me"):
        summary = page.locator(f"{fold}:not([open]) > summary")
        if summary.is_visible():
            summary.click()


def watched(context: BrowserContext, site: Site) -> list[str]:
    """Return a list that fills with what a page must not do: speak to others, or break its own policy."""
    faults: list[str] = []

    def look(page: Page) -> None:
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))

    context.on("page", look)
    context.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((site.settings.portal_url, "data:"))
            else faults.append(request.url)
        ),
    )
    return faults


class Office:
    """The people of a grant in a browser: each opens the newest letter that came to them."""

    def __init__(self, site: Site, mail: MailServer, context: BrowserContext, say: Translator) -> None:
        self.site, self.mail, self.say = site, mail, say
        self.page: Page = context.new_page()

    def morning(self, day: date) -> None:
        """Run the day's round, if there is one, and send its letters."""
        self.site.now = at(day, 9)
        do_round(self.site.engine, day)
        self.send()

    def send(self) -> None:
        """Send what has been queued."""
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(deliver, self.site.engine, self.site.settings, lambda: self.site.now).result()

    def opens_letter(self, who: str) -> None:
        """Click the button of the newest letter that the mail server took for someone, shown as it came.

        A letter of several things has a second link, to all of the reader's tasks.
        """
        letter = [one for one in self.mail.accepted if one.recipient == who][-1]
        message = message_from_bytes(letter.content, policy=policy.default)
        plain, rich = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert rich is not None
        shown = b64encode(rich.get_content().encode()).decode()
        self.page.goto(f"data:text/html;charset=utf-8;base64,{shown}")
        assert self.page.locator("html").get_attribute("lang") == self.say.language
        links = self.page.get_by_role("link")
        button = links.first
        assert links.count() <= 2
        address = self.site.settings.portal_url
        leads_to = [link.get_attribute("href") for link in links.all()]
        assert re.findall(rf"{re.escape(address)}/\S+", plain.get_content()) == leads_to
        click_through(button)
        # Who is signed in goes on to their own page.
        assert self.page.url.startswith((f"{address}/t/", f"{address}/login/", f"{address}/tasks?"))

    def chooses(self, label: str) -> None:
        """Open the form of an act, from the first card that has it, unless a letter about one task did so."""
        name = re.compile(f"^{self.say.gettext(label)}")
        link = self.page.get_by_role("main").get_by_role("link", name=name)
        if "?open=" not in self.page.url or link.count():
            click_through(link.first)

    def signs_in(self, who: str) -> None:
        """Sign in as somebody, which leads to their tasks."""
        self.page.goto(self.site.settings.portal_url + login_address(self.site, who))
        click_through(self.page.locator("main button"))
        assert self.page.url.endswith("/tasks")

    def presses(self, button: str) -> str:
        """Send the form, and press the button where it is checked, perhaps there; return what the page says then."""
        checked = self.page.get_by_role("button", name=self.say.gettext(button), exact=True)
        if checked.count() == 0:
            click_through(
                self.page.get_by_role("button", name=self.say.gettext("Continue"), exact=True).first
            )
        click_through(checked)
        return self.page.get_by_role("status").inner_text()
