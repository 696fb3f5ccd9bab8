"""Hold what is kept of ledgers that follow each other: each row once, and what a month's newest file says."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from models.commands.clock import Clock
from models.commands.grants import ChangeFacts
from models.errors import BadInput
from models.facts.ledger import Entry, Reversal, VoucherChanges
from models.rules.ledger import (
    changed_since,
    compare_entries,
    is_on_accounts,
    list_vouchers,
    month_of,
    sum_costs,
)
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.ledger import LedgerEntry, LedgerReading
from tasks.grant.booked import find_booked
from tasks.ledger.keep import list_ledger_grants
from tasks.ledger.upload import LedgerReport, open_ledger
from tasks.perform import perform
from tasks.store.database import dry_run, reading, transaction
from tests.grant_scenes import ADMIN, OPENED_ON, an_entry, at, dump, open_grants, rows

_GRANT = table_of(Grant)
_FIRST = select(_GRANT.c.id, _GRANT.c.project, _GRANT.c.booked_minor).where(_GRANT.c.reference == "REF-1")
HEAD = "Datum;Ver;Konto;Projekt;Text;Belopp\n"
MARCH = "2010-03-02;A 1;4010;7;Möbler;1 250,50\n2010-03-09;A 2;5010;7;Lön Anna Exempelsson;40 000,00\n"
OTHERS = "2010-03-09;A 3;6070;8;Hyra 19121212-1212;300,00\n"
# SIE says who booked a voucher and each of its rows; dimensions 7 and 8 are an employee and a customer.
PEOPLE = """#FLAGGA 0
#SIETYP 4
#VER L 77 20100511 "Lön Anna Exempelsson 19121212-1212" 20100512 "Bo Bokare"
{
#TRANS 5010 {6 "0007" 7 "4711"} 500.00 20100511 "Anna Exempelsson" 1 "Ann Attest"
#TRANS 2890 {} -500.00
}
"""
APRIL = "2010-04-02;A 4;4010;7;Möbler;99,00\n"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A grant whose project in the ledger is 0007, and one without a project."""
    open_grants(engine, an_entry(project="0007"), an_entry("REF-2", title="Another"))
    return engine


def keep(engine: Engine, folder: Path, text: str, *, only_try: bool = False) -> LedgerReport:
    path = folder / ("huvudbok.se" if text.startswith("#") else "huvudbok.csv")
    path.write_text(text if text.startswith("#") else HEAD + text)
    with reading(engine) as connection:
        grants = list_ledger_grants(connection, None)
    command = open_ledger(path, grants, receipts="3", sha256="0" * 64, by_id=None)
    clock = Clock(OPENED_ON, at(OPENED_ON))
    return command.perform(dry_run(engine) if only_try else engine, clock)


def booked(engine: Engine) -> int | None:
    with reading(engine) as connection:
        grant = connection.execute(_FIRST).one()
        found = find_booked(connection, grant.id, grant.project)
    assert grant.booked_minor == (found.total_minor if found else None)
    return found.total_minor if found else None


def test_row_is_kept_once_and_only_of_the_grants_project(engine: Engine, tmp_path: Path) -> None:
    assert booked(engine) is None
    report = keep(engine, tmp_path, MARCH + OTHERS)
    assert [one.grant.reference for one in report.booked] == ["REF-1"]
    assert str(report.lines()[1]).startswith("REF-1 ")
    assert booked(engine) == 4_125_050
    # The year so far, then a month alone: both are right for the months that they tell.
    keep(engine, tmp_path, MARCH + APRIL)
    keep(engine, tmp_path, APRIL)
    assert booked(engine) == 4_134_950
    assert len(rows(engine, LedgerEntry)) == 3
    assert [row.costs_minor for row in rows(engine, LedgerReading)] == [4_125_050, 4_134_950, 4_134_950]


def test_row_that_a_later_file_lacks_is_gone_and_still_there_to_be_asked_for(
    engine: Engine, tmp_path: Path
) -> None:
    keep(engine, tmp_path, MARCH)
    first, _ = MARCH.splitlines(keepends=True)
    keep(engine, tmp_path, first)
    assert booked(engine) == 125_050
    assert [(row.voucher, row.gone_reading_id) for row in rows(engine, LedgerEntry)] == [
        ("A 1", None),
        ("A 2", 2),
    ]


def test_trying_keeps_nothing(engine: Engine, tmp_path: Path) -> None:
    before = dump(engine)
    assert keep(engine, tmp_path, MARCH, only_try=True).booked[0].after_minor == 4_125_050
    assert dump(engine) == before


def test_row_of_the_project_that_cannot_be_read_refuses_the_file(engine: Engine, tmp_path: Path) -> None:
    before = dump(engine)
    with pytest.raises(BadInput, match=r"huvudbok\.csv, row 4"):
        keep(engine, tmp_path, MARCH + "2010-03-30;A 9;4010;7;Möbler;många\n")
    with pytest.raises(BadInput, match="no row of a grant's project"):
        keep(engine, tmp_path, OTHERS)
    assert dump(engine) == before


def test_grant_of_another_currency_than_the_ledgers_is_left_out_and_named(
    engine: Engine, tmp_path: Path
) -> None:
    open_grants(engine, an_entry("REF-3", title="In euro", project="9"))
    with transaction(engine) as connection:
        connection.execute(update(_GRANT).where(_GRANT.c.reference == "REF-3").values(currency="EUR"))
    report = keep(engine, tmp_path, MARCH + "2010-03-09;A 3;6070;9;Hyra;300,00\n")
    assert [one.grant.reference for one in report.booked] == ["REF-1"]
    assert "REF-3 In euro: its sums are in EUR, the ledger's in SEK: left out" in map(str, report.lines())
    before = dump(engine)
    with pytest.raises(BadInput, match="REF-3 In euro: its sums are in EUR"):
        keep(engine, tmp_path, "2010-03-09;A 3;6070;9;Hyra;300,00\n")
    assert dump(engine) == before


def test_nobody_is_named_by_what_is_kept(engine: Engine, tmp_path: Path) -> None:
    keep(engine, tmp_path, MARCH + OTHERS)
    keep(engine, tmp_path, PEOPLE)
    kept = str(dump(engine))
    assert "A 2" in kept
    assert "L 77" in kept
    for word in ("Exempelsson", "Möbler", "Hyra", "19121212", "Bokare", "Attest"):
        assert word not in kept


def test_month_that_loses_most_of_its_vouchers_is_doubted(engine: Engine, tmp_path: Path) -> None:
    many = "".join(f"2010-03-{day:02};B {day};4010;7;X;1,00\n" for day in range(1, 6))
    keep(engine, tmp_path, many)
    report = keep(engine, tmp_path, many[: len(many) // 5 * 2])
    assert [one.difference.doubted for one in report.booked] == [(date(2010, 3, 1),)]
    assert any("is it whole?" in str(line) for line in report.lines())


def test_project_is_a_fact_of_the_grant(engine: Engine, tmp_path: Path) -> None:
    clock = Clock(OPENED_ON, at(OPENED_ON))
    perform(engine, ChangeFacts("REF-2", {"project": "7, 12"}), ADMIN, clock)
    report = keep(engine, tmp_path, MARCH)
    assert [one.grant.reference for one in report.booked] == ["REF-1", "REF-2"]
    # Rows of a project that is not the grant's count no more, and again once it is.
    for project, costs in (("8", None), ("7", 4_125_050)):
        perform(engine, ChangeFacts("REF-1", {"project": project}), ADMIN, clock)
        assert booked(engine) == costs


@pytest.mark.parametrize("seed", range(20))
def test_sum_after_is_that_of_the_newest_file_of_each_month(seed: int) -> None:
    chance = random.Random(seed)
    kept: dict[int, Entry] = {}
    told: dict[date, list[Entry]] = {}
    for _ in range(12):
        months = {date(2010, chance.randrange(1, 13), 1) for _ in range(chance.randrange(1, 4))}
        read = [an_entry_of(chance, month) for month in months for _ in range(chance.randrange(1, 9))]
        told |= {month: [one for one in read if month_of(one.day) == month] for month in months}
        difference = compare_entries(kept, read, months)
        kept = {key: one for key, one in kept.items() if key not in difference.gone}
        first = max(kept, default=0) + 1
        kept |= dict(enumerate(difference.added, start=first))
        assert sum_costs(kept.values()) == sum_costs(one for entries in told.values() for one in entries)


@pytest.mark.parametrize("seed", range(20))
def test_changes_of_vouchers_come_to_the_difference_of_the_sums(seed: int) -> None:
    chance = random.Random(seed)
    month = date(2010, 3, 1)
    then = [an_entry_of(chance, month) for _ in range(12)]
    now = chance.sample(then, 9) + [an_entry_of(chance, month) for _ in range(4)]
    now += [replace(then[0], voucher="B 1", amount_minor=-then[0].amount_minor)]
    change = changed_since(then, now)
    assert (change.then_minor, change.now_minor) == (sum_costs(then), sum_costs(now))
    parts = change.added.amount_minor + change.gone.amount_minor + change.altered.amount_minor
    parts += sum(pair.amount_minor for pair in change.reversed)
    assert parts == change.now_minor - change.then_minor
    assert not changed_since(then, chance.sample(then, len(then))).is_any


def test_voucher_that_mirrors_another_reverses_it_and_one_of_another_year_does_not_replace_it() -> None:
    def row(voucher: str, minor: int, account: str = "4010", year: int = 2010) -> Entry:
        return Entry(date(year, 3, 1), voucher, account, "7", minor)

    then = [row("A 202", 1_250_000), row("A 203", 100), row("A 203", -100, "1930"), row("A 1", 5)]
    parted = [row("A 203", 60), row("A 203", 40), row("A 1", 7), row("A 1", 9, year=2011)]
    change = changed_since(then, [row("A 202", 1_250_000), row("B 17", -1_250_000), *parted])
    assert change.reversed == (Reversal("A 202", "B 17", -1_250_000),)
    assert (change.added, change.altered, change.gone) == (
        VoucherChanges(1, 9),
        VoucherChanges(1, 2),
        VoucherChanges(0, 0),
    )


@pytest.mark.parametrize("seed", range(20))
def test_voucher_list_comes_to_the_costs_and_has_no_single_pay(seed: int) -> None:
    chance = random.Random(seed)
    entries = [an_entry_of(chance, date(2010, month, 1)) for month in (1, 2) for _ in range(9)]
    listed = list_vouchers(entries, "5, 70-76")
    assert sum(one.amount_minor for one in listed) == sum_costs(entries)
    pay = [one for one in listed if one.account == "5010"]
    assert [(one.voucher, one.day.day) for one in pay] == [("", 1)] * len(pay)
    assert len(pay) <= 2


def test_bound_holds_against_the_first_digits_of_an_account() -> None:
    bounds = "5, 70-76"
    accounts = ("5", "5010", "7010", "7690", "77", "60", "4010", "7")
    assert [one for one in accounts if is_on_accounts(one, bounds)] == ["5", "5010", "7010", "7690"]


def an_entry_of(chance: random.Random, month: date) -> Entry:
    """Return a row of a voucher; many are alike."""
    return Entry(
        day=month.replace(day=chance.randrange(1, 4)),
        voucher=f"A {chance.randrange(3)}",
        account=chance.choice(("4010", "5010", "1930")),
        project="7",
        amount_minor=chance.choice((100, 250, -100)),
    )
