"""The approver's page: the report beside the two buttons on a desk, above them on a phone, and alone on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_scenes import click_through, follow, signed_in
from tests.deployments.portal.test_portal_barriers import open_site
from tests.grant_scenes import SECRETARY, steps
from tests.portal_scenes import Site
from tests.reference_case import WITH_COMMITTEE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path, WITH_COMMITTEE) as found:
        yield found


def approver_s_page(browser: Browser, site: Site, width: int, height: int) -> Page:
    """Return the approver's tasks after signing in, in a window of a size."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False, locale="sv-SE"
    )
    return signed_in(context, site, SECRETARY)


def box(page: Page, selector: str) -> dict[str, float]:
    """Return where the first such part of the page stands in the window."""
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return {
        "x": found["x"],
        "y": found["y"],
        "right": found["x"] + found["width"],
        "bottom": found["y"] + found["height"],
    }


BUTTONS = ("form:has([value=approve]) button", "form:has([value=return]) button")


@pytest.mark.parametrize("width", [1024, 1280])
def test_report_stands_beside_the_two_buttons_which_stay_in_sight(
    browser: Browser, site: Site, width: int
) -> None:
    page = approver_s_page(browser, site, width, 700)
    report = ".evidence .report"
    for selector in BUTTONS:
        button = box(page, selector)
        assert button["x"] > box(page, report)["right"]
        assert box(page, report)["y"] < button["y"] < box(page, report)["bottom"]
    assert page.locator(".jump").first.is_hidden()
    # At the report's last line the buttons and the reason are still in the window.
    page.locator(".evidence .report").first.locator("dd").last.scroll_into_view_if_needed()
    for selector in (*BUTTONS, "form:has([value=return]) textarea"):
        assert 0 <= box(page, selector)["y"] < 700
        assert box(page, selector)["bottom"] <= 700
    page.locator("form:has([value=approve]) textarea").fill("§ 14")
    page.locator("[name=approved_on]").fill("2011-01-17")
    click_through(page.get_by_role("button", name="Registrera godkännandet"))
    click_through(page.get_by_role("button", name="Registrera godkännandet"))
    assert page.get_by_role("status").inner_text().startswith("Tack.")
    assert str(steps(site.engine, "REF-2009-2")["draft-approval"].status) == "approved"
    page.close()


@pytest.mark.parametrize("width", [320, 360, 768])
def test_report_comes_first_on_a_phone_and_a_link_leads_to_the_buttons(
    browser: Browser, site: Site, width: int
) -> None:
    page = approver_s_page(browser, site, width, 700)
    first, second = (box(page, selector) for selector in BUTTONS)
    assert box(page, ".evidence")["bottom"] <= first["y"] < second["y"]
    page.get_by_role("link", name="Till beslutet").focus()
    follow(page)
    heading = box(page, "[id$=-verdict]")
    assert 0 <= heading["y"] < 100
    page.keyboard.press("Tab")
    assert (
        page.evaluate("document.activeElement.closest('form').querySelector('[name=act]').value") == "approve"
    )
    # Returned without a reason: what is wrong is said, and leads to the field.
    click_through(page.get_by_role("button", name="Skicka tillbaka"))
    page.get_by_role("alert").first.get_by_role("link", name="Vad som måste rättas").focus()
    follow(page)
    assert (
        page.evaluate("document.activeElement.closest('form').querySelector('[name=act]').value") == "return"
    )
    page.close()


def test_report_prints_without_the_buttons(browser: Browser, site: Site) -> None:
    page = approver_s_page(browser, site, 1280, 700)
    page.emulate_media(media="print")
    assert page.locator(".evidence .report").first.is_visible()
    assert [page.locator(one).first.is_visible() for one in (*BUTTONS, ".jump")] == [False] * 3
    page.close()
