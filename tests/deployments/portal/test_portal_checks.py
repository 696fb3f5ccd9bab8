"""Every check of figures on its page: what does not add up is said, explained once and kept, or refused."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from models.errors import AnswerRefused
from models.tables.step import Answer
from tasks.documents.papers import Wanted, make_paper
from tasks.words.translator import plain_spaces
from tests.builders import a_database
from tests.grant_scenes import (
    OWNER,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    open_grants,
    pay,
    rows,
    steps,
)
from tests.portal_scenes import (
    Site,
    act_on,
    forms_at,
    forms_of,
    nodes,
    on_the_day,
    parse,
    settings_for,
    text_of,
)
from tests.tasks.documents.test_paperwork import words_of

PROGRAMME = Path(__file__).parents[2] / "programmes" / "every-check.yaml"
Q1, Q2, FINAL = date(2010, 4, 6), date(2010, 7, 5), date(2010, 9, 1)
# What is wrong with a quarter in which nothing was done, with one in which too much was, and with one after a good one.
NOTHING: dict[str, object] = {
    "reports": 0,
    "under_18": 0,
    "over_18": 0,
    "meetings": 0,
    "staff": 0,
    "spent": 0,
}
TOO_MUCH: dict[str, object] = {
    "reports": 14,
    "under_18": 10,
    "over_18": 3,
    "meetings": 70,
    "staff": 12,
    "spent": 500_001,
}
GOOD: dict[str, object] = {
    "reports": 14,
    "under_18": 10,
    "over_18": 3,
    "meetings": 70,
    "staff": 1,
    "spent": 100_000,
}
LEAP: dict[str, object] = {
    "reports": 9,
    "under_18": 8,
    "over_18": 1,
    "meetings": 8,
    "staff": 6,
    "spent": 310_000,
}
LEDGER = """Datum;Konto;Belopp
2010-01-15;5460;45000
2010-02-15;5010;1000
2010-04-15;5460;500
2010-05-15;5890;2500
"""
DAYS: dict[str, object] = {"met_on": "2010-03-31", "booked_on": "2010-03-31"}


BEYOND = {
    "bought": "Inköpen är inte det som bidraget är till för (Förbrukning (5460): 45 000 kr hittills, av 40 000 kr i"
    " budgeten). Låt rätta bokföringen, eller ändra budgeten när bidragsgivaren har gått med på det.",
    "bought.why": "Inköpen går utöver budgeten (Förbrukning (5460): 45 000 kr hittills, av 41 000 kr i budgeten)."
    " Låt rätta bokföringen, eller skriv här varför, och vad bidragsgivaren har sagt om det.",
    "met_on.why": "Mötet ligger utanför kvartalet (31 december 2009 är inte mellan 1 januari 2010 och 31 mars 2010)."
    " Rätta dagen, eller skriv varför här.",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A grant of two quarters, four fifths paid, with a ledger and a budget."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "ledger-1.csv").write_text(LEDGER, encoding="utf-8")
    engine = a_database(tmp_path)
    open_grants(engine, an_entry(programme=str(PROGRAMME), dates={}, period_end_on=date(2010, 6, 30)))
    decide(engine, amount_minor=50_000_000, dates={"final_report_on": date(2010, 9, 30)})
    claim(engine, date(2009, 11, 18), 1)
    pay(engine, date(2009, 12, 11), 1)
    bring_in(engine, Q1, budgets=[budget("5460", 40_000), budget("5010", 100_000)])
    return Site(engine, settings_for(tmp_path), at(Q1))


def budget(account: str, amount: int) -> dict[str, object]:
    """Return a line of the grant's budget as an import file has it."""
    title = {"5460": "Förbrukning", "5010": "Lokal"}.get(account, "")
    return {"reference": "REF-1", "account": account, "title": title, "amount": amount}


def asked(page: httpx2.Response) -> dict[str, str]:
    """Return what the page says of each field that does not fit, by the field's name."""
    bad = [one for one in parse(page).iter() if "field-bad" in (one.get("class") or "").split()]
    found = {}
    for one in bad:
        name = next(field.get("name") for field in nodes(one, "input", "textarea"))
        (said,) = (text_of(p) for p in one.iter() if "error" in (p.get("class") or "").split())
        found[name.removeprefix("q-")] = plain_spaces(said)
    return found


class Writer:
    """The grant's owner, at the form of the newest letter."""

    def __init__(self, site: Site, day: date) -> None:
        on_the_day(site.engine, Path(site.settings.home), day)
        site.now = at(day, 10)
        self.client: TestClient = site.client("sv")
        self.address = site.address(OWNER)
        self.form: dict[str, str] = forms_at(self.client, self.address, "done")[0]

    def sends(self, values: Mapping[str, object]) -> dict[str, str]:
        """Fill in and send the form; return what is asked then."""
        filled = {name if name == "paper_on" else f"q-{name}": str(value) for name, value in values.items()}
        sent = self.client.post(self.address, data=self.form | filled)
        page = act_on(self.client, self.address, sent)
        if page.status_code == 303:
            return {}
        assert page.status_code == 422
        self.form = forms_of(page, "done")[0]
        return asked(page)

    def explains(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Say why, wherever that is asked."""
        return self.sends({name: f"Because of {name}." for name in wanted if name.endswith(".why")})


def test_every_check_is_asked_about_once_or_blocks(site: Site) -> None:
    first = Writer(site, Q1)
    assert plain_spaces(first.form["q-bought"]) == "46 000"  # from the ledger
    # A warning asks at its own field, a block at the answer, and of that question for nothing else; another total than
    # the ledger's alters nothing.
    nothing = first.sends(NOTHING | DAYS | {"bought": 0})
    assert [*nothing] == ["reports.why", "meetings.why", "staff", "bought"]
    assert nothing["bought"] == BEYOND["bought"]
    too_much = first.sends(TOO_MUCH | {"met_on": "2009-12-31", "booked_on": "2010-04-01"})
    assert [*too_much] == [
        *("reports.why", "meetings.why", "staff", "met_on.why", "booked_on", "spent", "bought"),
    ]
    assert too_much["met_on.why"] == BEYOND["met_on.why"]
    # The funder lets a thousand be moved: now it is less than a tenth above.
    bring_in(site.engine, Q1, budgets=[budget("5460", 41_000), budget("5010", 99_000)])
    warned = first.sends(GOOD | {"booked_on": "2010-03-31"})
    assert [*warned] == ["reports.why", "meetings.why", "met_on.why", "bought.why"]
    assert warned["bought.why"] == BEYOND["bought.why"]
    assert first.explains(warned) == {}

    second = Writer(site, Q2)
    leap = LEAP | {"met_on": "2010-06-30", "booked_on": "2010-06-30"}
    blocked = second.sends(leap)
    assert [*blocked] == ["meetings", "staff", "spent.why", "bought"]
    assert "5890" in blocked["bought"]
    bring_in(site.engine, Q2, budgets=[budget("5460", 42_000), budget("5890", 2_500)])
    # What is said once for two warnings lets no block go, on the page or off it.
    for name in ("meetings.why", "staff.why", "spent.why"):
        with pytest.raises(AnswerRefused, match="Posts cannot change so fast"):
            answer(site.engine, "follow-up-2010-q2", Q2, data=leap | {name: "Because."})
    assert "staff" in second.sends(leap | {"spent.why": "Because.", "staff.why": "Because."})
    assert str(steps(site.engine)["follow-up-2010-q2"].status) != "done"
    reasons = second.sends({"staff": 5, "meetings": 9, "spent.why": "", "staff.why": ""})
    assert [*reasons] == ["spent.why", "bought.why"]  # what blocked is mended: now for its reasons
    assert second.explains(reasons) == {}

    last = Writer(site, FINAL)
    totals = {"paper_on": FINAL.isoformat(), "all_reports": 0, "all_spent": 0}
    assert [*last.sends(totals)] == ["all_reports", "all_spent"]
    why = last.sends({"all_reports": 22, "all_spent": 410_000})
    assert [*why] == ["all_reports.why"]
    assert last.explains(why) == {}
    kept = [
        (key, why)
        for row in rows(site.engine, Answer)
        for key, why in row.data.items()
        if key.endswith(".why")
    ]
    assert [key for key, _ in kept] == [
        *("reports.why", "meetings.why", "met_on.why", "bought.why"),
        *("spent.why", "bought.why", "all_reports.why"),
    ]
    printed = words_of(make_paper(site.engine, "REF-1", Wanted("final-report"), FINAL))
    assert [why for _, why in kept if why not in printed] == []
