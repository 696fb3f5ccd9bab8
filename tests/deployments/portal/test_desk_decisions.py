"""The desk's form of a decision: it asks what the programme leaves to the decision, and when the grant ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.tables.grant import Decision
from tests.desk_scenes import checked, done, filled, main_of
from tests.grant_scenes import OWNER, an_entry, at, grant, open_grants, parts, rows
from tests.portal_scenes import Site, settings_for

PROGRAMME = """\
programme: left-open
title: {sv: Det som beslutet säger, en: What the decision says}
source: the decision letter
currency: SEK
country: SE
dates:
  spring: {sv: första perioden, en: first period}
  autumn: {sv: andra perioden, en: second period}
steps:
  report: {each: spring and autumn of the decision, due: 1 month after period_end (3), last: {into: final-report}}
  final-report: {due: 2 months after grant_end (3)}
payments:
  advance: {share: sum of the decision at most 40 %}
  costs: {each: report, share: rate of the decision of report.spent}
examples:
  - award:
      decision: 2009-11-05
      start: 2010-01-01
      end: 2010-12-31
      sum: 100 000
      dates: {spring: 2010-04-30, autumn: 2010-09-30}
      share: {advance: 20 %, costs: 60 %}
    answers: {report.spent: 50 000, final-report.spent: 100 000}
    gives: {advance: 20 000, costs: [30 000, 50 000]}
    source: counted by hand
"""
SAID = {
    "kind": "award",
    "decided_on": "2009-11-05",
    "amount": "100000",
    "d-spring_on": "2010-04-30",
    "d-autumn_on": "2010-09-30",
    "d-grant_end_on": "2011-03-31",
    "i-1": "20 %",
    "i-rate-2": "60 %",
}


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Site:
    path = tmp_path / "left-open.yaml"
    path.write_text(PROGRAMME, encoding="utf-8")
    open_grants(engine, an_entry(programme=str(path)))
    return Site(engine, settings_for(tmp_path), at(date(2009, 11, 6), 10))


def test_decision_says_rate_share_periods_and_a_new_end_and_is_corrected(site: Site) -> None:
    client = site.client(who=OWNER)
    assert "Beslutet är registrerat." in main_of(done(client, "/desk/decide/1", **SAID))
    assert grant(site.engine).period_end_on == date(2011, 3, 31)
    assert [(row.rule, row.period) for row in parts(site.engine)] == [(1, None), (2, "1"), (2, "2")]
    assert rows(site.engine, Decision)[-1].instalments == {"1": "20 %", "2": "60 %"}
    begun = filled(client.get("/desk/correct/1"))
    assert begun.items() >= {name: said for name, said in SAID.items() if name != "kind"}.items()


def test_sum_is_no_rate(site: Site) -> None:
    page = checked(site.client(who=OWNER), "/desk/decide/1", **SAID | {"i-rate-2": "60"})
    assert page.status_code in (409, 422)
    assert filled(page)["i-rate-2"] == "60"
    assert "del 2" in main_of(page)
