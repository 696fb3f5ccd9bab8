"""Sign in from a letter, and take back what was recorded, in a real browser against a real mail server."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import select

from tasks.store.database import reading
from tests.browser_scenes import a_site, click_through, send_letters, watched
from tests.grant_scenes import LETTER, OWNER, person_id, steps
from tests.mail_server import MailServer
from tests.portal_scenes import Site


@pytest.fixture
def site(tmp_path: Path, mail: MailServer) -> Iterator[Site]:
    with a_site(tmp_path, **mail.settings) as found:
        yield found


@pytest.fixture(params=[False, True], ids=["without scripts", "with scripts"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(java_script_enabled=request.param, locale="sv-SE")
    yield opened
    opened.close()


def newest_link(mail: MailServer, recipient: str, kind: str) -> str:
    """Return the newest link of a kind ("login", "undo", "t") in the letters that the server took for a person."""
    found: list[str] = []
    for letter in mail.accepted:
        message = email.message_from_bytes(letter.content, policy=email.policy.default)
        body = message.get_body(("plain",))
        if letter.recipient == recipient and body is not None:
            found += re.findall(rf"http://127\.0\.0\.1:\d+/{kind}/\S+", body.get_content())
    return found[-1]


def test_mailed_link_signs_in_once(context: BrowserContext, site: Site, mail: MailServer) -> None:
    faults = watched(context, site)
    page = context.new_page()
    page.goto(f"{site.settings.portal_url}/people")
    assert page.url.endswith("/login?next=%2Fpeople")
    page.get_by_label("Din e-postadress").fill(" Coordinator@Example.ORG")
    click_through(page.get_by_role("button", name="Skicka en länk till mig"))
    assert page.get_by_role("status").inner_text().startswith("Om vi känner till adressen")
    mail.when(lambda: waits(site))
    send_letters(site, 10)
    link = newest_link(mail, OWNER, "login")
    page.goto(link)
    click_through(page.get_by_role("button", name="Logga in"))
    assert page.url == f"{site.settings.portal_url}/people"
    page.get_by_role("banner").get_by_role("link", name="Coordinator", exact=True).wait_for()
    assert [cookie["httpOnly"] for cookie in context.cookies()] == [True]
    click_through(page.get_by_role("button", name="Logga ut"))
    assert context.cookies() == []
    page.goto(link)
    page.get_by_role("heading", name="Länken gäller inte längre").wait_for()
    assert page.get_by_role("button").count() == 0
    # Chromium tells of the 410 itself.
    assert [fault for fault in faults if "410" not in fault] == []


def waits(site: Site) -> bool:
    """Return whether a login letter is in the outbox: it is queued after the page was shown."""

    with reading(site.engine) as connection:
        return connection.execute(select(LETTER.c.id).where(LETTER.c.kind == "login")).first() is not None


def test_confirmation_takes_an_answer_back(context: BrowserContext, site: Site, mail: MailServer) -> None:
    faults = watched(context, site)
    page = context.new_page()
    page.goto(newest_link(mail, OWNER, "t"))
    page.get_by_text("Klart", exact=True).click()
    page.get_by_label("Anmälningar till socialtjänsten").fill("3")
    page.get_by_label("Personer under 18 år").fill("2")
    page.get_by_label("Personer som är 18 eller 19 år").fill("1")
    page.get_by_label("Kostnader under perioden").fill("118 000")
    page.get_by_label("Vad som har gjorts").fill("Samverkan med polisen.")
    click_through(page.get_by_role("button", name="Det är klart"))
    click_through(page.get_by_role("button", name="Det är klart"))
    assert str(steps(site.engine)["follow-up-2010-q1"].status) == "done"
    send_letters(site, 10)
    page.goto(newest_link(mail, OWNER, "undo"))
    page.get_by_role("heading", name="Uppföljning, kvartal 1 2010").wait_for()
    click_through(page.get_by_role("button", name="Ångra"))
    assert (
        page.get_by_role("status").inner_text()
        == "Det är ångrat och ska göras igen. Öppna det med knappen i ditt senaste mejl om det."
    )
    step = steps(site.engine)["follow-up-2010-q1"]
    assert (str(step.status), step.done_by_id, step.owner_id) == (
        "open",
        None,
        person_id(site.engine, OWNER),
    )
    page.goto(newest_link(mail, OWNER, "t"))
    page.get_by_text("Klart", exact=True).click()
    assert page.get_by_label("Vad som har gjorts").input_value() == "Samverkan med polisen."
    assert faults == []
