"""Hold what each sentence about sums is in a plan, and what is said of one that a plan cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from models.programme.amounts import (
    plan_check,
    plan_keeps,
    plan_late,
    plan_origin,
    plan_repays,
    plan_share,
    plan_when,
)
from models.programme.check import CheckRule
from models.programme.language.amounts.check import CHECK
from models.programme.language.amounts.origin import ORIGIN
from models.programme.language.amounts.share import KEEPS, REPAYS, SHARE
from models.programme.language.amounts.terms import WHEN, read_late
from models.programme.money import InstalmentRule
from models.reading.fields import Words

SAID = Words(sv="fel", en="wrong")


@pytest.mark.parametrize(
    ("sentence", "keys"),
    [
        ("80 %", {"share": "80 %"}),
        ("1/3 rounded up to 100", {"share": "1/3", "rounded": "up", "unit": 100}),
        ("220 499.25", {"sum": "220499.25"}),
        ("rest", {"share": "rest"}),
        ("rest of 60 % of report.spent", {"share": "rest", "spending": ("report.spent",), "rate": "60 %"}),
        ("report.spent up to 90 % in all", {"share": "claimed", "spending": ("report.spent",)}),
        ("kept", {"share": "kept"}),
        ("claimed", {"share": "claimed"}),
        ("report.spent and close.spent", {"share": "claimed", "spending": ("report.spent", "close.spent")}),
        ("sum of the decision", {"at_most": "100 %"}),
        ("sum of the decision at most 75 %", {"at_most": "75 %"}),
        (
            "25 % less what report.spent lacks of 80 % of paid",
            {"share": "25 %", "unused": "report.spent", "unused_of": "80 %"},
        ),
    ],
)
def test_share_is_planned(sentence: str, keys: dict[str, Any]) -> None:
    planned = InstalmentRule(number=1, **plan_share(SHARE.read(sentence)))
    assert planned == InstalmentRule(number=1, **keys)


def test_what_is_kept_is_of_the_claim_where_costs_are_paid() -> None:
    kept = KEEPS.read('10 % of the claim for "the county"')
    assert plan_keeps(kept, SHARE.read("report.spent")).share == "10 %"
    with pytest.raises(ValueError, match="take out 'of the claim'"):
        plan_keeps(kept, SHARE.read("80 %"))
    with pytest.raises(ValueError, match="say 'of the claim'"):
        plan_keeps(KEEPS.read('10 % for "the county"'), SHARE.read("report.spent"))


@pytest.mark.parametrize(("currency", "least"), [("SEK", "1000.01"), ("JPY", "1001")])
def test_repayment_is_from_the_first_unit_above(currency: str, least: str) -> None:
    planned = plan_repays(REPAYS.read("paid less 1/3 of a.spent and b.spent if over 1 000"), currency)
    assert (planned.spending, planned.rate, planned.at_least) == (("a.spent", "b.spent"), "1/3", least)


def test_thresholds_all_hold() -> None:
    whens = ("award from 5 price_base", "award below 20 price_base", "audit of the decision given")
    planned = plan_when(WHEN.read(one) for one in whens)
    assert (planned.award_from, planned.award_below, planned.of) == ("5", "20", "price_base")
    assert planned.given == "audit_on"
    with pytest.raises(ValueError, match="two thresholds"):
        plan_when(WHEN.read(one) for one in ("award from 5 price_base", "award below 9 000"))


def test_prices_of_being_late_are_in_the_order_of_time() -> None:
    planned = plan_late(read_late({"6 months": "100 %", "40 days": "1/3"}))
    assert [(one.days, one.months, one.loses) for one in planned] == [
        (40, None, "1/3"),
        (None, 6, "100 %"),
    ]


@pytest.mark.parametrize(
    ("sentence", "keys"),
    [
        ("at most award so far", {"at_most": ("award",), "so_far": True}),
        ("at least 80 % of paid or refuse", {"at_least": ("paid",), "percent": 80, "level": "block"}),
        ("at most 2 500.50", {"highest": "2500.50"}),
        ("at least 3", {"lowest": "3"}),
        ("equals under_18 and report.people", {"equals": ("under_18", "report.people")}),
        ("changes at most 200 %", {"jump_percent": 200}),
        ("lines at most 10 % over budget or 10 000", {"over_budget_percent": 10, "or_by": "10000"}),
        ("moves at most 0 % of budget", {"moved_percent": 0}),
        ("in period", {"in_period": True}),
        ("not all 0", {"something": True}),
    ],
)
def test_check_is_planned(sentence: str, keys: dict[str, Any]) -> None:
    planned = CheckRule(key="one", says=SAID, **plan_check(CHECK.read(sentence)))
    assert planned == CheckRule(key="one", says=SAID, **keys)


@pytest.mark.parametrize(
    ("sentence", "keys"),
    [
        ("figures", {"source": "figures", "column": "spent"}),
        (
            'sum of Belopp in ledger by Konto where Projekt is "7"',
            {
                "source": "ledger",
                "column": "Belopp",
                "rows": "sum",
                "account": "Konto",
                "where": {"Projekt": "7"},
            },
        ),
        ("cell C7 in book", {"source": "book", "cell": "C7"}),
        ("answer report.spent", {"answer": "report.spent"}),
        ("answer report.activities all", {"answer": "report.activities", "rows": "all"}),
    ],
)
def test_origin_is_planned(sentence: str, keys: dict[str, Any]) -> None:
    planned = plan_origin(ORIGIN.read(sentence), "spent")
    assert planned.model_dump(exclude_defaults=True) == keys


def test_column_of_a_web_service_is_a_way_through_its_answer() -> None:
    planned = plan_origin(ORIGIN.read("report.total.0 in service"), "spent", of_service=True)
    assert (planned.path, planned.column) == ("report.total.0", None)
