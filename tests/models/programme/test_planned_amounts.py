"""Hold what the sentences about sums are to the rules that read them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from models.programme.instalment import InstalmentRule
from models.programme.language.amounts import REPAYS, SHARE
from models.rules.money.repayment import find_least_repaid
from models.rules.money.shares import find_funded_minor
from tests.rule_builders import reference_programme


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("80 %", "80 %"),
        ("1/3 rounded up to 100", "1/3"),
        ("220 499.25", "220499.25"),
        ("rest of 60 % of report.spent", "rest"),
        ("report.spent up to 90 % in all", "claimed"),
        ("kept", "kept"),
        ("sum of the decision", "at most 100 %"),
        ("sum of the decision at most 75 %", "at most 75 %"),
    ],
)
def test_share_is_said_and_kept(sentence: str, text: str) -> None:
    rule = InstalmentRule(number=1, share=SHARE.read(sentence))
    assert rule.text == text
    assert InstalmentRule.model_validate(rule.model_dump(mode="json")) == rule


def test_funder_pays_its_part_of_costs_rounded_down() -> None:
    rule = InstalmentRule(number=1, share=SHARE.read("1/3 of report.spent"))
    assert (rule.claimed, rule.spending, find_funded_minor(rule.share, 100, None)) == (
        True,
        ("report.spent",),
        33,
    )


def test_rate_that_the_decision_names_is_waited_for() -> None:
    share, repays = (
        SHARE.read("rate of the decision of report.spent"),
        REPAYS.read("paid less rate of the decision of report.spent"),
    )
    assert [
        find_funded_minor(one, 101, rate)
        for one in (share, repays)
        for rate in (None, Fraction(1, 2), Fraction(0))
    ] == [
        None,
        50,
        0,
    ] * 2
    assert (SHARE.printed(share), REPAYS.printed(repays)) == (
        "rate of the decision of report.spent",
        "paid less rate of the decision of report.spent",
    )


@pytest.mark.parametrize(("currency", "least"), [("SEK", 100_001), ("JPY", 1_001)])
def test_repayment_is_from_the_first_unit_above(currency: str, least: int) -> None:
    repays = REPAYS.read("paid less 1/3 of a.spent and b.spent if over 1 000")
    programme = reference_programme("lona").model_copy(update={"currency": currency})
    assert (repays.part, find_least_repaid(repays, programme, None)) == (Fraction(1, 3), least)
    assert find_least_repaid(None, programme, None) == 0


def test_repayment_from_a_part_of_a_yearly_amount_goes_by_the_year_of_the_award() -> None:
    repays = REPAYS.read("paid less a.spent if over 1/2 price_base")
    amounts = {"price_base": {2025: Decimal(58_800), 2026: Decimal(59_201)}}
    programme = reference_programme("lona").model_copy(update={"amounts": amounts})
    found = [find_least_repaid(repays, programme, date(year, 3, 1)) for year in (2024, 2025, 2026, 2027)]
    assert found == [2_940_001, 2_940_001, 2_960_051, 2_960_051]
