"""The portal in a real browser, scripts off: from the mailbox, by a letter's button, to an answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from starlette.types import ASGIApp

from deployments.portal import make_app
from tasks.post_office import deliver, post_office_of
from tests.builders import a_database
from tests.grant_scenes import OWNER, a_grant_that_was, at, do_round, person_id, steps
from tests.portal_scenes import Site, settings_for

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with socket.socket() as listener:
        # Bound and listening, so the first request waits until the server takes it.
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        found = Site(a_database(tmp_path), settings_for(tmp_path, portal_url=address), at(DAY, 10))
        a_grant_that_was(found.engine, "first paid")
        do_round(found.engine, DAY)
        # Playwright keeps an event loop running in this thread, and delivery runs one of its own.
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(
                deliver, found.engine, post_office_of(found.settings), lambda: at(DAY, 8)
            ).result()
        with served(make_app(found.settings, found.engine, lambda: found.now), listener):
            yield found
        found.engine.dispose()


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


def test_letter_leads_to_an_answer_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="sv-SE")
    faults = watched(context, site)
    page = context.new_page()
    page.goto(site.settings.portal_url)
    page.get_by_role("link", name="Läs dem i brevlådan").click()
    page.get_by_role("main").get_by_role("link").first.click()
    letter = page.frame_locator("iframe")
    with context.expect_page() as opened:
        letter.get_by_role("link", name="Öppna mina uppgifter").click()
    tasks = opened.value
    tasks.get_by_text("Klart", exact=True).click()
    tasks.get_by_label("Anmälningar till socialtjänsten").fill("3")
    tasks.get_by_label("Personer under 18 år").fill("2")
    tasks.get_by_label("Personer som är 18 eller 19 år").fill("1")
    tasks.get_by_label("Kostnader under perioden").fill("118 000")
    tasks.get_by_label("Vad som har gjorts").fill("Samverkan med polisen.")
    tasks.get_by_role("button", name="Det är klart").click()
    said = tasks.get_by_role("status").inner_text()
    assert said == "Tack. Det är noterat: kvartalsuppföljning, kvartal 1 2010."
    step = steps(site.engine)["follow-up-2010-q1"]
    assert (str(step.status), step.done_by_id) == ("done", person_id(site.engine, OWNER))
    assert tasks.get_by_role("article").count() == 0
    assert faults == []
    context.close()


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_the_screen(browser: Browser, site: Site, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    faults = watched(context, site)
    page = context.new_page()
    for address in ("/", "/grants/REF-1", "/mailbox", "/mailbox/1", site.address(OWNER)):
        page.goto(site.settings.portal_url + address)
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
        small = page.evaluate(
            "[...document.querySelectorAll('button, summary, .menu a')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.textContent)"
        )
        assert small == []
    assert faults == []
    context.close()


def test_keyboard_reaches_an_answer(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="sv-SE")
    page = context.new_page()
    page.goto(site.settings.portal_url + site.address(OWNER))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehållet"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q-reports_to_social_services"
    context.close()
