"""Small numbers of people in a browser: named, chosen about in the reader's language, and made into the document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser, Locator
from sqlalchemy import Engine, update

from deployments.portal.app import make_app
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import MadeDocument
from tasks.commands.files.documents import vault_of
from tasks.store.database import transaction
from tasks.wording.words import plain_spaces
from tests.browser_scenes import click_through, listening, served, watched
from tests.builders import a_database
from tests.deployments.portal.test_portal_barriers import open_site
from tests.deployments.portal.test_portal_papers import SENT_BACK
from tests.grant_scenes import FIGURES, OWNER, a_grant_that_was, answer, at, rows
from tests.portal_scenes import Site, login_address, settings_for

_PERSON = table_of(Person)
# What the page names as small, its three choices, its button, what it says then, and how the table's total row reads.
SAYS = {
    "sv": {
        "small": ("Personer under 18 år, kvartal 1 2010: 2", "Personer som är 18 eller 19 år, totalt: 3"),
        "hide": "Dölj dem",
        "merge": "Slå ihop perioder (hjälper inte: de döljs)",
        "send": "Lämna dem som de är",
        "make": "Skapa dokumentet",
        "unchosen": "Välj vad som ska hända med de små talen.",
        "row": "Personer under 18 år",
    },
    "en": {
        "small": ("Persons under 18, quarter 1 2010: 2", "Persons aged 18 or 19, in all: 3"),
        "hide": "Hide them",
        "merge": "Join periods (does not help: they are hidden)",
        "send": "Send them as they are",
        "make": "Make the document",
        "unchosen": "Choose what becomes of the small numbers.",
        "row": "Persons under 18",
    },
}


@pytest.mark.parametrize(
    ("choice", "printed"), [("hide", "* * * * *"), ("merge", "* * * * *"), ("send", "2 3 3 2 10")]
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_document_has_the_small_numbers_as_its_maker_chose(
    browser: Browser, tmp_path: Path, language: str, choice: str, printed: str
) -> None:
    says = SAYS[language]
    with open_site(tmp_path, SENT_BACK) as site:
        with transaction(site.engine) as connection:
            connection.execute(update(_PERSON).where(_PERSON.c.email == OWNER).values(language=language))
        context = browser.new_context(
            java_script_enabled=choice != "hide",
            locale={"sv": "sv-SE", "en": "en-GB"}[language],
            viewport={"width": 360, "height": 800},
        )
        faults = watched(context, site)
        page = context.new_page()
        page.goto(site.settings.portal_url + site.address(OWNER))
        click_through(page.locator("a[href*='paper=final-report']").first)
        for line in says["small"]:
            assert page.get_by_text(line, exact=True).is_visible()
        make = page.get_by_role("button", name=str(says["make"]))
        click_through(make)
        assert page.get_by_role("alert").get_by_text(str(says["unchosen"])).is_visible()
        assert rows(site.engine, MadeDocument) == []
        page.get_by_label(str(says[choice]), exact=True).check()
        page.locator("select[name='language']:visible").first.select_option(language)
        click_through(make)
        word, _ = rows(site.engine, MadeDocument)
        assert (word.version, word.language) == (1, language)
        content = vault_of(site.settings.home).path(word.stored_as).read_bytes()
        lines = [
            [cell.text for cell in row.cells]
            for table in Document(BytesIO(content)).tables
            for row in table.rows
        ]
        (found,) = (line for line in lines if line[0].endswith(str(says["row"])))
        assert " ".join(found[1:]) == printed
        assert [one for one in faults if "422" not in one] == []  # the answer to a form without a choice
        context.close()


# Few in the first and the last quarter; joined two and two none is few. By choice and language, in the page's words.
YOUNG, OLDER = (61, 93, 82, 74), (3, 52, 47, 2)
JOINED = {
    "sv": {
        "merge": "Slå ihop perioder tills inget tal är litet",
        "look": "Se tabellerna först",
        "head": "Uppgift;kvartal 1–2 2010;kvartal 3–4 2010;Totalt",
        "reports": "Anmälningar till socialtjänsten",
        "note": "Perioder är sammanslagna där få personer ligger bakom ett tal.",
    },
    "en": {
        "merge": "Join periods, until no number is small",
        "look": "Look at the tables first",
        "head": "Figure;quarter 1–2 2010;quarter 3–4 2010;In all",
        "reports": "Reports to social services",
        "note": "Periods are added together where few people are behind a number.",
    },
}


def joinable(folder: Path) -> Engine:
    """Return a database with a grant whose report is drafted, of which joined quarters hide what is small."""
    engine = a_database(folder)
    a_grant_that_was(engine, "first paid")
    days = (date(2010, 4, 27), date(2010, 7, 28), date(2010, 10, 29), date(2011, 1, 10))
    for number, (on, young, older) in enumerate(zip(days, YOUNG, OLDER, strict=True), start=1):
        few = {"persons_under_18": young, "persons_under_20": older}
        step = f"follow-up-2010-q{number}" if number < 4 else "final-report-draft"
        answer(engine, step, on, data={**FIGURES, **few, "reports_to_social_services": young + older})
    return engine


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_periods_are_joined_as_the_page_showed_them(
    browser: Browser, tmp_path: Path, language: str, width: int
) -> None:
    says = JOINED[language]
    with listening() as (listener, address):
        # Playwright keeps an event loop running in this thread.
        with ThreadPoolExecutor(1) as elsewhere:
            engine = elsewhere.submit(joinable, tmp_path).result()
        site = Site(engine, settings_for(tmp_path, portal_url=address), at(date(2011, 1, 11), 10))
        with transaction(engine) as connection:
            connection.execute(update(_PERSON).values(language=language))
        with served(make_app(site.settings, engine, lambda: site.now), listener):
            context = browser.new_context(
                locale={"sv": "sv-SE", "en": "en-GB"}[language], viewport={"width": width, "height": 800}
            )
            faults = watched(context, site)
            page = context.new_page()
            page.goto(address + login_address(site, OWNER))
            click_through(page.locator("main button"))
            page.goto(f"{address}/papers/1?paper=final-report")
            page.get_by_label(says["merge"], exact=True).check()
            click_through(page.get_by_role("button", name=says["look"]))
            shown = [row.all_text_contents() for row in map(cells_of, page.locator("tr").all())]
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert ";".join(shown[0]) == says["head"]
            assert shown[1] == [says["reports"], "209", "205", "414"]
            assert [line[1:] for line in shown[2:]] == [["154", "156", "310"], ["55", "49", "104"]]
            assert rows(engine, MadeDocument) == []
            click_through(page.get_by_role("button", name=str(SAYS[language]["make"])))
            page.get_by_role("status").wait_for()
            assert faults == []
            context.close()
        word, pdf = rows(engine, MadeDocument)
        vault = vault_of(site.settings.home)
        printed = Document(BytesIO(vault.path(word.stored_as).read_bytes()))
        tables = [
            [plain_spaces(one.text) for one in row.cells] for table in printed.tables for row in table.rows
        ]
        assert [line for line in tables if line in shown] == shown
        assert says["note"] in [one.text for one in printed.paragraphs]
        assert {one[0] for one in tables if "3" in one or "2" in one} == set()
        assert vault.path(pdf.stored_as).read_bytes().startswith(b"%PDF")
        (made,) = (row.detail for row in rows(engine, JournalEvent) if row.event == "document_made")
        assert made["small_numbers"] == {"reports_to_social_services": "merge"}
        engine.dispose()


def cells_of(row: Locator) -> Locator:
    """Return a row's cells, its heading among them."""
    return row.locator("th, td")
