"""An officer's day in a browser without scripts: a grant, its decision, a colleague, a meeting, the next letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser_scenes import click_through, open_portal, signed_in
from tests.builders import a_database
from tests.grant_scenes import ADMIN, ORGANISATIONS, a_staff, at, bring_in, grant

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
    "d-applied_on": "2010-09-06",
}


def fill_in(page: Page, values: Mapping[str, str]) -> None:
    """Fill in the form of the page, look at what it moves, and press what does it."""
    for name, value in values.items():
        field = page.locator(f"main [name='{name}']")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    for _ in range(3):  # of a grant that has run for a while also what is done already
        if page.get_by_role("status").count() == 0:
            click_through(page.locator("main form[action^='/desk/'] button").first)
    assert page.get_by_role("status").count() == 1


def test_office_is_run_from_its_pages(browser: Browser, tmp_path: Path) -> None:
    with open_portal(a_database(tmp_path), tmp_path, at(DAY, 10)) as site:
        bring_in(site.engine, DAY, organisations=ORGANISATIONS, people=a_staff())
        context = browser.new_context(java_script_enabled=False, locale="sv-SE")
        page = signed_in(context, site, ADMIN)
        click_through(page.get_by_role("link", name="Översikt"))
        click_through(page.get_by_role("link", name="Nytt bidrag"))
        click_through(page.get_by_role("link", name="Utvecklingsmedel mot prostitution"))
        fill_in(page, GRANT)
        click_through(page.get_by_role("link", name="Personer"))
        click_through(page.get_by_role("link", name="Ny person"))
        fill_in(page, {"email": "ny@example.org", "name": "Ny Kollega", "manager": "Unit.Manager"})
        click_through(page.get_by_role("link", name="Sammanträden"))
        click_through(page.get_by_role("link", name="Nytt sammanträde"))
        fill_in(page, {"held_on": "14 december 2010"})
        page.goto(f"{site.settings.portal_url}/grants/SN%202010/7")
        click_through(page.get_by_role("link", name="Registrera ett beslut"))
        fill_in(page, {"kind": "Bidrag beviljat", "decided_on": "2010-09-02", "amount": "500 000 kr"})
        assert grant(site.engine, "SN 2010/7").award_minor == 50_000_000
        # It has run since January: nobody is told of what is late before somebody says that it is.
        click_through(page.get_by_role("link", name="Behöver åtgärdas"))
        click_through(page.locator("main a[href^='/desk/confirm-import']"))
        fill_in(page, {})
        page.goto(f"{site.settings.portal_url}/letters-to-come")
        assert "6 september 2010" in page.get_by_role("main").inner_text()
        assert "coordinator@example.org" in page.get_by_role("main").inner_text()
        context.close()
