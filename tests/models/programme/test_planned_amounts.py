"""Hold what the sentences about sums are to the rules that read them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from models.programme.language.amounts.share import REPAYS, SHARE
from models.programme.money import InstalmentRule
from models.rules.money.shares import Part, claimed_of, least_repaid, part_of


@pytest.mark.parametrize(
    ("sentence", "text", "keys"),
    [
        ("80 %", "80 %", {"share": "80 %"}),
        ("1/3 rounded up to 100", "1/3", {"share": "1/3", "up": True, "unit_minor": 10_000}),
        ("220 499.25", "220499.25", {"sum_minor": 22_049_925}),
        ("rest", "rest", {"share": "rest"}),
        ("rest of 60 % of report.spent", "rest", {"share": "rest", "of_costs": True}),
        ("report.spent up to 90 % in all", "claimed", {"share": "claimed"}),
        ("kept", "kept", {"share": "kept"}),
        ("sum of the decision", "at most 100 %", {"at_most": "100 %"}),
        ("sum of the decision at most 75 %", "at most 75 %", {"at_most": "75 %"}),
    ],
)
def test_share_is_sized(sentence: str, text: str, keys: dict[str, Any]) -> None:
    rule = InstalmentRule(number=1, share=SHARE.read(sentence))
    assert (rule.text, part_of(rule, "SEK")) == (text, Part(1, **keys))
    assert InstalmentRule.model_validate(rule.model_dump(mode="json")) == rule


def test_funder_pays_its_part_of_costs_rounded_down() -> None:
    rule = InstalmentRule(number=1, share=SHARE.read("1/3 of report.spent"))
    assert (rule.claimed, rule.spending, claimed_of(rule, 100)) == (True, ("report.spent",), 33)


@pytest.mark.parametrize(("currency", "least"), [("SEK", 100_001), ("JPY", 1_001)])
def test_repayment_is_from_the_first_unit_above(currency: str, least: int) -> None:
    repays = REPAYS.read("paid less 1/3 of a.spent and b.spent if over 1 000")
    assert (repays.part, least_repaid(repays, currency)) == (Fraction(1, 3), least)
    assert least_repaid(None, currency) == 0
