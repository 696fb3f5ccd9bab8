"""Small numbers of people in a browser: named, chosen about in the reader's language, and made into the document."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser
from sqlalchemy import update

from models.tables.columns import table_of
from models.tables.person import Person
from tasks.commands.files.documents import vault_of
from tasks.store.database import transaction
from tests.browser_scenes import click_through, watched
from tests.deployments.portal.test_portal_barriers import open_site
from tests.grant_scenes import OWNER
from tests.portal_scenes import made_here
from tests.reference_case import SENT_BACK

_PERSON = table_of(Person)
# What the page names as small, its three choices, its button, what it says then, and its box about a sentence.
SAYS = {
    "sv": {
        "small": ("Personer under 18 år, kvartal 1 2010: 2", "Personer som är 18 eller 19 år, totalt: 3"),
        "show": "Skriv ut dem som de är",
        "fewer": "Skriv ”färre än”, och bara summan av det som de är en del av",
        "totals": "Skriv bara ut summor",
        "make": "Skapa dokumentet",
        "unchosen": "Välj vad som ska hända med de små talen.",
        "stated": "En text anger ett annat tal än tabellerna.",
        "other": "betyder något annat",
        "whole": ["Anmälningar till socialtjänsten", "14"],
    },
    "en": {
        "small": ("Persons under 18, quarter 1 2010: 2", "Persons aged 18 or 19, in all: 3"),
        "show": "Print them as they are",
        "fewer": "Print “fewer than”, and only the total of what they are part of",
        "totals": "Print only totals",
        "make": "Make the document",
        "unchosen": "Choose what becomes of the small numbers.",
        "stated": "A text states another number than the tables print.",
        "other": "means something else",
        "whole": ["Reports to social services", "14"],
    },
}


@pytest.mark.parametrize(("language", "choice"), [("en", "show"), ("sv", "fewer"), ("en", "totals")])
def test_document_has_the_small_numbers_as_its_maker_chose(
    browser: Browser, tmp_path: Path, language: str, choice: str
) -> None:
    says = SAYS[language]
    with open_site(tmp_path, SENT_BACK) as site:
        with transaction(site.engine) as connection:
            connection.execute(update(_PERSON).where(_PERSON.c.email == OWNER).values(language=language))
        context = browser.new_context(
            java_script_enabled=choice != "fewer",
            locale={"sv": "sv-SE", "en": "en-GB"}[language],
            viewport={"width": 360, "height": 800},
        )
        faults = watched(context, site)
        page = context.new_page()
        page.goto(site.settings.portal_url + site.address(OWNER))
        page.locator("details:has(a[href*='paper=final-report']) > summary").first.click()
        click_through(page.locator("a[href*='paper=final-report']").first)
        for line in says["small"]:
            assert page.get_by_text(line, exact=True).is_visible()
        make = page.get_by_role("button", name=str(says["make"]))
        click_through(make)
        assert page.get_by_role("alert").get_by_text(str(says["unchosen"])).is_visible()
        page.get_by_label(str(says[choice]), exact=True).check()
        page.locator("select[name='language']:visible").first.select_option(language)
        click_through(make)
        if choice != "show":
            assert page.get_by_role("alert").get_by_text(str(says["stated"])).is_visible()
            assert made_here(site) == []
            for box in page.get_by_role("checkbox", name=str(says["other"])).all():
                box.check()
            assert page.evaluate("document.documentElement.scrollWidth") == 360
            click_through(make)
        word, _ = made_here(site)
        assert (word.version, word.language, word.small_numbers) == (1, language, choice)
        content = vault_of(site.settings).path(word.stored_as).read_bytes()
        lines = [
            [cell.text for cell in row.cells]
            for table in Document(BytesIO(content)).tables
            for row in table.rows
        ]
        assert (says["whole"] in lines) == (choice != "show")
        assert (["2*", "3*", "3*", "2*", "10"] in [line[1:] for line in lines]) == (choice == "show")
        assert [one for one in faults if "422" not in one] == []  # the answers to a form without a choice
        context.close()
