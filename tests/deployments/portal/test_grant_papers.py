"""The grant's page shows which documents there are, and which version of each was approved and sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from models.rules.answers.small_numbers import SmallNumbers
from tasks.commands.files.documents import vault_of
from tasks.documents.make import Wanted
from tasks.documents.versions import keep_paper
from tests.builders import a_database
from tests.grant_scenes import (
    OWNER,
    a_grant_that_was,
    acts_of,
    at,
)
from tests.portal_scenes import Site, nodes, parse, settings_for, text_of


def keep(site: Site, wanted: Wanted, on: date, hour: int = 9) -> None:
    """Make a version of a document on the day."""
    vault = vault_of(site.settings)
    keep_paper(site.engine, vault, "REF-1", wanted, by_email=OWNER, today=on, now=at(on, hour))


def listed(site: Site, address: str = "/grants/REF-1") -> list[str]:
    """Return the documents that the page lists, a version's line each, and what it says of those that are not there."""
    page = parse(site.client("sv", who=OWNER).get(address))
    (section,) = [one for one in nodes(page, "section") if one.get("aria-labelledby") == "papers"]
    return [text_of(one) for one in nodes(section, "p")][1:]


def a_site(folder: Path, stage: str, day: date) -> Site:
    engine: Engine = a_database(folder)
    a_grant_that_was(engine, stage)
    return Site(engine, settings_for(folder), at(day, 12))


def test_grants_page_says_which_version_was_approved_and_sent_and_that_a_newer_one_was_not(
    tmp_path: Path,
) -> None:
    site = a_site(tmp_path, "drafted", date(2011, 1, 20))
    report = Wanted("final-report", small=SmallNumbers.SHOW)
    keep(site, report, date(2011, 1, 11))
    made = ", Slutrapporten, Version 1, på svenska".join(("Version 1, på svenska Word", " PDF", ""))
    by = "skapad av Coordinator, 11 januari 2011 kl. 09:00"
    assert listed(site) == [f"Slutrapporten: {made} {by}"]
    acts_of(site.engine)["committee approved"]()
    acts_of(site.engine)["sent"]()
    marks = "Godkänd 18 januari 2011 Skickad 19 januari 2011"
    assert listed(site) == [f"Slutrapporten: {made} {marks} {by}"]
    keep(site, Wanted("final-report", "en", small=SmallNumbers.SHOW), date(2011, 1, 20))
    newer, older = listed(site)
    assert newer.startswith("Slutrapporten: Version 2, på engelska")
    assert ("Skickad" in newer, "Godkänd" in newer) == (False, False)
    assert older == f"{made} {marks} {by}"
    site.engine.dispose()


def test_grant_of_which_nothing_is_made_says_so(tmp_path: Path) -> None:
    site = a_site(tmp_path, "decided", date(2009, 11, 6))
    assert listed(site) == ["Inget dokument är skapat, och inget har kommit in med ett svar än."]
    site.engine.dispose()
