"""Read the entries of a SIE 4 file, and hold its vouchers against its own balances."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from models.errors import Unreadable
from models.facts.ledger import Balances, Entry, LedgerFile, Receipts
from models.message import Remark
from models.reading.number import shown
from models.rules.ledger import is_of_projects, mark_receipt, project_key
from tasks.ledger.ledger_faults import Ledgered, LedgerUnreadable
from tasks.ledger.table import minor_of

_BEGINS = re.compile(r"[\s\ufeff]*#(FLAGGA|PROGRAM|FORMAT|GEN|SIETYP)\b", re.IGNORECASE)
# A quotation mark that a line's end leaves open is a text that the program cut off: what is before it is whole.
_FIELD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)(?:"|$)|(\{)|(\})|([^\s"{}]+))')
_PROJECT = "6"  # the dimension of projects, as the standard has it
_THIS_YEAR = "0"


def is_sie(text: str) -> bool:
    """Return whether a text begins as a SIE file does."""
    return _BEGINS.match(text) is not None


def read_sie(name: str, text: str, projects: Collection[str], receipts: Receipts) -> LedgerFile:
    """Return the entries of a SIE 4 file; LedgerUnreadable for a file without vouchers."""
    reader = _SieReader(name, projects, receipts)
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare:
            reader.take(number, bare)
    reader.end()
    if not reader.has_vouchers:
        if reader.type not in ("", "4"):
            raise LedgerUnreadable(Ledgered.SIE_TYPE(name=name, type=shown(reader.type)))
        raise LedgerUnreadable(Ledgered.NO_ENTRIES(name=name))
    return LedgerFile(
        name=name,
        currency=reader.currency,
        entries=tuple(reader.entries),
        days=frozenset(reader.days_told),
        row_count=reader.count,
        columns={"project": f"#DIM {_PROJECT} {reader.dimension}".strip()},
        faults=tuple(reader.faults),
        projects=frozenset(reader.found_projects),
        unbalanced=tuple(reader.unbalanced),
        balances=reader.hold_against_balances(),
    )


@dataclass(slots=True)
class _Voucher:
    """A voucher that is being read: its first line, its name and day, and what its rows come to."""

    line: int
    name: str
    day: date | None
    text: str = ""
    opened: bool = False
    total: Decimal = Decimal(0)
    is_whole: bool = True


@dataclass(slots=True)
class _SieReader:
    """Takes the lines of a SIE file, one after the other."""

    name: str
    projects: Collection[str]
    receipts: Receipts
    entries: list[Entry] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    dimension: str = ""  # what the file calls that of the projects
    type: str = ""
    currency: str = "SEK"
    has_vouchers: bool = False
    count: int = 0
    found_projects: set[str] = field(default_factory=set)
    unbalanced: list[str] = field(default_factory=list)
    days_told: set[date] = field(default_factory=set)
    _voucher: _Voucher | None = None
    _moved: Counter[str] = field(default_factory=Counter)
    _before: dict[str, Decimal] = field(default_factory=dict)
    _after: dict[str, Decimal] = field(default_factory=dict)
    _days: dict[str, date] = field(default_factory=dict)

    def take(self, number: int, line: str) -> None:
        """Take a line that is not empty; a fault is noted with its number."""
        voucher = self._voucher
        if line == "{" and voucher is not None:
            voucher.opened = True
            return
        if line == "}" and voucher is not None:
            self._close(voucher)
            return
        label = line.split(None, 1)[0].upper()
        take = _LABELS.get(label)
        if take is None:
            return
        try:
            take(self, number, _fields(line))
        except (IndexError, Unreadable) as error:
            why = error if isinstance(error, Unreadable) else Unreadable(Ledgered.SIE_FIELDS(label=label))
            if self._voucher is not None:
                self._voucher.is_whole = False
            self.faults.append(Ledgered.AT_LINE(name=self.name, line=number, why=why))

    def end(self) -> None:
        """Note a voucher that the file leaves open."""
        if self._voucher is not None and self._voucher.opened:
            why = Unreadable(Ledgered.SIE_OPEN())
            self.faults.append(Ledgered.AT_LINE(name=self.name, line=self._voucher.line, why=why))

    def hold_against_balances(self) -> Balances | None:
        """Return how many accounts the vouchers move as the file's own balances say; None without balances."""
        if not self._after:
            return None
        accounts = self._after.keys() | self._before.keys() | self._moved.keys()
        agreeing = sum(
            self._before.get(account, Decimal(0)) + self._moved[account]
            == self._after.get(account, Decimal(0))
            for account in accounts
        )
        return Balances(agreeing, len(accounts) - agreeing)

    def _close(self, voucher: _Voucher) -> None:
        self._voucher = None
        if voucher.total and voucher.is_whole:
            # Its rows count, since the ledger has them so; the file's reader is told of it.
            self.unbalanced.append(voucher.name)

    def _take_type(self, _: int, fields: list[object]) -> None:
        self.type = str(fields[1])

    def _take_currency(self, _: int, fields: list[object]) -> None:
        self.currency = str(fields[1]).upper()

    def _take_dimension(self, _: int, fields: list[object]) -> None:
        if fields[1] == _PROJECT:
            self.dimension = str(fields[2])

    def _take_before(self, _: int, fields: list[object]) -> None:
        self._note_balance(self._before, fields)

    def _take_after(self, _: int, fields: list[object]) -> None:
        self._note_balance(self._after, fields)

    def _note_balance(self, balances: dict[str, Decimal], fields: list[object]) -> None:
        if fields[1] == _THIS_YEAR:
            balances[str(fields[2])] = _sum(fields[3])

    def _take_voucher(self, number: int, fields: list[object]) -> None:
        self.has_vouchers = True
        named = " ".join(str(one) for one in fields[1:3] if one)
        self._voucher = _Voucher(number, named, None)
        self._voucher.day = self._day(fields[3])
        self._voucher.text = str(fields[4]) if len(fields) > 4 else ""

    def _take_row(self, _: int, fields: list[object]) -> None:
        voucher = self._voucher
        if voucher is None or not voucher.opened:
            return
        account = str(fields[1])
        objects = fields[2]
        if not isinstance(objects, list):
            raise Unreadable(Ledgered.SIE_QUOTES())
        if not account.isdecimal():
            raise Unreadable(Ledgered.SIE_ACCOUNT(value=shown(account)))
        amount = _sum(fields[3])
        self.count += 1
        voucher.total += amount
        self._moved[account] += amount  # type: ignore[assignment] # a sum of Decimals
        day = self._day(fields[4]) if len(fields) > 4 and fields[4] else voucher.day
        if day is None:
            return  # the voucher's own line is at fault
        self.days_told.add(day)
        project = _project_of(objects)
        self.found_projects.add(project)
        if not is_of_projects(project, self.projects):
            return
        minor = minor_of(amount, self.currency, fields[3])
        entry = Entry(day, voucher.name, account, project_key(project), minor)
        text = f"{voucher.text} {fields[5] if len(fields) > 5 else ''}"
        self.entries.append(mark_receipt(entry, text, self.receipts))

    def _day(self, value: object) -> date:
        text = str(value)
        if text not in self._days:
            try:
                self._days[text] = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  (a day, not a time)
            except ValueError as error:
                raise Unreadable(Ledgered.SIE_DAY(value=shown(text))) from error
        return self._days[text]


_LABELS: Mapping[str, Callable[[_SieReader, int, list[object]], None]] = {
    "#SIETYP": _SieReader._take_type,
    "#VALUTA": _SieReader._take_currency,
    "#DIM": _SieReader._take_dimension,
    "#UNDERDIM": _SieReader._take_dimension,
    "#IB": _SieReader._take_before,
    "#UB": _SieReader._take_after,
    "#RES": _SieReader._take_after,
    "#VER": _SieReader._take_voucher,
    "#TRANS": _SieReader._take_row,
}


def _fields(line: str) -> list[object]:
    """Return a line's fields; what stands in braces is a list. Unreadable where they do not close."""
    fields: list[object] = []
    inner: list[object] | None = None
    at = 0
    end = len(line)
    while at < end:
        match = _FIELD.match(line, at)
        if match is None:
            raise Unreadable(Ledgered.SIE_QUOTES())
        quoted, opens, closes, bare = match.groups()
        if opens:
            inner = []
        elif closes:
            if inner is None:
                raise Unreadable(Ledgered.SIE_QUOTES())
            fields.append(inner)
            inner = None
        else:
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
            (fields if inner is None else inner).append(value)
        at = match.end()
    if inner is not None:
        raise Unreadable(Ledgered.SIE_QUOTES())
    return fields


def _project_of(objects: list[object]) -> str:
    """Return the project, in a list of dimensions each with its object; empty without one."""
    for number, named in zip(objects[::2], objects[1::2], strict=False):
        if number == _PROJECT:
            return str(named)
    return ""


def _sum(value: object) -> Decimal:
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation as error:
        raise Unreadable(Ledgered.SIE_SUM(value=shown(value))) from error
    if not number.is_finite():
        raise Unreadable(Ledgered.SIE_SUM(value=shown(value)))
    return number
