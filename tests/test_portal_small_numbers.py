"""Small numbers of people in a browser: named, chosen about in the reader's language, and made into the document."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser
from sqlalchemy import update

from models.columns import table_of
from models.people import Person
from models.step import MadeDocument
from tasks.grants.vault.documents import vault_of
from tasks.store.database import transaction
from tests.browser_scenes import a_browser, watched
from tests.grant_scenes import OWNER, rows
from tests.test_portal_barriers import open_site
from tests.test_portal_papers import SENT_BACK

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as chromium:
        yield chromium


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
        page.locator("a[href*='paper=final-report']").first.click()
        for line in says["small"]:
            assert page.get_by_text(line, exact=True).is_visible()
        make = page.get_by_role("button", name=str(says["make"]))
        make.click()
        assert page.get_by_role("alert").get_by_text(str(says["unchosen"])).is_visible()
        assert rows(site.engine, MadeDocument) == []
        page.get_by_label(str(says[choice]), exact=True).check()
        page.locator("select[name='language']:visible").first.select_option(language)
        make.click()
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
