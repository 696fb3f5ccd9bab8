"""What a ledger says: rows of vouchers, and a file of them as it was read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from models.message import Remark


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a voucher, in minor units, a debit positive. Its text, which can name people, is not kept.

    It `is_receipt` on an account of received grants; the funder's number for a grant is kept of such a row, where
    its text has it.
    """

    day: date
    voucher: str
    account: str
    project: str
    amount_minor: int
    is_receipt: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Receipts:
    """How grants that were received are known: their accounts, as "3, 1710-1719", and numbers that a text may have."""

    accounts: str = ""
    references: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that a voucher books as received, in minor units; `reversed_by` is the voucher that takes it back."""

    day: date
    voucher: str
    amount_minor: int
    references: frozenset[str] = frozenset()
    reversed_by: str = ""


@dataclass(frozen=True, slots=True)
class Balances:
    """How many accounts of a file come to its own balances, and how many do not."""

    agreeing: int
    differing: int


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A file of a ledger: the rows of the projects that were asked for, and what is known of the whole.

    `days` are those of all its rows. `columns` are its headings by what they mean, `projects` what
    stands in that of the projects.
    `faults` are in rows of the wanted projects, or of an unknown one; `faults_elsewhere` counts those of
    others. `left_out` counts totals and headings between the rows. `unbalanced` are vouchers whose
    rows do not come to nothing.
    """

    name: str
    currency: str
    entries: tuple[Entry, ...]
    days: frozenset[date]
    row_count: int
    columns: Mapping[str, str] = field(default_factory=dict)
    projects: frozenset[str] = frozenset()
    faults: tuple[Remark, ...] = ()
    faults_elsewhere: int = 0
    left_out: int = 0
    unbalanced: tuple[str, ...] = ()
    balances: Balances | None = None

    @property
    def first_on(self) -> date | None:
        """Its first day."""
        return min(self.days, default=None)

    @property
    def last_on(self) -> date | None:
        """Its last day."""
        return max(self.days, default=None)


@dataclass(frozen=True, slots=True)
class ListedVoucher:
    """A line of a voucher list, in minor units: a voucher's sum on an account, or a month's pay without a voucher."""

    account: str
    day: date
    voucher: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a reading adds to a grant's entries, and those of the kept ones that it lacks, by their ids.

    It lacks more than half of the vouchers of the `doubted` months, each as its first day.
    """

    added: tuple[Entry, ...]
    gone: tuple[int, ...]
    doubted: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Reversal:
    """A voucher that another one takes back, with what that changes, in minor units."""

    voucher: str
    by: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class VoucherChanges:
    """So many vouchers, and what they change in all, in minor units."""

    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BooksChange:
    """How costs that were booked by a time differ from those that are booked now, voucher by voucher.

    `now_minor` is `then_minor` with what was `added`, `gone`, `altered` and `reversed`.
    """

    then_minor: int
    now_minor: int
    added: VoucherChanges
    gone: VoucherChanges
    altered: VoucherChanges
    reversed: tuple[Reversal, ...]

    @property
    def is_any(self) -> bool:
        """Whether anything differs, also where it comes to nothing in all."""
        return bool(self.added.count or self.gone.count or self.altered.count or self.reversed)

    @property
    def sum_minor(self) -> int:
        """What is booked more than then, in minor units; negative for less."""
        return self.now_minor - self.then_minor


def note_books(change: BooksChange) -> dict[str, Any]:
    """Return how the books changed as a notice stores it."""
    return {"books": asdict(change)}


def read_books(noted: Mapping[str, Any]) -> BooksChange | None:
    """Return how the books changed, as it was stored; None for a notice about anything else."""
    if "books" not in noted:
        return None
    books = noted["books"]
    counts = {name: VoucherChanges(**books[name]) for name in ("added", "gone", "altered")}
    pairs = tuple(Reversal(**pair) for pair in books["reversed"])
    return BooksChange(books["then_minor"], books["now_minor"], reversed=pairs, **counts)
