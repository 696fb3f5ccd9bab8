"""Hold that a programme is written from a letter on its page, a row a sentence, and a grant can have it at once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from deployments.portal.programme.calendar import look_at
from deployments.portal.programme.offered import offered_sentences
from deployments.portal.programme.posted_rows import USUAL_DUTIES, read_rows
from deployments.portal.web.posted_form import MOST_FIELDS
from deployments.shipped_files import PROGRAMMES
from models.programme.language.amounts import SHARE, WHEN
from models.programme.language.each import EACH
from models.programme.language.parser import read_rule
from models.tables.journal import JournalEvent
from tasks.programmes.files import read_programme, read_written
from tasks.programmes.patterns import pattern_rows
from tasks.programmes.rows.from_file import rows_of
from tasks.programmes.rows.swedish import SwedishSentences
from tasks.words.translator import translator
from tests.builders import a_database
from tests.desk_scenes import main_of
from tests.grant_scenes import CONTROLLER, OWNER, rows
from tests.portal_scenes import Site, a_site_that_was, fields_of, parse, settings_for
from tests.programme_rows import posted
from tests.tasks.programmes.test_rows import KEPT_APART

LETTER = {
    "head-0-title": "Trygga kvällar / Safe Evenings",
    "head-0-source": "Länsstyrelsen, decision of 20 January 2026",
    "head-0-decision": "20 January 2026",
    "head-0-start": "1 March 2026",
    "head-0-end": "31 October 2026",
    "head-0-sum": "400 000",
    "dates-0-day": "15 January 2027",
    "payments-0-share": "75 %",
    "payments-0-gives": "300 000",
    "duties-0-gives": "15 January 2027",
}

# Of each list from which a sentence is chosen: its kind, and what reads it.
READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "days": ("rule", read_rule),
    "periods": ("each", EACH.read),
    "whens": ("when", WHEN.read),
    "shares": ("share", SHARE.read),
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(a_database(tmp_path), settings_for(tmp_path), datetime(2026, 12, 1, 9, tzinfo=UTC))


def filled(page: Any, **values: str) -> dict[str, str]:
    """Return what a browser sends of the programme's page, without the names of its buttons."""
    form = next(one for one in parse(page).iter("form") if one.get("action") == "/programme")
    return fields_of(form) | values


def begun(client: TestClient, **values: str) -> Any:
    """Fill in the page of a programme in two parts, and press a button of it."""
    return client.post(
        "/programme", data=filled(client.get("/programme?like=two-parts"), **{**LETTER, **values})
    )


def test_programme_from_a_letter_is_counted_saved_and_offered_to_a_grant(site: Site) -> None:
    client = site.client()
    seen = begun(client, show="yes")
    said = main_of(seen)
    assert "Everything can be counted." in said
    assert "300,000 SEK: 14 days after the decision" in said
    assert "15 January 2027Final report" in said
    assert "3 February 2026Claim of the first part, 300,000 SEK" in said
    assert "No sentence says what becomes of a day off. Choose it here." in said
    saved = client.post("/programme", data=filled(seen, save="yes"))
    assert (saved.status_code, saved.headers["location"]) == (303, "/new-grant?saved=trygga-kvallar")
    page = client.get(saved.headers["location"])
    assert "The programme “Safe Evenings” is saved." in main_of(page)
    assert '"/desk/new-grant/0?programme=trygga-kvallar" class="button"' in page.text
    (path,) = (site.settings.office_folder / "programmes").glob("*.yaml")
    written = read_written(path)
    assert (written.status, written.title.en) == ("read 2026-12-01", "Safe Evenings")
    assert written.examples[0].award.sum == "400 000"
    assert written.examples[0].gives == {"final-report": ("2027-01-15",), "advance": ("300 000",)}
    (event,) = (one for one in rows(site.engine, JournalEvent) if one.event == "programme_saved")
    assert event.detail == {"programme": "trygga-kvallar"}


def test_fault_stands_at_its_row_and_nothing_is_lost(site: Site) -> None:
    client = site.client()
    wrong = {"duties-0-due": "end of the month aftr period_end", "head-0-sum": "", "payments-1-share": "80"}
    page = begun(client, save="yes", **wrong)
    assert page.status_code == 422
    found = parse(page)
    at = {
        field: " ".join(found.get_element_by_id(f"{field}-error").text_content().split())
        for field in ("duties-0-due", "head-0-sum", "payments-1-share")
    }
    assert "did you mean 'after'?" in at["duties-0-due"]
    assert at["head-0-sum"] == "Fill this in."
    assert "write 80 %" in at["payments-1-share"]
    kept = filled(page)
    assert {name: kept[name] for name in wrong} == wrong
    assert kept["head-0-source"] == LETTER["head-0-source"]
    assert not (site.settings.office_folder / "programmes").exists()


def test_example_that_comes_out_otherwise_is_told_at_its_row(site: Site) -> None:
    page = begun(site.client(), save="yes", **{"payments-0-gives": "320 000"})
    at = parse(page).get_element_by_id("payments-0-gives-error").text_content()
    assert "You worked out 320 000 SEK; by these rules it is 300 000 SEK" in at


def test_nothing_is_saved_before_a_day_or_a_sum_is_counted_by_hand(site: Site) -> None:
    page = begun(site.client(), save="yes", **{"duties-0-gives": "", "payments-0-gives": ""})
    assert page.status_code == 422
    assert (
        "Work out at least one day or sum"
        in parse(page).get_element_by_id("head-0-counted-error").text_content()
    )


def test_row_is_added_and_taken_away_by_a_button(site: Site) -> None:
    client = site.client()
    page = begun(client, add="quarterly")
    assert filled(page)["duties-1-each"] == "quarter"
    page = client.post("/programme", data=filled(page, add="repayments"))
    assert filled(page)["repayments-0-repays"] == "paid less final-report.spent"
    page = client.post("/programme", data=filled(page, drop="duties-1"))
    assert "duties-1-each" not in filled(page)
    assert filled(page)["duties-0-gives"] == LETTER["duties-0-gives"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_row_without_a_name_loses_nothing_when_another_is_added(site: Site, language: str) -> None:
    client = site.client(language)
    page = begun(client, add="certificate", **{"duties-0-name": "-"})
    blank = {name: "" for name in filled(page) if name.endswith("-title")}
    for group in ("dates", "duties", "payments", "repayments", *USUAL_DUTIES):
        page = client.post("/programme", data=filled(page, **blank, add=group))
        assert page.status_code == 200, group
    assert filled(page)["duties-0-due"]


def test_page_marks_the_pattern_that_it_begins_with(site: Site) -> None:
    client = site.client()
    for address, pattern in (("/programme?like=two-parts", "two-parts"), ("/programme", "at-once")):
        marked = [
            link.get("href")
            for link in parse(client.get(address)).iter("a")
            if link.get("aria-current") == "true"
        ]
        assert marked == [f"/programme?like={pattern}"]
    # Rows that are begun are not thrown away by a link.
    assert "like=" not in begun(client, add="duties").text


def test_largest_page_is_taken(site: Site) -> None:
    client = site.client()
    page = client.get("/programme")
    for group in ("dates", "duties", "repayments", "payments") * 6:
        page = client.post("/programme", data=filled(page, **{"add": group, f"{group}-0-title": "A row"}))
    assert len(filled(page)) < MOST_FIELDS - 5
    assert len(page.content) < 60_000


def test_draft_is_found_again_until_it_is_saved_or_thrown_away(site: Site) -> None:
    client = site.client()
    kept = begun(client, keep="yes", **{"duties-0-due": "not a sentence yet"})
    page = client.get(kept.headers["location"])
    assert filled(page)["duties-0-due"] == "not a sentence yet"
    assert "The draft is saved." in main_of(page)
    assert "Programmes that are begun Trygga kvällar" in main_of(client.get("/new-grant"))
    saved = client.post(
        "/programme", data=filled(page, save="yes", **{"duties-0-due": "2 months after grant_end"})
    )
    assert saved.status_code == 422  # the day counted by hand is another
    right = {"duties-0-due": "at final_report of the decision"}
    assert client.post("/programme", data=filled(page, save="yes", **right)).status_code == 303
    assert "Programmes that are begun" not in main_of(client.get("/new-grant"))
    other = begun(client, keep="yes").headers["location"]
    client.post("/programme", data=filled(client.get(other), forget="yes"))
    assert client.get(other).status_code == 404


def test_own_programme_is_changed_and_another_with_its_name_is_refused(site: Site) -> None:
    client = site.client()
    begun(client, save="yes")
    again = begun(client, save="yes")
    assert again.status_code == 409
    assert "There is a programme 'trygga-kvallar' already" in main_of(again)
    link = "/programme?file=trygga-kvallar"
    assert link in client.get("/new-grant").text
    page = client.get(link)
    changed = filled(page, save="yes", **{"payments-0-share": "50 %", "payments-0-gives": "200 000"})
    assert client.post("/programme", data=changed).status_code == 303
    path = site.settings.office_folder / "programmes" / "trygga-kvallar.yaml"
    assert read_written(path).payments["advance"].share == "50 %"
    assert client.post("/programme", data=changed).status_code == 303  # the same form: it acted once
    late = filled(page, save="yes", nonce=filled(client.get("/programme"))["nonce"])
    assert client.post("/programme", data=late).status_code == 409
    text = path.read_text(encoding="utf-8")
    many = "".join(f"  report-{number}: {{due: 2 months after grant_end}}\n" for number in range(6))
    for more in (text + "small_numbers: 7\n", text.replace("steps:\n", f"steps:\n{many}")):  # no row has that
        path.write_text(more, encoding="utf-8")
        assert client.get(link).status_code == 404
        assert link not in client.get("/new-grant").text


def test_draft_of_a_change_still_replaces_the_programme(site: Site) -> None:
    client = site.client()
    begun(client, save="yes")
    changed = {"payments-0-share": "50 %", "payments-0-gives": "200 000"}
    page = filled(client.get("/programme?file=trygga-kvallar"), keep="yes", **changed)
    draft = client.get(client.post("/programme", data=page).headers["location"])
    saved = client.post("/programme", data=filled(draft, save="yes"))
    assert saved.status_code == 303, main_of(saved)
    path = site.settings.office_folder / "programmes" / "trygga-kvallar.yaml"
    assert read_written(path).payments["advance"].share == "50 %"


def test_officer_leaves_it_to_an_administrator_where_what_is_new_waits(tmp_path: Path) -> None:
    played = a_site_that_was(tmp_path, "applied", date(2009, 11, 6))
    site = replace(played, settings=settings_for(tmp_path, new_grants_wait=True))
    officer = site.client(who=OWNER)
    assert site.client(who=CONTROLLER).get("/programme").status_code == 404
    left = officer.get(begun(officer, save="yes").headers["location"])
    assert "är lämnat till en systemförvaltare" in main_of(left)
    assert "väntar på att en systemförvaltare sparar det" in main_of(officer.get("/new-grant"))
    assert list((site.settings.office_folder / "programmes").glob("*.yaml")) == []
    admin = site.client()
    (draft,) = re.findall("/programme[?]draft=[0-9a-f]+", admin.get("/attention").text)
    saved = admin.post("/programme", data=filled(admin.get(draft), save="yes"))
    assert saved.headers["location"] == "/new-grant?saved=trygga-kvallar"
    assert "A programme waits" not in main_of(admin.get("/attention"))
    # A change of it is left to an administrator, too.
    officer.post("/programme", data=filled(officer.get("/programme?file=trygga-kvallar"), save="yes"))
    (draft,) = re.findall("/programme[?]draft=[0-9a-f]+", admin.get("/attention").text)
    assert admin.post("/programme", data=filled(admin.get(draft), save="yes")).status_code == 303


@pytest.mark.parametrize("name", ["lona-office", "lona"])
def test_programme_takes_no_name_of_another(site: Site, name: str) -> None:
    page = begun(site.client(), save="yes", **{"head-0-name": name})
    assert page.status_code == 409
    assert "give this one another name" in main_of(page)


def test_programmes_that_were_kept_apart_are_written_on_the_page(site: Site) -> None:
    client = site.client()
    page = filled(client.get("/programme"))
    for name in KEPT_APART:
        written = read_written(PROGRAMMES / f"{name}.yaml")
        texts = posted(rows_of(written, "en")) | {"head-0-name": f"own-{name}"}
        nonce = filled(client.get("/programme"))["nonce"]
        saved = client.post("/programme", data=page | texts | {"nonce": nonce, "save": "yes"})
        assert saved.status_code == 303, main_of(saved)
        own = read_programme(site.settings.office_folder / "programmes" / f"own-{name}.yaml", examples=False)
        shipped = read_programme(PROGRAMMES / f"{name}.yaml", examples=False)
        assert own.model_copy(update={"programme": shipped.programme}) == shipped


def test_every_sentence_that_is_offered_can_be_read_in_both_languages() -> None:
    page = pattern_rows("SE", "sv")["periods"]
    for language in ("en", "sv"):
        offered = offered_sentences(page, language)
        for key, (kind, read) in READERS.items():
            values = [one.text for one in offered[key] if one.english not in page.steps]
            assert len(values) > 2
            for sentence in values:
                read(SwedishSentences(page).to_english(kind, sentence))
    assert "3 månader efter bidragsperiodens slut" in [one.text for one in offered["days"]]


def test_swedish_page_says_in_one_line_what_is_not_understood(site: Site) -> None:
    client = site.client(language="sv")
    assert (
        filled(client.get("/programme?like=two-parts"))["payments-1-needs"]
        == "att slutrapporten har godkänts"
    )
    wrong = {"duties-0-due": "3 månader efer slutet", "payments-1-share": "80", "payments-1-needs": "slutrap"}
    page = begun(client, save="yes", **wrong)
    found = parse(page)
    assert {field: found.get_element_by_id(f"{field}-error").text_content().strip() for field in wrong} == {
        "duties-0-due": "”efer” går inte att förstå eller räkna här. Till exempel: 3 månader efter"
        " bidragsperiodens slut",
        "payments-1-share": "”80” går inte att förstå eller räkna här. Till exempel: 70 %",
        "payments-1-needs": "”slutrap” går inte att förstå eller räkna här. Till exempel: att slutrapporten har"
        " godkänts",
    }
    right = {"duties-0-due": "sista dag för slutrapporten enligt beslutet", "payments-1-share": "återstoden"}
    saved = client.post(
        "/programme", data=filled(page, save="yes", **right, **{"payments-1-needs": "godkänd slutrapport"})
    )
    assert saved.status_code == 303, main_of(saved)
    (path,) = (site.settings.office_folder / "programmes").glob("*.yaml")
    written = read_written(path)
    assert written.steps["final-report"].due == "at final_report of the decision"
    assert (written.payments["balance"].share, written.payments["balance"].needs) == (
        "rest",
        ("final-report.approved",),
    )


def test_certificate_is_planned_before_the_report_that_it_is_an_annex_of(site: Site) -> None:
    client = site.client()
    said = main_of(client.post("/programme", data=filled(begun(client, add="certificate"), show="yes")))
    assert "8 January 2027Audit certificate" in said
    assert "15 January 2027Final report" in said


@pytest.mark.parametrize("usual", USUAL_DUTIES)
def test_usual_duty_can_be_counted_as_it_is_offered(site: Site, usual: str) -> None:
    page = begun(site.client(), add=usual)
    rows = read_rows(filled(page))
    found = look_at(rows, translator("en"), date(2026, 12, 1), noted=False)
    assert found.faults == {}
