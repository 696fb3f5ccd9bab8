"""The portal in a real browser, scripts off: from the mailbox, by a letter's button, to an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from deployments.portal.web.posted_form import LARGEST_POST
from models.vocabulary import StepStatus
from tasks.store.database import transaction
from tests.browser_scenes import a_site, click_through, signed_in, watched
from tests.deployments.portal.test_portal_barriers import open_site
from tests.grant_scenes import HEAD, OWNER, PERSON, person_id, steps
from tests.hostile_files import LAUGHS, a_document, a_jpg, a_png, packed
from tests.portal_scenes import Site, login_address
from tests.reference_case import LATE, SENT_BACK


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as found:
        yield found


def test_letter_leads_to_an_answer_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="sv-SE")
    faults = watched(context, site)
    page = signed_in(context, site)
    click_through(page.get_by_role("link", name="Läs dem i brevlådan"))
    click_through(page.locator("ul.letters").get_by_role("link").first)
    letter = page.frame_locator("iframe")
    with context.expect_page() as opened:
        letter.get_by_role("link").click()
    tasks = opened.value
    tasks.get_by_text("Klart", exact=True).click()
    tasks.get_by_label("Anmälningar till socialtjänsten").fill("3")
    tasks.get_by_label("Personer under 18 år").fill("2")
    tasks.get_by_label("Personer som är 18 eller 19 år").fill("1")
    tasks.get_by_label("Kostnader under perioden").fill("118 000")
    tasks.get_by_label("Vad som har gjorts").fill("Samverkan med polisen.")
    click_through(tasks.get_by_role("button", name="Det är klart"))
    click_through(tasks.get_by_role("button", name="Det är klart"))
    said = tasks.get_by_role("status").inner_text()
    assert said.startswith("Tack. Det är registrerat: uppföljning, kvartal 1 2010.")
    step = steps(site.engine)["follow-up-2010-q1"]
    assert (str(step.status), step.done_by_id) == ("done", person_id(site.engine, OWNER))
    assert tasks.get_by_role("article").count() == 0
    assert faults == []
    context.close()


SMALL_BUTTONS = (
    "[...document.querySelectorAll('button, summary, .menu a')]"
    ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.textContent)"
)


def test_pages_fit_the_screen(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="sv-SE")
    faults = watched(context, site)
    page = signed_in(context, site, OWNER)
    own = f"/people/{person_id(site.engine, OWNER)}"
    page.goto(site.settings.portal_url + own)
    click_through(page.get_by_role("button", name="Skapa en kalenderadress"))
    addresses = ["/", "/?state=open", "/month?of=2010-10", "/grants/REF-1", "/people", own]
    page.goto(site.settings.portal_url + own)
    click_through(page.get_by_role("button", name="Logga ut"))
    page.goto(site.settings.portal_url + login_address(site))
    click_through(page.get_by_role("button", name="Logga in"))
    for address in (*addresses, "/mailbox", "/mailbox/1", login_address(site), site.address(OWNER)):
        page.goto(site.settings.portal_url + address)
        for width in (320, 375, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width, address
            assert page.evaluate(SMALL_BUTTONS) == []
            if width == 375:  # the menu is folded
                assert page.evaluate("document.querySelector('.top').offsetHeight") < 100, address
    assert faults == []
    context.close()


def test_dates_and_sums_stand_on_one_line(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="sv-SE")
    page = signed_in(context, site)
    lines = (
        "selector => [...document.querySelectorAll(selector)].filter(e => e.getClientRects().length)"
        ".map(e => Math.round(e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)))"
    )
    for width in (320, 640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(site.settings.portal_url + "/grants/REF-1")
        for selector in (".figures dd", "td[data-label='Läge'] > .quiet"):
            assert set(page.evaluate(lines, selector)) == {1}, (width, selector)
    page.goto(site.settings.portal_url + site.address(OWNER))
    page.get_by_text("Inte än", exact=True).click()
    assert page.locator("[name=expected_on]").evaluate("e => e.offsetWidth") < 250
    context.close()


@pytest.mark.parametrize(
    ("language", "scripts"), [("sv", True), ("en", False)], ids=["with scripts", "without"]
)
def test_phone_shows_what_it_is_about_and_the_answer_at_once(
    browser: Browser, tmp_path: Path, language: str, scripts: bool
) -> None:
    with open_site(tmp_path, LATE) as site:
        with transaction(site.engine) as connection:
            connection.execute(update(PERSON).values(language=language))
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(site.settings.portal_url + site.address(OWNER))
        shown = ("h2", ".due", ".reason", ".answer-main > summary", ".rest > summary")
        tops = tops_of(page, shown)
        assert tops == sorted(tops)
        assert tops[shown.index(".answer-main > summary")] < 740
        context.close()


def test_phone_shows_what_is_at_stake_before_the_facts(browser: Browser, tmp_path: Path) -> None:
    with open_site(tmp_path, SENT_BACK) as site:
        context = browser.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(site.settings.portal_url + site.address(OWNER))
        tops = tops_of(page, ("h2", ".due", "p:has(strong) >> nth=0", ".reason", ".answer-main > summary"))
        assert tops == sorted(tops)
        assert tops[2] < 740
        context.close()


def tops_of(page: Page, selectors: Sequence[str]) -> list[float]:
    """Return where parts of the page's first task begin, in pixels from the top."""
    card = page.get_by_role("article").first
    boxes = [card.locator(selector).bounding_box() for selector in selectors]
    assert None not in boxes
    return [box["y"] for box in boxes if box is not None]


def test_no_line_begins_with_a_colon_on_a_narrow_phone(browser: Browser, tmp_path: Path) -> None:
    lines = """() => [...document.querySelectorAll("dd")].flatMap(dd => [...dd.textContent].flatMap((sign, at) => {
        if (sign !== ":") return [];
        const range = document.createRange(), top = from => {
            range.setStart(dd.firstChild, from), range.setEnd(dd.firstChild, from + 1);
            return range.getBoundingClientRect().top;
        };
        return [top(at) === top(at - 1)];
    }))"""
    with open_site(tmp_path, LATE) as site:
        context = browser.new_context(viewport={"width": 320, "height": 740})
        page = context.new_page()
        page.goto(site.settings.portal_url + site.address(HEAD))
        assert page.evaluate(lines) == [True, True, True]
        context.close()


def test_page_prints_as_tables_in_dark_ink(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 700, "height": 1000}, locale="sv-SE")
    page = signed_in(context, site)
    page.goto(site.settings.portal_url + "/grants/REF-1")
    page.emulate_media(media="print", color_scheme="dark")
    looks = "e => { const s = getComputedStyle(document.querySelector(e)); return [s.display, s.color] }"
    assert page.evaluate(looks, "table.cards") == ["table", "rgb(28, 43, 51)"]
    assert page.evaluate(looks, ".menu-of")[0] == "none"
    assert page.evaluate("document.documentElement.scrollWidth") == 700
    context.close()


def test_keyboard_reaches_an_answer(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="sv-SE")
    page = context.new_page()
    page.goto(site.settings.portal_url + site.address(OWNER))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehållet"
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.closest('[aria-labelledby$=-papers]') !== null"):
        page.keyboard.press("Tab")  # past the documents that can be made
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q-reports_to_social_services"
    for typed in ("3", "2", "1", "", "118 000 kr", "Samverkan med polisen."):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # no file
    assert page.evaluate("document.activeElement.textContent") == "Det är klart"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    click_through(page.get_by_role("button", name="Det är klart"))
    page.get_by_role("status").wait_for()
    assert str(steps(site.engine)["follow-up-2010-q1"].status) == "done"
    context.close()


@pytest.mark.parametrize(
    ("scripts", "language", "title", "kept"),
    [
        (
            True,
            "sv",
            "That was too much",
            "What you wrote is kept where the page said “Saved, not sent yet.”",
        ),
        (
            False,
            "en",
            "För mycket på en gång",
            "Det du skrev är sparat om det stod ”Sparat, inte skickat än.”",
        ),
    ],
    ids=["with scripts", "without"],
)
def test_what_was_typed_outlives_files_that_are_too_much(
    browser: Browser, site: Site, tmp_path: Path, scripts: bool, language: str, title: str, kept: str
) -> None:
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(language=language))
    with (scan := tmp_path / "scan.pdf").open("wb") as file:
        file.truncate(LARGEST_POST + 1)
    # Of no account: who has the link reads as the letter was written.
    context = browser.new_context(
        java_script_enabled=scripts, locale="en-GB" if language == "sv" else "sv-SE"
    )
    page = context.new_page()
    page.goto(site.settings.portal_url + site.address(OWNER))
    answer = page.locator("details:has([name=q-activities])")
    answer.locator("summary").click()
    typed, said = page.locator("[name=q-activities]"), "Det som tog en timme att skriva."
    typed.fill(said)
    answer.locator("[name=files]").set_input_files(scan)
    click_through(answer.locator("button[name=check]:not(.unseen)"))
    assert page.get_by_role("heading", level=1).inner_text() == title
    assert kept in page.get_by_role("main").inner_text()
    page.go_back()
    assert typed.input_value() == said
    if scripts:
        again = browser.new_context().new_page()
        again.goto(page.url)
        assert again.locator("[name=q-activities]").input_value() == said
        again.context.close()
    context.close()


TYPED = {
    "q-reports_to_social_services": "3",
    "q-spent": "118 000",
    "q-activities": "Det som tog en timme att skriva.",
}


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("sv", "”ränta.docx” är inte sparad: den innehåller hänvisningar som ett dokument inte får ha."),
        ("en", "“ränta.docx” is not kept: it holds references that a document must not have."),
    ],
)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_file_that_is_refused_costs_nothing_else_that_came_with_it(
    browser: Browser, site: Site, tmp_path: Path, language: str, why: str, scripts: bool
) -> None:
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(language=language))
    bomb = packed(a_document() | {"word/document.xml": LAUGHS + b"<a>&j;</a>"})
    chosen = [tmp_path / name for name in ("bild.jpg", "karta.png", "ränta.docx")]
    for path, content in zip(chosen, (a_jpg(640, 480), a_png(640, 480), bomb), strict=True):
        path.write_bytes(content)
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(site.settings.portal_url + site.address(OWNER))
    answer = page.locator("details:has([name=q-activities])")
    answer.locator("summary").first.click()
    for name, value in TYPED.items():
        answer.locator(f"[name={name}]").fill(value)
    answer.locator("[name=files]").set_input_files(chosen)
    click_through(answer.locator("button[name=check]:not(.unseen)"))
    page.get_by_role("alert").wait_for()
    answer = page.locator("details[open]:has([name=q-activities])")
    assert why in answer.locator(".error").all_inner_texts()
    assert {name: answer.locator(f"[name={name}]").input_value() for name in TYPED} == TYPED
    assert answer.locator(".files span:not(.unseen)").all_inner_texts() == ["bild.jpg", "karta.png"]
    assert steps(site.engine)["follow-up-2010-q1"].status is StepStatus.OPEN
    context.close()
