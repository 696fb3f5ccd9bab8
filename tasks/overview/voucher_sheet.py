"""Write the vouchers behind a report as a table for a spreadsheet: by account, to the last decimal of what was said."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from models.currency import whole_units
from models.rules.ledger import list_vouchers, sum_costs
from tasks.files.table_writer import Cell
from tasks.grant.records import GrantRecord
from tasks.grant.since_report import BookedReport
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_heading

_COLUMNS = ("account", "day", "voucher", "sum")
WIDTHS = (28, 24, 24, 18)  # of the columns, in characters


def voucher_table(
    say: Translator, record: GrantRecord, report: BookedReport, *, title: str, read_on: date, payroll: str
) -> list[list[Cell]]:
    """Return the header, each account's vouchers with their sum, and the total beside what the report says.

    Where these are not the same, the difference stands there with the officer's reason.
    """
    currency = record.grant.currency
    booked_minor = sum_costs(report.entries)

    def line(heading: str, minor: int) -> list[Cell]:
        return [word_heading(say, heading), None, None, whole_units(minor, currency)]

    table: list[list[Cell]] = [[word_heading(say, column) for column in _COLUMNS]]
    for _, vouchers in groupby(list_vouchers(report.entries, payroll), lambda one: one.account):
        of_account = list(vouchers)
        for one in of_account:
            day = one.day if one.voucher else say.month(one.day)
            table.append([one.account, day, one.voucher, whole_units(one.amount_minor, currency)])
        table.append(line("of_account", sum(one.amount_minor for one in of_account)))
    table.append(line("total", booked_minor))
    table.append(line("reported", report.reported_minor))
    if report.reported_minor != booked_minor:
        table.append(line("not_in_books", report.reported_minor - booked_minor))
        table.append([word_heading(say, "reason"), report.why or word_heading(say, "no_reason"), None, None])
    return [*table, *_about(say, record, title, read_on)]


def _about(say: Translator, record: GrantRecord, title: str, read_on: date) -> Iterator[list[Cell]]:
    """Yield what the list is of, below it: a spreadsheet program sorts and filters by the first row."""
    grant = record.grant
    for heading, text in (
        ("grant", f"{grant.title} ({grant.reference})"),
        ("funder_reference", grant.funder_reference or ""),
        ("report", title),
        ("project", grant.project),
        ("currency", grant.currency),
        ("books_of", say.dated(read_on)),
    ):
        yield [word_heading(say, heading), text, None, None]
