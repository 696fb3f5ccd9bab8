"""Hold what the sentences about sums say to people, in both languages."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.programme.language.amounts import CHECK, KEEPS, ORIGIN, PRICE, REPAYS, SHARE, WHEN
from tasks.words.money import word_amount

READ: dict[str, Any] = {
    "share": SHARE.read,
    "keeps": KEEPS.read,
    "repays": REPAYS.read,
    "when": WHEN.read,
    "check": CHECK.read,
    "origin": ORIGIN.read,
}


WORDS = Path(__file__).parents[2] / "programmes" / "amount-words.yaml"


@pytest.mark.parametrize(
    "case", yaml.safe_load(WORDS.read_text(encoding="utf-8")), ids=lambda case: case["says"]
)
def test_amount_is_said(case: dict[str, Any]) -> None:
    value = READ[case["kind"]](case["says"])
    assert word_amount("en", case["kind"], value) == case["en"]
    assert word_amount("sv", case["kind"], value) == case["sv"]


def test_prices_of_being_late_are_said() -> None:
    prices = [PRICE.read(one) for one in ("1 month : 12.5 %", "14 days : 100 %", "2 months : 1/3")]
    english = "12.5 % is lost after 1 month, 100 % is lost after 14 days, 1/3 is lost after 2 months"
    swedish = "12,5 % förloras efter 1 månad, 100 % förloras efter 14 dagar, 1/3 förloras efter 2 månader"
    assert (word_amount("en", "late", prices), word_amount("sv", "late", prices)) == (english, swedish)
    assert word_amount("en", "late", ()) == "the right to the money lapses"
    assert word_amount("sv", "late", ()) == "rätten till pengarna upphör"
