"""The last part of a grant, as its people meet it: letters by a real mail server, and their pages in a browser."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from models.tables.step import Document
from tasks.outbox.deliver import deliver
from tasks.words.translator import Translator, translator
from tests.browser_scenes import click_through, follow, open_portal, watched
from tests.builders import a_database
from tests.grant_scenes import (
    CONTROLLER,
    OWNER,
    SECRETARY,
    a_staff,
    an_entry,
    at,
    do_round,
    open_grants,
    parts,
    play,
    rows,
    steps,
)
from tests.mail_server import MailServer
from tests.portal_scenes import Site, login_address

PDF = b"%PDF-1.7\n" + bytes(2_000) + b"%%EOF"


@pytest.fixture
def site(tmp_path: Path, mail: MailServer, language: str) -> Iterator[Site]:
    """A grant whose follow-ups are done; everybody reads the language."""
    engine, now = a_database(tmp_path), at(date(2011, 1, 3))
    with open_portal(engine, tmp_path, now, **mail.settings) as found:
        staff = a_staff(
            **{who.split("@")[0]: {"language": language} for who in (OWNER, SECRETARY, CONTROLLER)}
        )
        open_grants(engine, an_entry(), people=staff)
        play(engine, "followed up")
        yield found


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
        """Click the one button of the newest letter that the mail server took for someone, shown as it came."""
        letter = [one for one in self.mail.accepted if one.recipient == who][-1]
        message = message_from_bytes(letter.content, policy=policy.default)
        plain, rich = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert rich is not None
        shown = b64encode(rich.get_content().encode()).decode()
        self.page.goto(f"data:text/html;charset=utf-8;base64,{shown}")
        assert self.page.locator("html").get_attribute("lang") == self.say.language
        (button,) = self.page.get_by_role("link").all()
        address = self.site.settings.portal_url
        assert re.findall(rf"{re.escape(address)}/\S+", plain.get_content()) == [button.get_attribute("href")]
        click_through(button)
        assert self.page.url.startswith(f"{address}/t/")

    def chooses(self, label: str) -> None:
        """Open a way to answer."""
        self.page.locator("summary").get_by_text(self.say.gettext(label), exact=True).click()

    def signs_in(self, who: str) -> None:
        """Sign in as somebody, which leads to their tasks."""
        self.page.goto(self.site.settings.portal_url + login_address(self.site, who))
        click_through(self.page.locator("main button"))
        assert self.page.url.endswith("/tasks")

    def presses(self, button: str) -> str:
        """Send the form, and once more where it is checked first; return what the page says then."""
        pressed = self.page.get_by_role("button", name=self.say.gettext(button), exact=True)
        click_through(pressed)
        if self.page.get_by_role("heading", name=self.say.gettext("Check before you send")).count():
            click_through(pressed)
        return self.page.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("language", "scripts"), [("sv", True), ("en", False)], ids=["with scripts", "without"]
)
def test_grant_goes_from_letter_to_release(
    browser: Browser, site: Site, mail: MailServer, language: str, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 375, "height": 700})
    faults = watched(context, site)
    office = Office(site, mail, context, translator(language))
    page, thanks, approved = (
        office.page,
        office.say.gettext("Thank you. It is recorded: %(step)s.", step="").split(":")[0],
        office.say.gettext("Thank you. It is recorded as approved: %(step)s.", step="").split(":")[0],
    )

    office.morning(date(2011, 1, 10))
    office.opens_letter(OWNER)
    office.chooses("Done")
    form = page.locator("form[enctype]").first
    for name, value in {
        "reports_to_social_services": "14",
        "persons_under_18": "10",
        "persons_under_20": "3",
        "spent": "118 000,50 kr",
        "activities": "Samverkan med polisen.",
    }.items():
        form.locator(f"[name=q-{name}]").fill(value)
    form.locator("[name=files]").set_input_files(
        {"name": "utkast.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    # 14 reports, 10 and 3 persons: it is asked once, and the explanation kept.
    click_through(page.get_by_role("button", name=office.say.gettext("It is done"), exact=True))
    page.locator("[name='q-reports_to_social_services.why']").fill("En person anmäldes två gånger.")
    assert office.presses("It is done").startswith(thanks)
    assert [one.name for one in rows(site.engine, Document)] == ["utkast.pdf"]

    office.morning(date(2011, 1, 17))
    office.opens_letter(SECRETARY)
    page.get_by_role("link", name=office.say.gettext("Sign in and answer")).wait_for()
    office.signs_in(SECRETARY)
    report = page.locator(".report[aria-labelledby$='-report']")
    assert "14" in report.inner_text()
    with page.expect_download() as download:
        report.get_by_role("link", name="utkast.pdf").click()
    assert Path(download.value.path()).read_bytes() == PDF
    page.locator("[name=approved_on]").fill("17/1")
    assert office.presses("Record the approval").startswith(approved)

    office.morning(date(2011, 1, 19))
    office.opens_letter(OWNER)
    office.chooses("Done")
    page.locator("[name=done_on]").fill("2011-01-19")
    assert office.presses("It is done").startswith(thanks)

    # The funder is silent for a month, and then approves.
    office.morning(date(2011, 2, 18))
    office.signs_in(OWNER)
    approved_on = page.locator("[name=approved_on]")
    approved_on.locator("xpath=ancestor::details[1]/summary").click()
    approved_on.fill("2011-02-17")
    assert office.presses("Record the approval").startswith(approved)

    office.send()
    for who, said in (
        (OWNER, "Thank you. A second person is now asked to confirm."),
        (CONTROLLER, "Thank you. The condition is confirmed; the claim may be sent."),
    ):
        office.signs_in(who)
        button = "Confirm as the first person" if who == OWNER else "Confirm as the second person"
        assert office.presses(button) == office.say.gettext(said)
        office.send()
    assert str(parts(site.engine)[1].status) == "released"
    assert str(steps(site.engine)["claim-balance"].status) == "open"
    # The browser notes by itself that an answer was asked about, and has nothing else to say.
    (asked,) = faults
    assert "422" in asked
    context.close()


@pytest.mark.parametrize("language", ["sv"])
def test_phone_that_is_put_away_finds_what_was_typed(
    browser: Browser, site: Site, mail: MailServer, language: str
) -> None:
    context = browser.new_context()
    office = Office(site, mail, context, translator(language))
    office.morning(date(2011, 1, 10))
    office.opens_letter(OWNER)
    office.chooses("Done")
    typed = office.page.locator("[name=q-activities]")
    assert typed.input_value().startswith("Kvartal 1 2010: ")  # what the quarters said is there to begin with
    typed.press("ControlOrMeta+a")
    # Where the typing stops for long enough, its beginning is kept first.
    with office.page.expect_response(lambda answer: "och+s&" in (answer.request.post_data or "")) as kept:
        typed.press_sequentially("Halvfärdigt, och s")
    assert kept.value.status == 204
    office.page.get_by_text(office.say.gettext("Saved, not sent yet.")).wait_for()
    again = browser.new_context().new_page()
    again.goto(office.page.url)
    assert again.locator("[name=q-activities]").input_value() == "Halvfärdigt, och s"
    assert again.locator("details[open] > summary").inner_text() == "Klart"
    again.context.close()
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("language", ["sv"])
def test_error_takes_the_focus_and_leads_to_its_field(
    browser: Browser, site: Site, mail: MailServer, language: str, scripts: bool
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 600}, java_script_enabled=scripts)
    office = Office(site, mail, context, translator(language))
    office.morning(date(2011, 1, 10))
    office.opens_letter(OWNER)
    page = office.page
    office.chooses("Done")
    page.locator("[name=q-spent]").fill("mycket")
    with page.expect_navigation():
        page.locator("[name=q-spent]").press("Enter")
    page.get_by_role("alert").first.wait_for()
    # A page gives the focus a moment after it is shown.
    page.wait_for_function("document.activeElement.getAttribute('aria-labelledby') === 'wrong'")
    page.get_by_role("alert").first.get_by_role("link", name="Kostnader under perioden").focus()
    follow(page)
    assert page.evaluate("document.activeElement.name") == "q-spent"
    assert page.locator("label[for$=q-spent]").evaluate("label => label.getBoundingClientRect().top") >= 0
    assert page.locator("[name=q-spent]").input_value() == "mycket"
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()
