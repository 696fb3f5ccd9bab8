"""Read a file of a ledger, known by its content: a table, or SIE 4."""

from collections.abc import Collection
from pathlib import Path

from models.facts.ledger import LedgerFile, Receipts
from tasks.files.csv_reader import read_csv
from tasks.files.inspection import Filed
from tasks.files.text_encoding import decode_text
from tasks.files.workbook_reader import TableBounds, TableUnreadable, read_content, read_workbook
from tasks.ledger.ledger_faults import Ledgered, LedgerUnreadable
from tasks.ledger.sie import is_sie, read_sie
from tasks.ledger.table import read_table

LEDGER = TableBounds(bytes=40_000_000, rows=200_000, cells=8_000_000, texts=60_000_000, parts=250_000_000)
_NO_RECEIPTS = Receipts()
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def read_ledger(path: Path, projects: Collection[str] = (), receipts: Receipts = _NO_RECEIPTS) -> LedgerFile:
    """Return a file, with the rows of these projects or all; LedgerUnreadable, in one line, if it is no ledger.

    `receipts` says how grants that were received are known in it.
    """
    try:
        return _read(path, projects, receipts)
    except TableUnreadable as error:
        raise LedgerUnreadable(error.remark) from error


def _read(path: Path, projects: Collection[str], receipts: Receipts) -> LedgerFile:
    content = read_content(path, LEDGER)
    if content.startswith(_ZIP):
        del content
        return read_table(read_workbook(path, LEDGER), projects, receipts)
    if content.startswith(_OLD_WORKBOOK):
        raise LedgerUnreadable(Ledgered.OTHER_KIND(name=path.name))
    try:
        text = decode_text(content)
    except ValueError as error:
        raise LedgerUnreadable(Filed.NOT_A_TEXT(name=path.name)) from error
    if is_sie(text):
        return read_sie(path.name, text, projects, receipts)
    if text.lstrip().startswith("<"):
        raise LedgerUnreadable(Ledgered.WEB_PAGE(name=path.name))
    if path.suffix.lower() in (".se", ".si", ".sie"):
        raise LedgerUnreadable(Ledgered.NOT_SIE(name=path.name))
    del content, text
    return read_table(read_csv(path, LEDGER), projects, receipts)
