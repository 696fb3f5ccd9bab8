"""Open the page of every document on offer in the sample: `make test-office` does, since it makes them all."""

import re
from datetime import date
from pathlib import Path

from deployments.sample.portfolio import load_sample
from models.tables.grant import Grant
from tests.builders import a_database
from tests.grant_scenes import at, rows
from tests.portal_scenes import Site, settings_for


def test_page_of_every_document_on_offer_opens_at_any_time_in_a_grant_s_life(tmp_path: Path) -> None:
    engine, today = a_database(tmp_path), date(2026, 12, 1)
    load_sample(engine, today, at(today))
    site = Site(engine, settings_for(tmp_path), at(today))
    offered = 0
    for who in ("one", "two", "three"):
        client = site.client("sv", f"coordinator.{who}@example.org")
        pages = [client.get(f"/papers/{grant.id}") for grant in rows(engine, Grant)]
        for address in {
            link for page in pages for link in re.findall(r'"(/papers/\d+\?paper=[^"#&]+)', page.text)
        }:
            assert client.get(address).status_code == 200, address
            offered += 1
    assert offered > 12
