"""An officer's day in a browser, without scripts and without a shell: from signing in to the letters of Monday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.tables.step import Meeting
from tests.browser_scenes import click_through, open_portal
from tests.builders import a_database
from tests.deployments.portal.test_portal_provider import a_provider, known
from tests.grant_scenes import ORGANISATIONS, a_staff, at, bring_in, grant, rows, steps

# The provider is built on older names of authlib.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
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
PROGRAMME = {
    "title": "Folkhälsomedel",
    "source": "Regionens beslut 2010/3",
    "shares": "80, 20",
    "reports": "En per halvår",
    "committee": "Ja",
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
        click_through(page.get_by_role("link", name="Översikt"))
        click_through(page.get_by_role("link", name="Nytt bidrag"))
        click_through(page.get_by_role("link", name="Utvecklingsmedel mot prostitution"))
        fill(page, GRANT)
        go_on(page)
        do(page, DONE)
        assert steps(engine, "SN 2010/7")["follow-up-2010-q1"].status == "done"
        click_through(page.get_by_role("link", name="Personer"))
        click_through(page.get_by_role("link", name="Ny person"))
        do(page, {"email": "ny@example.org", "name": "Ny Kollega", "manager": "Unit.Manager"})
        for day in ("12 oktober 2010", "14 december 2010"):
            click_through(page.get_by_role("link", name="Sammanträden"))
            click_through(page.get_by_role("link", name="Nytt sammanträde"))
            do(page, {"held_on": day})
        assert [one.held_on for one in rows(engine, Meeting)] == [date(2010, 10, 12), date(2010, 12, 14)]
        # Each action stands beside what it is about.
        page.goto(f"{site.settings.portal_url}/grants/SN%202010/7")
        click_through(page.get_by_role("region", name="Bidragsgivarens beslut").get_by_role("link").last)
        do(page, {"kind": "Tillägg", "decided_on": "2010-09-02", "amount": "100 000 kr"})
        assert grant(engine, "SN 2010/7").award_minor == 60_000_000
        click_through(page.get_by_role("link", name="Översikt"))
        click_through(page.get_by_role("link", name="Nytt bidrag"))
        click_through(page.get_by_role("link", name="skapa ett program med tio frågor"))
        do(page, PROGRAMME)
        click_through(page.get_by_role("link", name="Översikt"))
        click_through(page.get_by_role("link", name="Nytt bidrag"))
        assert page.get_by_role("link", name="Folkhälsomedel").count() == 1
        # Nobody is told of what is late before somebody says that it is.
        click_through(page.get_by_role("link", name="Behöver åtgärdas"))
        click_through(page.locator("main a[href^='/desk/confirm-import']"))
        do(page, {})
        page.goto(f"{site.settings.portal_url}/letters-to-come")
        said = page.get_by_role("main").inner_text()
        assert ("6 september 2010" in said, "coordinator@example.org" in said) == (True, True)
