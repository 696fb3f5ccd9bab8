"""The page's answer to a step that asks for documents, and to one that may be left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.tables.journal import JournalEvent
from models.tables.step import Document
from tests.builders import a_database
from tests.deployments.portal.test_portal_answers import thanks
from tests.deployments.portal.test_portal_forms import PDF
from tests.grant_scenes import OWNER, an_entry, decide, open_grants, rows, steps
from tests.portal_scenes import Site, forms_of, nodes, on_the_day, parse, post, problems, text_of
from tests.tasks.commands.test_terms import open_terms


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The certificate is due, and the quarters' optional reports are late."""
    engine = a_database(tmp_path)
    open_terms(engine, instalments={1: 40_000_000})
    return on_the_day(engine, tmp_path, date(2026, 3, 2))


def test_missing_document_is_told_at_its_field_and_a_draft_keeps_its_key(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    assert " saker att göra · Sida 1 av 2 " in text_of(parse(client.get(address)))
    step = steps(site.engine)["audit"]
    nonce = next(
        form["nonce"]
        for form in forms_of(client.get(f"{address}?page=2"), "done")
        if "file-certificate" in form
    )
    sent = {"act": "done", "nonce": nonce, "done_on": "2026-03-02"}
    page = client.post(address, data=sent, files=[("files", ("annat.pdf", PDF))])
    assert page.status_code == 422
    alert = next(node for node in nodes(parse(page), "div") if node.get("role") == "alert")
    assert "Revisorsintyg: Dokumentet saknas. Välj en fil." in text_of(alert)
    assert [one.get("href") for one in alert.iter("a")] == [f"#s{step.id}-done-file-certificate"]
    kept = client.post(
        address, data=sent | {"save": "by hand"}, files=[("file-certificate", ("intyg.pdf", PDF))]
    )
    assert kept.status_code == 303
    assert thanks(client, client.post(address, data=sent)).startswith("Tack.")
    found = [(one.name, one.document, one.answer_id is None) for one in rows(site.engine, Document)]
    assert found == [("annat.pdf", None, False), ("intyg.pdf", "certificate", False)]


def test_optional_report_is_not_needed_for_a_reason(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    assert len(forms_of(client.get(address), "not_needed")) == 4
    assert "Det här måste fyllas i." in problems(post(client, address, "not_needed"))
    thanks(client, post(client, address, "not_needed", {"note": "Ingen verksamhet."}))
    assert str(steps(site.engine)["activity-m1-m3"].status) == "skipped"


def test_not_needed_was_decided_on_the_day_of_its_paper(site: Site) -> None:
    client, address = site.client(), site.address(OWNER)
    given = {"decided_on": "2026-03-03", "note": "Länsstyrelsens beslut 2026-00123: ingen verksamhet."}
    assert problems(post(client, address, "not_needed", given)) == [
        "Dagen ligger i framtiden. Välj den 2 mars 2026 eller tidigare."
    ]
    # Before the certificate that the second form on the page is about, or anything else here, was done.
    thanks(client, post(client, address, "not_needed", given | {"decided_on": "2025-02-20"}))
    step = steps(site.engine)["activity-m1-m3"]
    assert (str(step.status), step.done_on) == ("skipped", date(2025, 2, 20))
    (event,) = [one for one in rows(site.engine, JournalEvent) if one.event == "step_not_needed"]
    assert event.detail["decided_on"] == "2025-02-20"


def test_nothing_to_report_was_sent_to_the_funder_on_a_day(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(programme="lova", period_end_on=date(2011, 12, 31)))
    decide(engine)
    site = on_the_day(engine, tmp_path, date(2011, 3, 2))  # after the report's last day
    client, address = site.client(), site.address(OWNER)
    assert problems(post(client, address, "nothing")) == ["Det här måste fyllas i."]
    thanks(client, post(client, address, "nothing", {"done_on": "2011-02-25"}))
    assert steps(engine)["interim-report-2010"].done_on == date(2011, 2, 25)
