"""The last part of a grant, as its people meet it: letters by a real mail server, and their pages in a browser."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.tables.step import Document, Meeting
from tasks.words.translator import translator
from tests.browser_scenes import Office, click_through, follow, open_menu, open_portal, watched
from tests.builders import a_database
from tests.deployments.portal.test_portal_provider import a_provider, known
from tests.grant_scenes import (
    CONTROLLER,
    ORGANISATIONS,
    OWNER,
    SECRETARY,
    a_staff,
    an_entry,
    at,
    bring_in,
    grant,
    open_grants,
    parts,
    play,
    rows,
    steps,
)
from tests.mail_server import MailServer
from tests.portal_scenes import Site

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


@pytest.mark.parametrize("language", ["en"])
def test_grant_goes_from_letter_to_release(
    browser: Browser, site: Site, mail: MailServer, language: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 700})
    faults = watched(context, site)
    office = Office(site, mail, context, translator(language))
    page = office.page
    draft_saved, approved, sent = (
        office.say.gettext(text, step="").partition(":")[0]
        for text in (
            "Thank you. It is recorded: %(step)s.",
            "It is recorded as approved: %(step)s.",
            "It is recorded as sent: %(step)s.",
        )
    )

    office.morning(date(2011, 1, 10))
    office.opens_letter(OWNER)
    office.chooses("Fill in the draft")
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
    click_through(page.get_by_role("button", name=office.say.gettext("Continue"), exact=True))
    page.locator("[name='q-reports_to_social_services.why']").fill("En person anmäldes två gånger.")
    assert office.presses("Record").startswith(draft_saved)
    assert [one.name for one in rows(site.engine, Document)] == ["utkast.pdf"]

    office.morning(date(2011, 1, 17))
    office.opens_letter(SECRETARY)
    asks = office.say.gettext("Send a sign-in link to %(email)s", email="").strip()
    page.get_by_role("button", name=asks).wait_for()
    office.signs_in(SECRETARY)
    office.chooses("Record the decision")
    report = page.locator(".report[aria-labelledby$='-report']")
    assert "14" in report.inner_text()
    # A browser shows it in place.
    paper = report.get_by_role("link", name="utkast.pdf").get_attribute("href")
    assert page.request.get(f"{site.settings.portal_url}{paper}").body() == PDF
    page.locator("form:has([name=act][value=approve]) [name=paper_on]").fill("17/1")
    assert office.presses("Record the approval").startswith(approved)

    office.morning(date(2011, 1, 19))
    office.opens_letter(OWNER)
    office.chooses("Record as sent")
    page.locator("[name=paper_on]").fill("2011-01-19")
    assert office.presses("Yes, record as sent").startswith(sent)

    # The funder is silent for a month, and then approves.
    office.morning(date(2011, 2, 18))
    office.signs_in(OWNER)
    office.chooses("Record the answer")
    page.locator("form:has([name=act][value=approve]) [name=paper_on]").fill("2011-02-17")
    assert office.presses("Record the approval").startswith(approved)

    office.send()
    for who, said in (
        (OWNER, "Thank you. A second person must now confirm."),
        (CONTROLLER, "Thank you. The condition is confirmed; the claim may be sent."),
    ):
        office.signs_in(who)
        office.chooses("Look at it and confirm")
        assert office.presses("Confirm the condition") == office.say.gettext(said)
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
    office.chooses("Fill in the draft")
    typed = office.page.locator("[name=q-activities]")
    assert typed.input_value().startswith("Kvartal 1 2010: ")  # what the quarters said is there to begin with
    typed.press("ControlOrMeta+a")
    # Where the typing stops for long enough, its beginning is kept first.
    with office.page.expect_response(lambda answer: "och+s&" in (answer.request.post_data or "")) as kept:
        typed.press_sequentially("Halvfärdigt, och s")
    assert kept.value.status == 204
    office.page.get_by_text(office.say.gettext("The draft is saved.")).wait_for()
    again = browser.new_context().new_page()
    again.goto(office.page.url)
    assert again.locator("[name=q-activities]").input_value() == "Halvfärdigt, och s"
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
    office.chooses("Fill in the draft")
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


# A Friday.
DAY = date(2010, 9, 3)
GRANT = {
    "reference": "SN 2010/7",
    "title": "Våld i nära relation",
    "funder": "Länsstyrelsen",
    "recipient": "Socialnämnden",
    "period_start_on": "1 januari 2010",
    "period_end_on": "31 december 2010",
    "coordinator": "Coordinator",
    "committee": "Committee.Secretary",
    "d-applied_on": "2009-09-15",
    "decided_on": "2009-11-05",
    "amount": "500 000 kr",
    "o-final_report_on": "2011-01-20",
}
DONE = {
    "was-done-follow-up-2010-q1": "29 april 2010",
    "was-paid-1": "2010-01-20",
    "was-sum-1": "400 000",
}


def fill(page: Page, values: Mapping[str, str]) -> None:
    """Fill in fields of the page's form."""
    for name, value in values.items():
        field = page.locator(f"main [name='{name}']")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def go_on(page: Page) -> None:
    """Press the first button of the page's form."""
    click_through(page.locator("main form[action^='/desk/'] button").first)


def do(page: Page, values: Mapping[str, str]) -> None:
    """Fill in the form of the page, look at what it moves, and press what does it."""
    fill(page, values)
    go_on(page)
    go_on(page)
    assert page.get_by_role("status").count() == 1


# The provider is built on older names of authlib.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_office_is_run_from_its_pages(browser: Browser, tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    bring_in(engine, DAY, organisations=ORGANISATIONS, people=a_staff())
    with (
        a_provider() as provider,
        open_portal(engine, tmp_path, at(DAY, 10), **known(provider)) as site,
        browser.new_context(java_script_enabled=False, locale="sv-SE") as context,
    ):
        page = context.new_page()
        page.goto(site.settings.portal_url)
        click_through(page.get_by_role("link", name="Logga in med ditt arbetskonto"))
        page.get_by_role("button", name="admin").click()
        page.wait_for_url(f"{site.settings.portal_url}/**")
        # A grant that has run since January: what was done is said in one list.
        click_through(page.get_by_role("link", name="Bidrag", exact=True))
        click_through(page.get_by_role("link", name="Nytt bidrag"))
        click_through(page.get_by_role("link", name="Utvecklingsmedel mot prostitution"))
        page.get_by_text("Fler fält").click()
        fill(page, GRANT)
        go_on(page)
        do(page, DONE)
        assert steps(engine, "SN 2010/7")["follow-up-2010-q1"].status == "done"
        open_menu(page)
        click_through(page.get_by_role("link", name="Personer"))
        click_through(page.get_by_role("link", name="Ny person"))
        do(page, {"email": "ny@example.org", "name": "Ny Kollega", "manager": "Unit.Manager"})
        for day in ("12 oktober 2010", "14 december 2010"):
            click_through(page.get_by_role("link", name="Sammanträden"))
            click_through(page.get_by_role("link", name="Nytt sammanträde"))
            do(page, {"held_on": day})
        assert [one.held_on for one in rows(engine, Meeting)] == [date(2010, 10, 12), date(2010, 12, 14)]
        # What can be done about the grant stands with what is to be done now.
        page.goto(f"{site.settings.portal_url}/grants/SN%202010/7")
        click_through(page.get_by_role("main").get_by_role("link", name="Registrera ett beslut"))
        do(page, {"kind": "Tillägg", "decided_on": "2010-09-02", "amount": "100 000 kr"})
        assert grant(engine, "SN 2010/7").award_minor == 60_000_000
        # Nobody is told of what is late before somebody says that it is.
        click_through(page.get_by_role("link", name="Drift"))
        click_through(page.locator("main a[href^='/desk/confirm-import']"))
        do(page, {})
        page.goto(f"{site.settings.portal_url}/letters-to-come")
        said = page.get_by_role("main").inner_text()
        assert ("6\xa0september\xa02010" in said, "coordinator@example.org" in said) == (True, True)
        open_menu(page)
        page.get_by_role("button", name="Logga ut").click()
        page.wait_for_url(f"{provider.address}/**")
