"""The portal in a real browser, scripts off: from the mailbox, by a letter's button, to an answer."""

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from deployments.portal.web.posted_form import LARGEST_POST
from models.vocabulary import StepStatus
from tasks.store.database import reading, transaction
from tests.browser_scenes import a_site, click_through, follow, open_menu, send_letters, signed_in, watched
from tests.deployments.portal.test_portal_barriers import open_site
from tests.grant_scenes import LETTER, OWNER, PERSON, SECRETARY, person_id, steps
from tests.hostile_files import LAUGHS, a_document, a_jpg, a_png, packed
from tests.mail_server import MailServer
from tests.portal_scenes import Site
from tests.reference_case import LATE, SENT_BACK, WITH_COMMITTEE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as found:
        yield found


def test_letter_leads_to_an_answer_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="sv-SE")
    faults = watched(context, site)
    page = signed_in(context, site)
    page.goto(site.settings.portal_url + "/mailbox")
    click_through(page.locator("ul.letters").get_by_role("link", name="uppföljning").first)
    letter = page.frame_locator("iframe")
    with context.expect_page() as opened:
        letter.get_by_role("link").click()
    tasks = opened.value
    tasks.get_by_label("Anmälningar till socialtjänsten").fill("3")
    tasks.get_by_label("Personer under 18 år").fill("2")
    tasks.get_by_label("Personer som är 18 eller 19 år").fill("1")
    tasks.get_by_label("Kostnader under perioden").fill("118 000")
    tasks.get_by_label("Vad som har gjorts").fill("Samverkan med polisen.")
    click_through(tasks.get_by_role("button", name="Fortsätt"))
    click_through(tasks.get_by_role("button", name="Registrera"))
    said = tasks.get_by_role("status").inner_text()
    assert said.startswith("Tack. Det är registrerat: uppföljning, kvartal 1 2010.")
    step = steps(site.engine)["follow-up-2010-q1"]
    assert (str(step.status), step.done_by_id) == ("done", person_id(site.engine, OWNER))
    assert tasks.get_by_role("article").count() == 0
    assert faults == []
    context.close()


@pytest.mark.parametrize(
    ("day", "shown", "at_once"),
    [
        (LATE, (".of", "h2", ".status", "a.button", ".aside", ".rest > summary"), 3),
        (SENT_BACK, (".of", "h2", ".status", ".aside"), 3),
    ],
    ids=["the answer", "what follows"],
)
def test_phone_shows_what_it_is_about_at_once(
    browser: Browser, tmp_path: Path, day: date, shown: tuple[str, ...], at_once: int
) -> None:
    with open_site(tmp_path, day) as site:
        context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(site.settings.portal_url + site.address(OWNER))
        tops = tops_of(page, shown)
        assert tops == sorted(tops)
        assert tops[at_once] < 740
        context.close()


def tops_of(page: Page, selectors: Sequence[str]) -> list[float]:
    """Return where parts of the page's first task begin, in pixels from the top."""
    card = page.get_by_role("article").first
    boxes = [card.locator(selector).bounding_box() for selector in selectors]
    assert None not in boxes
    return [box["y"] for box in boxes if box is not None]


def test_page_prints_as_tables_in_dark_ink(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 700, "height": 1000}, locale="sv-SE")
    page = signed_in(context, site)
    page.goto(site.settings.portal_url + "/grants/REF-1")
    page.emulate_media(media="print", color_scheme="dark")
    looks = "e => { const s = getComputedStyle(document.querySelector(e)); return [s.display, s.color] }"
    assert page.evaluate(looks, ".rows")[1] == "rgb(21, 36, 44)"
    assert page.evaluate(looks, ".menu-of")[0] == "none"
    assert page.evaluate("document.documentElement.scrollWidth") == 700
    context.close()


def test_keyboard_reaches_an_answer(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="sv-SE")
    page = context.new_page()
    page.goto(site.settings.portal_url + site.address(OWNER))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehållet"
    for name in ("Regional samordning", "Fyll i svaren"):  # the card's grant, then what is to be done
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").startswith(name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for name in ("Hoppa till innehållet", "Att göra", "Regional samordning"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q-reports_to_social_services"
    for typed in ("3", "2", "1", "", "118 000 kr", "Samverkan med polisen."):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # no file
    assert page.evaluate("document.activeElement.textContent") == "Fortsätt"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    click_through(page.get_by_role("button", name="Registrera"))
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
            "What you wrote is kept where the page said “The draft is saved.”",
        ),
        (
            False,
            "en",
            "För mycket på en gång",
            "Det du skrev är sparat om det stod ”Utkastet är sparat.”",
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
    click_through(page.locator("a.button").first)
    answer = page.locator("form:has([name=q-activities])")
    typed, said = page.locator("[name=q-activities]"), "Det som tog en timme att skriva."
    typed.fill(said)
    answer.locator("[name=files]").set_input_files(scan)
    click_through(answer.locator("button[type=submit]:not(.unseen):not(.second)"))
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


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_file_that_is_refused_costs_nothing_else_that_came_with_it(
    browser: Browser, site: Site, tmp_path: Path, scripts: bool
) -> None:
    why = "”ränta.docx” är inte sparad: den innehåller hänvisningar som ett dokument inte får ha."
    bomb = packed(a_document() | {"word/document.xml": LAUGHS + b"<a>&j;</a>"})
    chosen = [tmp_path / name for name in ("bild.jpg", "karta.png", "ränta.docx")]
    for path, content in zip(chosen, (a_jpg(640, 480), a_png(640, 480), bomb), strict=True):
        path.write_bytes(content)
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(site.settings.portal_url + site.address(OWNER))
    click_through(page.locator("a.button").first)
    answer = page.locator("form:has([name=q-activities])")
    for name, value in TYPED.items():
        answer.locator(f"[name={name}]").fill(value)
    answer.locator("[name=files]").set_input_files(chosen)
    click_through(answer.locator("button[type=submit]:not(.unseen):not(.second)"))
    page.get_by_role("alert").wait_for()
    assert why in answer.locator(".error").all_inner_texts()
    assert {name: answer.locator(f"[name={name}]").input_value() for name in TYPED} == TYPED
    assert answer.locator(".files span:not(.unseen)").all_inner_texts() == ["bild.jpg", "karta.png"]
    assert steps(site.engine)["follow-up-2010-q1"].status is StepStatus.OPEN
    context.close()


def newest_login(mail: MailServer, recipient: str) -> str:
    """Return the newest login link in the letters that the server took for a person."""
    found: list[str] = []
    for letter in mail.accepted:
        message = email.message_from_bytes(letter.content, policy=email.policy.default)
        body = message.get_body(("plain",))
        if letter.recipient == recipient and body is not None:
            found += re.findall(r"http://127\.0\.0\.1:\d+/login/\S+", body.get_content())
    return found[-1]


def test_mailed_link_signs_in_once(browser: Browser, tmp_path: Path, mail: MailServer) -> None:
    with a_site(tmp_path, **mail.settings) as site:
        context = browser.new_context(java_script_enabled=False, locale="sv-SE")
        faults = watched(context, site)
        page = context.new_page()
        page.goto(f"{site.settings.portal_url}/month")
        assert page.url.endswith("/login?next=%2Fmonth")
        page.get_by_label("Din e-postadress").fill(" Coordinator@Example.ORG")
        click_through(page.get_by_role("button", name="Skicka en länk till mig"))
        assert page.get_by_role("status").inner_text().startswith("Om vi känner till adressen")
        mail.when(lambda: waits(site))
        send_letters(site, 10)
        link = newest_login(mail, OWNER)
        page.goto(link)
        click_through(page.get_by_role("button", name="Logga in"))
        assert page.url == f"{site.settings.portal_url}/month"
        page.get_by_role("banner").get_by_text("Coordinator", exact=True).wait_for()
        open_menu(page)
        assert [cookie["httpOnly"] for cookie in context.cookies()] == [True]
        click_through(page.get_by_role("button", name="Logga ut"))
        assert context.cookies() == []
        page.goto(link)
        page.get_by_role("heading", name="Länken gäller inte längre").wait_for()
        assert page.get_by_role("button").count() == 0
        # Chromium tells of the 410 itself.
        assert [fault for fault in faults if "410" not in fault] == []
        context.close()


def waits(site: Site) -> bool:
    """Return whether a login letter is in the outbox: it is queued after the page was shown."""

    with reading(site.engine) as connection:
        return connection.execute(select(LETTER.c.id).where(LETTER.c.kind == "login")).first() is not None


@pytest.fixture
def with_committee(tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path, WITH_COMMITTEE) as found:
        found.now += timedelta(days=1)  # on which the committee meets
        yield found


def approver_s_page(browser: Browser, with_committee: Site, width: int, height: int) -> Page:
    """Return the approver's tasks after signing in, in a window of a size."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False, locale="sv-SE"
    )
    page = signed_in(context, with_committee, SECRETARY)
    click_through(page.get_by_role("main").get_by_role("link", name="Registrera beslutet").first)
    return page


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


BOTH = ("details:has([value=approve]) > summary", "details:has([value=return]) > summary")


def test_report_stands_beside_the_two_answers_which_stay_in_sight_and_prints_without_them(
    browser: Browser, with_committee: Site
) -> None:
    page = approver_s_page(browser, with_committee, 1024, 700)
    page.emulate_media(media="print")
    assert page.locator(".evidence .report").first.is_visible()
    assert [page.locator(one).first.is_visible() for one in (*BOTH, ".jump")] == [False] * 3
    page.emulate_media(media="screen")
    assert page.locator(".jump").is_hidden()
    report = ".evidence .report"
    for selector in BOTH:
        answer = box(page, selector)
        assert answer["x"] > box(page, report)["right"]
        assert 0 < answer["y"] < answer["bottom"] < 700
    # Where the whole of the forms is in the window, the report's last line is too, and stays.
    last = page.locator(".evidence .report").first.locator("dd").last
    last.scroll_into_view_if_needed()
    page.locator(".judging").scroll_into_view_if_needed()
    assert box(page, ".judging")["bottom"] <= 700
    read_at = last.bounding_box()
    for selector in (".judging", *BOTH, "form:has([value=approve]) button"):
        page.locator(selector).first.scroll_into_view_if_needed()
        assert -1 < box(page, selector)["y"] < 700
        assert box(page, selector)["bottom"] <= 700
        assert last.bounding_box() == read_at
    page.locator("form:has([value=approve]) textarea").fill("§ 14")
    click_through(page.get_by_role("button", name="Fortsätt"))
    click_through(page.get_by_role("button", name="Registrera godkännandet"))
    assert page.get_by_role("status").inner_text().startswith("Registrerat som godkänt:")
    assert str(steps(with_committee.engine, "REF-2009-2")["draft-approval"].status) == "approved"
    page.close()


@pytest.mark.parametrize("width", [320, 768])
def test_report_comes_first_on_a_phone_and_a_link_leads_to_the_buttons(
    browser: Browser, with_committee: Site, width: int
) -> None:
    page = approver_s_page(browser, with_committee, width, 700)
    approve, send_back = (box(page, selector) for selector in BOTH)
    assert box(page, ".evidence")["bottom"] <= send_back["y"] < approve["y"] < send_back["y"] + 100
    page.get_by_role("link", name="Till beslutet").focus()
    follow(page)
    heading = box(page, "[id$=-verdict]")
    assert 0 <= heading["y"] < 100
    # Opening the other answer folds the first; without a reason what is wrong is said, and leads to the field.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("form:has([value=approve]) textarea").is_hidden()
    click_through(page.get_by_role("button", name="Fortsätt"))
    page.get_by_role("alert").first.get_by_role("link", name="Vad som ska kompletteras").focus()
    follow(page)
    assert (
        page.evaluate("document.activeElement.closest('form').querySelector('[name=act]').value") == "return"
    )
    page.close()
