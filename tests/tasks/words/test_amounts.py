"""Hold what the sentences about sums say to people, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("kind", "sentence", "english", "swedish"),
    [
        ("share", "12.5 %", "12.5 % of the grant", "12,5 % av bidraget"),
        (
            "share",
            "1/3 rounded down to 1 000",
            "1/3 of the grant, rounded down to a multiple of 1 000",
            "1/3 av bidraget, avrundat nedåt till jämna 1 000",
        ),
        (
            "share",
            "rest rounded up to 5",
            "the rest of the grant, rounded up to a multiple of 5",
            "resten av bidraget, avrundat uppåt till jämna 5",
        ),
        ("share", "220 499.25", "220 499.25", "220 499,25"),
        (
            "share",
            "rest of 60 % of report.spent and close.spent",
            "the rest of 60 % of report.spent and close.spent",
            "resten av 60 % av report.spent och close.spent",
        ),
        (
            "share",
            "25 % less what report.spent lacks of 80 % of paid",
            "25 % of the grant, less what report.spent is short of 80 % of what was paid",
            "25 % av bidraget, minus det belopp med vilket report.spent understiger 80 % av det utbetalda",
        ),
        (
            "share",
            "kept less what report.spent lacks of paid",
            "what others have kept, less what report.spent is short of what was paid",
            "det som andra har hållit inne, minus det belopp med vilket report.spent understiger det utbetalda",
        ),
        ("share", "claimed", "what is claimed", "det som rekvireras"),
        ("share", "sum of the decision", "the sum that the decision says", "det belopp som beslutet anger"),
        (
            "share",
            "rate of the decision of report.spent",
            "the decision's part of report.spent",
            "den del av report.spent som beslutet anger",
        ),
        (
            "share",
            "sum of the decision at most 75 %",
            "the sum that the decision says, at most 75 % of the grant",
            "det belopp som beslutet anger, högst 75 % av bidraget",
        ),
        (
            "keeps",
            '5 % for "the county"',
            "5 % of the grant is kept for the county",
            "5 % av bidraget hålls inne för the county",
        ),
        (
            "keeps",
            '5 % of the claim for "länet"',
            "5 % of the claim is kept for länet",
            "5 % av rekvisitionen hålls inne för länet",
        ),
        ("repays", "paid less report.spent", "what was paid, less report.spent", "det utbetalda minus report.spent"),
        (
            "repays",
            "paid less 1/2 of report.spent if over 1 000",
            "what was paid, less 50 % of report.spent, where that is over 1 000",
            "det utbetalda minus 50 % av report.spent, om det är mer än 1 000",
        ),
        ("when", "award from 5 price_base", "an award from 5 price_base", "ett beviljat bidrag från 5 price_base"),
        ("when", "turnover of the recipient below 9", "turnover below 9", "turnover under 9"),
        ("when", "award below 9 000", "an award below 9 000", "ett beviljat bidrag under 9 000"),
        (
            "when",
            "grant longer than 24 months",
            "a grant of more than 24 months",
            "ett bidrag på mer än 24 månader",
        ),
        (
            "when",
            "grant shorter than 1 months",
            "a grant of less than 1 month",
            "ett bidrag på mindre än 1 månad",
        ),
        ("when", "audit of the decision given", "the decision gives audit", "beslutet anger audit"),
        (
            "check",
            "at most award so far",
            "at most the grant, with the periods before",
            "högst bidraget, tillsammans med tidigare perioder",
        ),
        (
            "check",
            "at least 80 % of paid or refuse",
            "at least 80 % of what was paid; otherwise the answer is refused",
            "minst 80 % av det utbetalda; annars godtas inte svaret",
        ),
        ("check", "at most 0", "at most 0", "högst 0"),
        ("check", "equals a and b.spent", "the same as a and b.spent", "lika med a och b.spent"),
        (
            "check",
            "changes at most 200 %",
            "at most 200 % more or less than in the period before",
            "högst 200 % mer eller mindre än perioden före",
        ),
        (
            "check",
            "lines at most 10 % over budget or 10 000",
            "each account at most 10 % over its lines in the budget, or 10 000",
            "varje konto högst 10 % över sina rader i budgeten, eller 10 000",
        ),
        (
            "check",
            "moves at most 10 % of budget",
            "at most 10 % of the budget moved between its lines",
            "högst 10 % av budgeten flyttad mellan raderna",
        ),
        ("check", "in period", "a day in the period", "en dag i perioden"),
        ("check", "not all 0", "not 0 everywhere", "inte 0 överallt"),
        (
            "origin",
            'sum of Belopp in ledger by Konto where Projekt is "7"',
            "the sum of Belopp in ledger, by Konto, where Projekt is “7”",
            "summan av Belopp i ledger, per Konto, där Projekt är ”7”",
        ),
        (
            "origin",
            "last of cell C5:C9 in book",
            "the last of cell C5:C9 in book",
            "det sista värdet av cell C5:C9 i book",
        ),
        ("origin", "answer report.text all", "every answer report.text", "alla svar report.text"),
        ("origin", "figures", "figures", "figures"),
    ],
)  # fmt: skip
def test_amount_is_said(kind: Any, sentence: str, english: str, swedish: str) -> None:
    value = READ[kind](sentence)
    assert word_amount("en", kind, value) == english
    assert word_amount("sv", kind, value) == swedish


def test_prices_of_being_late_are_said() -> None:
    prices = [PRICE.read(one) for one in ("1 month : 12.5 %", "14 days : 100 %", "2 months : 1/3")]
    english = "12.5 % is lost after 1 month, 100 % is lost after 14 days, 1/3 is lost after 2 months"
    swedish = "12,5 % förloras efter 1 månad, 100 % förloras efter 14 dagar, 1/3 förloras efter 2 månader"
    assert (word_amount("en", "late", prices), word_amount("sv", "late", prices)) == (english, swedish)
    assert word_amount("en", "late", ()) == "the right to the money lapses"
    assert word_amount("sv", "late", ()) == "rätten till pengarna upphör"
