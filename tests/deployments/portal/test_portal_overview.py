"""The overview: found, ordered, kept new, and saved as a table in which no cell is a formula."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from deployments.portal.grant.page_facts import EVENTS_SHOWN
from tasks.files.table_writer import SheetOut, csv_of, harmless, xlsx_of
from tasks.store.database import transaction
from tests.builders import a_person, a_step
from tests.desk_scenes import main_of
from tests.grant_scenes import GRANT
from tests.portal_scenes import Site, parse, played, text_of
from tests.reference_case import ASKED, LATE

HOSTILE = '=HYPERLINK("http://evil.example";"x")'


@pytest.fixture
def late(tmp_path: Path) -> Site:
    return played(tmp_path, LATE)


def titles(site: Site, query: str = "", who: str | None = None) -> list[str]:
    """Return the references of the grants on the overview, in its order."""
    page = parse(site.client(who=who).get(f"/?{query}"))
    rows = [row for body in page.iter("tbody") for row in body.iter("tr") if row.get("class") != "group"]
    return [text_of(next(row.iter("th"))).rpartition(" ")[2] for row in rows]


def test_overview_shows_what_is_asked_for(late: Site) -> None:
    both, second, first = ["REF-2009-2", "REF-2009-1"], ["REF-2009-2"], ["REF-2009-1"]
    for query, found in {
        "": both,
        "words=REGIONAL+samordning": second,
        "words=ref-2009-1": first,
        "words=nothing": [],
        "state=late": second,
        "state=on_time": [],
        "state=with_funder": [],
        "state=ended": first,
        "state=nonsense": both,
        "unit=%3Cscript%3E": [],
    }.items():
        assert titles(late, query) == found, query


def test_search_is_kept_from_page_to_page_and_in_what_is_saved(late: Site) -> None:
    page = late.client().get("/", params={"words": 'a "b" & c', "state": "late"})
    (saved,) = [a.get("href") for a in parse(page).iter("a") if "grants." in a.get("href")]
    assert saved == "/grants.xlsx?words=a+%22b%22+%26+c&state=late"
    assert 'Search: a "b" & c.' in main_of(page)


def saved(site: Site, who: str | None = None, **query: str) -> list[list[Any]]:
    """Return the cells of the file that the overview is saved as."""
    file = site.client(who=who).get("/grants.xlsx", params=query)
    assert file.headers["content-disposition"] == 'attachment; filename="grants-2010-08-06.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_overview_is_saved_with_real_dates_and_sums(late: Site) -> None:
    header, first, _ = saved(late)
    assert header[:5] == ["Reference", "Grant", "Phase", "Next step", "Due"]
    assert first[0] == "REF-2009-2"
    assert first[4:9] == [datetime(2010, 7, 30), -7, "The coordinator", 100_000, "SEK"]  # noqa: DTZ001
    assert [row[0] for row in saved(late, state="ended")[1:]] == ["REF-2009-1"]


def test_formula_in_a_title_stays_text(late: Site) -> None:
    with transaction(late.engine) as connection:
        connection.execute(update(GRANT).values(title=HOSTILE))
    assert saved(late)[1][1] == f"'{HOSTILE}"


WIDE = ["\uff1d", "\uff0b", "\uff0d", "\uff20", "\uff5c", "\uff05"]
UNSEEN = [
    "\u200b=",
    "\ufeff=",
    "\u3000=",
    "\u202f=",
    "\u202e=",
    "\u2060@",
    "\u00ad=",
    "\x0b=",
    "\x00=",
]


def test_text_that_could_be_a_formula_is_made_harmless() -> None:
    begins = ["=", "+", "-", "@", "\t=", "\r", " =", "\u00a0=", "|", "%", *WIDE, *UNSEEN, " \uff1d"]
    texts = [f"{begin}1+1" for begin in begins]
    assert [harmless(text) for text in texts] == [f"'{text}" for text in texts]
    assert harmless("1+1") == "1+1"
    book = openpyxl.load_workbook(
        io.BytesIO(xlsx_of(SheetOut("A", [[text, Decimal("-1.5")] for text in texts])))
    )
    kinds = [[cell.data_type for cell in row] for row in book.worksheets[0].rows]
    assert kinds == [["s", "n"]] * len(texts)
    assert all(csv_of([[text]]).decode("utf-8-sig").lstrip('"').startswith("'") for text in texts)


@pytest.mark.parametrize("mark", [",", "\t"])
@pytest.mark.parametrize(
    "text", ["a,=1+1", "a,\t=1", "a\t@SUM(1)", "a\n=1", "a, +cmd|' /C calc'!A0", "a,\uff1d1"]
)
def test_text_is_no_formula_where_other_marks_part_the_cells(text: str, mark: str) -> None:
    lines = csv_of([["REF-1", text]]).decode("utf-8-sig").replace('"', "").splitlines()
    cells = [cell.strip(" \t") for line in lines for cell in line.split(mark)]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\uff1d"))] == []


def test_text_with_commas_and_signs_that_begin_no_formula_stays_as_it_is() -> None:
    text = "Två, -3 och +46 8 1; [1, -5, 2]\n- en punkt"
    assert text in csv_of([[text]]).decode("utf-8-sig")


def test_grant_page_shows_its_latest_events_and_its_money(late: Site) -> None:
    page = parse(late.client().get("/grants/REF-2009-2"))
    (journal,) = [node for node in page.iter("ol") if node.get("class") == "journal"]
    assert 0 < len([item for node in journal.iter("ul") for item in node.iter("li")]) <= EVENTS_SHOWN
    (key,) = [
        text_of(node) for node in page.iter("ul") if node.get("class") == "key" and "SEK" in text_of(node)
    ]
    assert key == "received 400,000 SEK to come 100,000 SEK of 500,000 SEK"


@pytest.mark.parametrize(
    ("language", "holder"),
    [
        ("en", "A second person, to confirm the condition"),
        ("sv", "En andra person, som ska bekräfta villkoret"),
    ],
)
def test_overview_says_the_same_of_an_asked_release_in_both_languages(
    tmp_path: Path, language: str, holder: str
) -> None:
    page = parse(played(tmp_path, ASKED).client(language).get("/"))
    assert holder in text_of(next(page.iter("td")))


def of_month(site: Site, month: str, who: str | None = None) -> dict[str, list[str]]:
    """Return what the calendar of a month has, by its days."""
    page = parse(site.client("en", who=who).get(f"/month?of={month}"))
    days = [one for one in page.iter("li") if str(one.get("class")).startswith("weekday-")]
    return {
        text_of(next(one.iter("time"))): [text_of(li) for li in one.iter("li") if li is not one]
        for one in days
    }


def test_month_has_what_falls_due_on_each_of_its_days(late: Site) -> None:
    july = of_month(late, "2010-07")
    assert len(july) == 31
    due = {day: lines for day, lines in july.items() if lines}
    grant = "Regional samordning mot prostitution och människohandel"
    line = f"{grant} Follow-up, quarter 2 2010 · Handläggaren · REF-2009-2 7 days late"
    assert due == {"Friday 30": [line]}
    this_month = parse(late.client("en").get("/month"))
    assert f"Left from before 30 July {line}" in text_of(this_month)
    assert "Torsdag 6 Trettondedag jul" in text_of(parse(late.client("sv").get("/month?of=2011-01")))
    with transaction(late.engine) as connection:
        a_person(connection, email="new@example.org")
        second = connection.scalars(select(GRANT.c.id).where(GRANT.c.reference == "REF-2009-2")).one()
        for number in range(12):
            a_step(connection, second, key=f"more-{number}", due_on=date(2010, 6, 1 + number))
    assert not of_month(late, "2010-07", "new@example.org")
    # More is left from before than is shown: the page says how much.
    shown = text_of(parse(late.client("en").get("/month")))
    assert "Left from before 1 June" in shown
    assert "and 3 more" in shown
    # What is no month is this one.
    assert of_month(late, "2010-13") == of_month(late, "x") == of_month(late, "2010-08") != july
