"""By the keyboard alone: every stop is seen, none is a trap, and each way to act is gone to its end."""

from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser_scenes import follow, signed_in
from tests.deployments.portal.test_portal_barriers import open_site, pages_of
from tests.grant_scenes import MANAGER, OWNER, SECRETARY, person_id
from tests.reference_case import LATE, WITH_COMMITTEE

# What has the focus: how it is called, when it was first come to, and what keeps a reader from seeing that it has it.
STOP = """turn => {
    const e = document.activeElement, hasFocus = document.hasFocus();
    if (!e || e === document.body) return {hasFocus, name: null};
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const within = (at, most) => Math.min(Math.max(at, 1), most - 2);
    const x = within(box.x + box.width / 2, innerWidth), y = within(box.y + box.height / 2, innerHeight);
    const there = document.elementFromPoint(x, y);
    return {
        hasFocus,
        name: e.name || (e.innerText || e.tagName).trim().split("\\n")[0],
        turn: e.turn ??= turn,
        outlined: style.outlineStyle === "auto" || parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none",
        inSight: box.bottom > 0 && box.top < innerHeight && there !== null && (e.contains(there) || there.contains(e)),
    };
}"""
MOST_STOPS = 120
MOST_SECONDS = 120


def focused(page: Page, turn: int = 0) -> dict[str, Any] | None:
    """Return the stop that has the focus, once it has come there; None once it has left the page."""
    # A letter is drawn by a process of its own: the key is answered before the focus has passed into it or out of it.
    until = monotonic() + MOST_SECONDS
    while monotonic() < until:
        stop: dict[str, Any] = page.evaluate(STOP, turn)
        if not stop["hasFocus"]:
            return None
        if len(page.frames) > 1:
            letter, in_letter = page.frames[-1].evaluate(STOP, turn), stop["name"] == "IFRAME"
            if letter["hasFocus"] != in_letter:
                continue
            stop = letter if in_letter else stop
        if stop["name"] is not None:
            return stop
    raise AssertionError(f"the focus is on its way for {MOST_SECONDS} s")


def stops(page: Page, key: str = "Tab") -> list[dict[str, Any]]:
    """Press a key until the focus has been everywhere; return where it was."""
    found: list[dict[str, Any]] = []
    while len(found) < MOST_STOPS:
        page.keyboard.press(key)
        stop = focused(page, len(found))
        if stop is None or (found and stop["turn"] == found[0]["turn"] != found[-1]["turn"]):
            break  # out of the page, or from its end to its beginning
        found.append(stop)
    return found


def go_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what has the name."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = focused(page)
        if stop is not None and stop["name"] == name:
            return
    raise AssertionError(f"no key leads to {name}")


def press(page: Page, key: str = "Enter") -> None:
    """Press a key that opens another page, and wait for it."""
    with page.expect_navigation():
        page.keyboard.press(key)


# One page of each kind that has stops of its own: tables, cards with forms, a frame, a form of the desk.
KINDS = ("/", "/grants/REF-2009-2", "/desk/correct/1", "/mailbox/1")


def test_focus_is_seen_at_every_stop_and_caught_nowhere(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, LATE) as site:
        context = browser.new_context(locale="sv-SE", viewport={"width": 640, "height": 500})
        page = signed_in(context, site)
        of_a_kind = [one for one in pages_of(site) if one in KINDS or one.startswith(("/people/", "/t/"))]
        for address in of_a_kind[:-1]:
            page.goto(site.settings.portal_url + address)
            found = stops(page)
            assert 0 < len(found) < MOST_STOPS, address
            assert [one for one in found if not (one["outlined"] and one["inSight"])] == [], address
            assert found[0]["name"] == "Hoppa till innehållet", address
            if address.startswith(("/mailbox", "/t/")):
                page.goto(site.settings.portal_url + address)
                back = [one["name"] for one in stops(page, "Shift+Tab")]
                assert back[::-1] == [one["name"] for one in found], address
        context.close()


def test_document_is_made_by_keys(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, WITH_COMMITTEE) as site:
        site.now += timedelta(days=1)  # on which the committee meets
        page = signed_in(browser.new_context(locale="sv-SE"), site, SECRETARY)
        go_to(page, "Registrera beslutet")
        press(page)
        go_to(page, "Dokument att skapa (3)")
        page.keyboard.press("Enter")  # which unfolds them
        go_to(page, "Skapa")
        press(page)
        go_to(page, "Skapa dokumentet")
        press(page)
        go_to(page, "Till frågan")
        follow(page)
        assert page.evaluate("document.activeElement.value") == "show"
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.value") == "totals"
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.value") == "show"  # round to the first again
        go_to(page, "Skapa dokumentet")
        press(page)
        assert page.get_by_role("status").inner_text().startswith("Dokumentet är skapat.")
        page.context.close()


def test_grant_is_passed_on_and_the_portfolio_narrowed_by_keys(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, LATE) as site:
        context = browser.new_context(locale="sv-SE")
        page = signed_in(context, site)
        go_to(page, "Hoppa till innehållet")
        follow(page)
        page.keyboard.press("Tab")
        # Past the menu, at the first number that is counted.
        assert page.evaluate("document.activeElement.textContent") == "1 Hos oss, försenade"
        press(page)
        assert page.get_by_role("status").inner_text().startswith("1 av 2 bidrag")
        page.goto(f"{site.settings.portal_url}/people/{person_id(site.engine, OWNER)}")
        go_to(page, "Lämna över")
        press(page)
        go_to(page, "to")
        manager = str(person_id(site.engine, MANAGER))
        while page.evaluate("document.activeElement.value") != manager:
            page.keyboard.press("ArrowDown")
        for button in ("Fortsätt", "Lämna över"):
            go_to(page, button)
            press(page)
        assert page.get_by_role("status").inner_text() == "Det är överlämnat."
        context.close()
