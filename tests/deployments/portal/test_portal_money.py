"""The page of money: its sums are those of its spreadsheet, and its lists say whose move it is."""

import io
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.commands.clock import Clock
from models.commands.grants import ChangeFacts
from models.tables.letter import Notice
from models.vocabulary import NoticeKind
from tasks.ledger.files import read_ledger
from tasks.ledger.keep import list_ledger_grants
from tasks.ledger.upload import ReadLedger
from tasks.perform import perform
from tasks.store.database import reading
from tests.desk_scenes import filled, main_of
from tests.grant_scenes import ADMIN, CONTROLLER, DEPUTY, SECRETARY, at
from tests.grant_scenes import rows as kept_rows
from tests.portal_scenes import Site, parse, played, text_of
from tests.reference_case import ASKED


@pytest.fixture
def asked(tmp_path: Path) -> Site:
    """The reference case while the last part waits for its second person."""
    return played(tmp_path, ASKED)


def sheet_of(site: Site, who: str | None = None, **query: str) -> list[list[Any]]:
    """Return the cells of the file that the page is saved as."""
    return cells_of(site.client(who=who).get("/money.xlsx", params=query))


def cells_of(file: Any) -> list[list[Any]]:
    """Return the cells of a file that was saved."""
    assert file.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def table_of_page(site: Site, query: str = "", who: str | None = None) -> list[list[str]]:
    """Return the numbers of each row of the page's table, as texts without spaces."""
    page = parse(site.client(who=who).get(f"/money{query}"))
    table = next(table for table in page.iter("table") if "sums" in (table.get("class") or ""))
    rows = [row for row in table.iter("tr") if next(row.iter("td"), None) is not None]
    return [[text_of(cell).replace("\xa0", "").replace(",", "") for cell in row.iter("td")] for row in rows]


def test_page_and_spreadsheet_say_the_same_numbers_and_each_row_adds_up(asked: Site) -> None:
    header, *lines = sheet_of(asked, ended="1")
    first_sum = header.index("Awarded")
    shown = table_of_page(asked, "?ended=1")
    assert [["–" if one is None else str(one) for one in line[first_sum:]] for line in lines] == shown
    for line in lines:
        awarded, received, to_come, lost = line[first_sum : first_sum + 4]
        assert awarded == received + to_come + lost
    assert [line[0] for line in lines] == ["REF-2009-1", "REF-2009-2", "Total"]
    assert lines[1][first_sum:] == [500_000, 400_000, 100_000, 0, 400_000, 500_000, None, 0]


def test_what_two_must_confirm_is_listed_with_who_has(asked: Site) -> None:
    said = main_of(asked.client(who=CONTROLLER).get("/money"))
    assert "To be confirmed" in said
    assert "has confirmed it, a second person is needed" in said
    assert "100,000 SEK" in said.replace("\xa0", " ")


def test_what_the_books_changed_since_a_report_is_told_once_and_closed_with_a_reason(
    asked: Site, tmp_path: Path
) -> None:
    perform(
        asked.engine, ChangeFacts("REF-2009-2", {"project": "7"}), ADMIN, Clock(asked.now.date(), asked.now)
    )
    head = "Datum;Ver;Konto;Projekt;Belopp\n"
    booked = "2010-03-02;A 1;4010;7;1000,00\n2010-03-03;A 2;4010;7;500,00\n"
    since = booked + "2010-03-31;B 7;4010;7;-500,00\n2010-03-31;A 9;5010;7;20,50\n"

    def read(day: date, rows: str) -> None:
        path = tmp_path / "huvudbok.csv"
        path.write_text(head + rows)
        with reading(asked.engine) as connection:
            grants = list_ledger_grants(connection, None)
        ReadLedger(read_ledger(path, {"7"}), "", grants, None).perform(asked.engine, Clock(day, at(day)))

    def told() -> list[str]:
        return [row.rung for row in kept_rows(asked.engine, Notice) if row.kind == NoticeKind.SOURCE_CHANGED]

    read(date(2010, 4, 1), booked)
    assert told() == []
    read(date(2010, 12, 1), since)
    read(date(2010, 12, 2), since)
    (rung,) = told()
    assert rung.startswith("books-changed-")
    controller = asked.client(who=CONTROLLER)
    said = main_of(controller.get("/grants/REF-2009-2")).replace("\xa0", " ")
    assert "1,500 SEK were booked then, 1,020.50 SEK are now." in said
    assert "1 voucher was added (+20.50 SEK). A 2 is reversed by B 7 (−500 SEK)." in said
    assert "To be held against the books" in main_of(controller.get("/money"))
    assert "−479.50 SEK" in main_of(controller.get("/money")).replace("\xa0", " ")
    # The list has what was booked when the report was given, not what came since, and comes to what it says.
    list_at = next(
        link
        for link in re.findall(
            r'href="(/answers/[^"]*vouchers.xlsx)"', controller.get("/grants/REF-2009-2").text
        )
    )
    cells = cells_of(controller.get(list_at))
    listed = [(row[0], str(row[1])[:10], *row[2:]) for row in cells]
    assert ("4010", "2010-03-02", "A 1", 1000) in listed
    assert ("4010", "2010-03-03", "A 2", 500) in listed
    lines = {row[0]: row[-1] for row in cells}
    assert lines["The account's sum"] == lines["Total"] == 1500
    assert lines["Reported"] - lines["Total"] == lines["Reported and not in the ledger"]
    assert not any("B 7" in map(str, row) for row in cells)
    assert asked.client(who=SECRETARY).get(list_at).status_code == 404
    address = "/desk/explain-books/2"
    assert asked.client(who=DEPUTY).get(address).status_code == 404
    form = filled(controller.get(address)) | {"reason": "Bokfört på fel period, rättas i juni."}
    page = controller.post(address, data=form)
    assert "It is recorded that the report stands." in main_of(controller.post(address, data=filled(page)))
    assert "To be held against the books" not in main_of(controller.get("/money"))
    said = main_of(controller.get("/grants/REF-2009-2"))
    assert "it does not change the report: Bokfört på fel period, rättas i juni." in said
    assert controller.get(address).status_code == 404
    # What is explained is told again only once the books change again.
    later = asked.now.date() + timedelta(days=1)
    read(later, since)
    assert told() == [rung]
    read(later, since + "2010-03-31;A 10;5010;7;1,00\n")
    assert len(told()) == 2
    assert "−478.50 SEK" in main_of(controller.get("/money")).replace("\xa0", " ")


def test_money_of_grants_in_which_somebody_has_no_part_is_not_shown(asked: Site) -> None:
    assert "REF-2009-2" in main_of(asked.client(who=SECRETARY).get("/money"))
    assert "REF-2009-2" not in main_of(asked.client(who=DEPUTY).get("/money"))
    assert sheet_of(asked, who=DEPUTY)[1:] == []


def test_what_is_not_on_offer_is_not_asked_for_and_a_page_beyond_the_last_is_none(asked: Site) -> None:
    client = asked.client()
    said = main_of(client.get("/money", params={"unit": "<script>", "funder": "99", "year": "1800"}))
    assert "REF-2009-2" in said
    assert client.get("/money", params={"page": "9"}).status_code == 404
