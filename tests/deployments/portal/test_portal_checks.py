"""Every check of figures in a browser: what does not add up is said, explained once and kept, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from models.errors import AnswerRefused
from models.tables.step import Answer
from tasks.documents.make import Wanted, make_paper
from tasks.words.translator import plain_spaces, translator
from tests.browser_scenes import click_through, open_portal, watched
from tests.builders import a_database
from tests.deployments.portal.test_portal_journey import Office
from tests.grant_scenes import (
    OWNER,
    a_staff,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    open_grants,
    pay,
    rows,
    steps,
)
from tests.mail_server import MailServer
from tests.portal_scenes import Site, post, problems
from tests.tasks.documents.test_paperwork import words_of

PROGRAMME = Path(__file__).parents[2] / "programmes" / "every-check.yaml"
Q1, Q2, FINAL = date(2010, 4, 6), date(2010, 7, 5), date(2010, 9, 1)
# What is wrong with a quarter in which nothing was done, with one in which too much was, and with one after a good one.
NOTHING: dict[str, object] = {
    "reports": 0,
    "under_18": 0,
    "over_18": 0,
    "meetings": 0,
    "staff": 0,
    "spent": 0,
}
TOO_MUCH: dict[str, object] = {
    "reports": 14,
    "under_18": 10,
    "over_18": 3,
    "meetings": 70,
    "staff": 12,
    "spent": 500_001,
}
GOOD: dict[str, object] = {
    "reports": 14,
    "under_18": 10,
    "over_18": 3,
    "meetings": 70,
    "staff": 1,
    "spent": 100_000,
}
LEAP: dict[str, object] = {
    "reports": 9,
    "under_18": 8,
    "over_18": 1,
    "meetings": 8,
    "staff": 6,
    "spent": 310_000,
}
LEDGER = """Datum;Konto;Belopp
2010-01-15;5460;45000
2010-02-15;5010;1000
2010-04-15;5460;500
2010-05-15;5890;2500
"""
DAYS: dict[str, object] = {"met_on": "2010-03-31", "booked_on": "2010-03-31"}


BEYOND = {
    "sv": {
        "bought": "Inköpen är inte det som bidraget är till för (Förbrukning (5460): 45 000 kr hittills, av 40 000 kr i"
        " budgeten). Låt rätta bokföringen, eller ändra budgeten när bidragsgivaren har gått med på det.",
        "bought.why": "Inköpen går utöver budgeten (Förbrukning (5460): 45 000 kr hittills, av 41 000 kr i budgeten)."
        " Låt rätta bokföringen, eller skriv här varför, och vad bidragsgivaren har sagt om det.",
    },
    "en": {
        "bought": "The purchases are not what the grant is for (Förbrukning (5460): 45,000 SEK so far, of 40,000 SEK in"
        " the budget). Have the books corrected, or the budget changed with the funder's leave.",
        "bought.why": "The purchases go beyond the budget (Förbrukning (5460): 45,000 SEK so far, of 41,000 SEK in the"
        " budget). Have the books corrected, or say here why, and what the funder said of it.",
    },
}


@pytest.fixture
def site(tmp_path: Path, mail: MailServer, language: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A grant of two quarters, four fifths paid, with a ledger and a budget; its owner reads the language."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "ledger-1.csv").write_text(LEDGER, encoding="utf-8")
    with open_portal(a_database(tmp_path), tmp_path, at(Q1), **mail.settings) as found:
        entry = an_entry(programme=str(PROGRAMME), dates={}, period_end_on=date(2010, 6, 30))
        open_grants(found.engine, entry, people=a_staff(**{OWNER.split("@")[0]: {"language": language}}))
        decide(found.engine, amount_minor=50_000_000, dates={"final_report_on": date(2010, 9, 30)})
        claim(found.engine, date(2009, 11, 18), 1)
        pay(found.engine, date(2009, 12, 11), 1)
        bring_in(found.engine, Q1, budgets=[budget("5460", 40_000), budget("5010", 100_000)])
        yield found
        found.engine.dispose()


def budget(account: str, amount: int) -> dict[str, object]:
    """Return a line of the grant's budget as an import file has it."""
    title = {"5460": "Förbrukning", "5010": "Lokal"}.get(account, "")
    return {"reference": "REF-1", "account": account, "title": title, "amount": amount}


def fill(page: Page, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        page.locator(f"[name='q-{name}']").fill(str(value))


def asked(page: Page) -> dict[str, str]:
    """Return what the page says of each field that does not fit, by the field's name."""
    bad = page.locator(".field-bad").all()
    return {
        str(one.locator("input, textarea").first.get_attribute("name")).removeprefix("q-"): one.locator(
            ".error"
        ).inner_text()
        for one in bad
    }


def press(office: Office) -> dict[str, str]:
    """Send the form; return what is asked then."""
    click_through(office.page.get_by_role("button", name=office.say.gettext("It is done"), exact=True))
    return asked(office.page)


def explain(office: Office) -> list[str]:
    """Say why, wherever that is asked; return what the page says when the form is sent again."""
    for name in asked(office.page):
        if name.endswith(".why"):
            fill(office.page, {name: f"Because of {name}."})
    assert press(office) == {}
    return [office.presses("It is done")]


def opens(office: Office, day: date) -> None:
    office.morning(day)
    office.opens_letter(OWNER)
    office.chooses("Done")


@pytest.mark.parametrize(("language", "scripts"), [("sv", False), ("en", True)])
def test_every_check_is_asked_about_once_or_blocks(
    browser: Browser, site: Site, mail: MailServer, language: str, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    faults = watched(context, site)
    office = Office(site, mail, context, translator(language))
    opens(office, Q1)
    begun = plain_spaces(office.page.locator("[name='q-bought']").input_value())
    assert begun == {"sv": "46 000", "en": "46,000"}[language]  # from the ledger
    fill(office.page, NOTHING | DAYS | {"bought": 0})
    # A warning asks at its own field, a block at the answer, and of that question for nothing else; another total than
    # the ledger's alters nothing.
    nothing = press(office)
    assert [*nothing] == ["reports.why", "meetings.why", "staff", "bought"]
    assert " ".join(nothing["bought"].split()) == BEYOND[language]["bought"]
    fill(office.page, TOO_MUCH | {"met_on": "2009-12-31", "booked_on": "2010-04-01"})
    too_much = press(office)
    assert [*too_much] == [
        *("reports.why", "meetings.why", "staff", "met_on.why", "booked_on", "spent", "bought"),
    ]
    assert (
        " ".join(too_much["met_on.why"].split())
        == {
            "sv": "Mötet ligger utanför kvartalet (31 december 2009 är inte mellan 1 januari 2010 och 31 mars 2010)."
            " Rätta dagen, eller skriv varför här.",
            "en": "The meeting is outside the quarter (31 December 2009 is not from 1 January 2010 to 31 March 2010)."
            " Correct the day, or say why here.",
        }[language]
    )
    fill(office.page, GOOD | {"booked_on": "2010-03-31"})
    # The funder lets a thousand be moved: now it is less than a tenth above.
    bring_in(site.engine, Q1, budgets=[budget("5460", 41_000), budget("5010", 99_000)])
    warned = press(office)
    assert [*warned] == ["reports.why", "meetings.why", "met_on.why", "bought.why"]
    assert " ".join(warned["bought.why"].split()) == BEYOND[language]["bought.why"]
    assert len(explain(office)) == 1

    opens(office, Q2)
    fill(office.page, LEAP | {"met_on": "2010-06-30", "booked_on": "2010-06-30"})
    second = press(office)
    assert [*second] == ["meetings", "staff", "spent.why", "bought"]
    assert "5890" in second["bought"]
    bring_in(site.engine, Q2, budgets=[budget("5460", 42_000), budget("5890", 2_500)])
    # What is said once for two warnings lets no block go.
    for name in ("meetings.why", "staff.why", "spent.why"):
        site_answer = LEAP | {"met_on": "2010-06-30", "booked_on": "2010-06-30", name: "Because."}
        with pytest.raises(AnswerRefused, match="Posts cannot change so fast"):
            answer(site.engine, "follow-up-2010-q2", Q2, data=site_answer)
    crafted = post(
        site.client(language),
        site.address(OWNER),
        "done",
        {f"q-{name}": str(value) for name, value in site_answer.items()} | {"q-staff.why": "Because."},
    )
    assert (crafted.status_code, len(problems(crafted)) > 0) == (422, True)
    assert str(steps(site.engine)["follow-up-2010-q2"].status) != "done"
    fill(office.page, {"staff": 5, "meetings": 9})
    assert [*press(office)] == ["spent.why", "bought.why"]  # what blocked is mended: now for its reasons
    assert len(explain(office)) == 1

    opens(office, FINAL)
    office.page.locator("[name=done_on]").fill(FINAL.isoformat())
    fill(office.page, {"all_reports": 0, "all_spent": 0})
    assert [*press(office)] == ["all_reports", "all_spent"]
    fill(office.page, {"all_reports": 22, "all_spent": 410_000})
    assert [*press(office)] == ["all_reports.why"]
    assert len(explain(office)) == 1
    kept = [
        (key, why)
        for row in rows(site.engine, Answer)
        for key, why in row.data.items()
        if key.endswith(".why")
    ]
    assert [key for key, _ in kept] == [
        *("reports.why", "meetings.why", "met_on.why", "bought.why"),
        *("spent.why", "bought.why", "all_reports.why"),
    ]
    printed = words_of(make_paper(site.engine, "REF-1", Wanted("final-report", language), FINAL))
    assert [why for _, why in kept if why not in printed] == []
    assert all("422" in fault for fault in faults)
    context.close()
