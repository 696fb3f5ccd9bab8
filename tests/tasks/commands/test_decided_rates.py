"""Hold that costs are paid at the rate that the grant's decision names, and wait for it."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.errors import BadInput, InstalmentNotReady, ProgrammeInvalid
from models.vocabulary import DecisionKind
from tasks.programmes.files import read_programme
from tests.database_kinds import on_both
from tests.grant_scenes import OWNER, an_entry, answer, claim, decide, open_grants, parts, pay, steps, told

RATED = """\
programme: rated
title: {sv: Andel enligt beslutet, en: Rate as decided}
source: the decision letter
currency: SEK
country: SE
steps:
  report: {each: half, due: 1 month after period_end (3), last: {into: final-report}}
  final-report: {due: 2 months after grant_end (3)}
  repayment: {due: 1 month after final-report.done (5), repays: paid less rate of the decision of report.spent}
payments:
  advance: {share: 20 %}
  costs: {each: report, share: rate of the decision of report.spent}
examples:
  - award: {decision: 2009-11-05, start: 2010-01-01, end: 2010-12-31, sum: 100 000, share: {costs: 60 %}}
    answers: {report.spent: 50 000, final-report.spent: 100 000}
    gives: {advance: 20 000, costs: [30 000, 50 000]}
    source: counted by hand; the award ends the last claim
"""
SUMMER = date(2010, 7, 20)


def open_rated(engine: Engine, folder: Path, **said: str) -> None:
    """Open a grant of 1,000 kronor, with what its decision says of instalments."""
    path = folder / "rated.yaml"
    path.write_text(RATED, encoding="utf-8")
    open_grants(engine, an_entry(programme=str(path)))
    decide(engine, amount_minor=100_000, instalments=said)


@on_both
def test_costs_are_paid_at_the_decided_rate_and_the_rest_goes_back(engine: Engine, tmp_path: Path) -> None:
    open_rated(engine, tmp_path, **{"2": "60 %"})
    answer(engine, "report-2010-h1", SUMMER, data={"spent": "500.01"})
    assert [row.amount_minor for row in parts(engine)] == [20_000, 30_000, None]
    for number in (1, 2):
        claim(engine, SUMMER, number=number)
        pay(engine, SUMMER, number=number)
    answer(engine, "final-report", date(2011, 1, 20), data={"spent": "0"})
    assert steps(engine)["repayment"].repays_minor == 20_000


@on_both
def test_claim_waits_for_a_rate_that_no_decision_says_and_is_told_of(engine: Engine, tmp_path: Path) -> None:
    open_rated(engine, tmp_path)
    assert told(engine, "date_missing") == [("claim-costs-2010-h1", "sum-missing-2", OWNER)]
    answer(engine, "report-2010-h1", SUMMER, data={"spent": "500"})
    with pytest.raises(InstalmentNotReady, match="its sum is not known yet"):
        claim(engine, SUMMER, number=2)
    decide(engine, DecisionKind.AMENDMENT, SUMMER, instalments={"2": "40 %"})
    assert [row.amount_minor for row in parts(engine)] == [20_000, 20_000, None]


def test_rate_is_said_by_the_number_that_the_grants_page_shows(tmp_path: Path, own_engine: Engine) -> None:
    open_rated(own_engine, tmp_path)
    assert [row.number for row in parts(own_engine)] == [1, 2, 3]
    with pytest.raises(BadInput, match="does not say the sum of instalment 3"):
        decide(own_engine, DecisionKind.AMENDMENT, SUMMER, instalments={"3": "40 %"})


def test_what_the_decision_says_of_a_payment_comes_before_those_of_every_period(tmp_path: Path) -> None:
    path = tmp_path / "rated.yaml"
    late = RATED.partition("  advance:")[0] + (
        "  costs: {each: report, share: report.spent}\n"
        "  bonus: {share: sum of the decision at most 10 %}\n"
        "  last: {share: rest}\n"
    )
    path.write_text(late.replace("rate of the decision of report", "report"), encoding="utf-8")
    with pytest.raises(ProgrammeInvalid, match="put it before those that come once a period"):
        read_programme(path)


def test_rate_is_a_part_and_no_sum(tmp_path: Path, own_engine: Engine) -> None:
    with pytest.raises(BadInput, match="does not say the sum"):
        open_rated(own_engine, tmp_path, **{"2": 60_000})  # type: ignore[arg-type]
