"""Hold what the sentences about sums are to the rules that read them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from models.programme.language.amounts.share import REPAYS, SHARE
from models.programme.money import InstalmentRule
from models.rules.money.shares import claimed_of, least_repaid


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
    assert (rule.claimed, rule.spending, claimed_of(rule, 100)) == (True, ("report.spent",), 33)


@pytest.mark.parametrize(("currency", "least"), [("SEK", 100_001), ("JPY", 1_001)])
def test_repayment_is_from_the_first_unit_above(currency: str, least: int) -> None:
    repays = REPAYS.read("paid less 1/3 of a.spent and b.spent if over 1 000")
    assert (repays.part, least_repaid(repays, currency)) == (Fraction(1, 3), least)
    assert least_repaid(None, currency) == 0
