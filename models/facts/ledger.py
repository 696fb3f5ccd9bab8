"""What a ledger says: rows of vouchers, and a file of them as it was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.message import Remark


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a voucher, in minor units, a debit positive; `nth` tells it from rows that are alike."""

    day: date
    voucher: str
    account: str
    project: str
    text: str
    amount_minor: int
    nth: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """By what the same row is known in another file: not its text, which people correct."""
        return (self.day, self.voucher, self.account, self.project, self.amount_minor, self.nth)


@dataclass(frozen=True, slots=True)
class Balances:
    """How many accounts of a file come to its own balances, and how many do not."""

    agreeing: int
    differing: int


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A file of a ledger: the rows of the projects that were asked for, and what is known of the whole.

    `columns` are its headings by what they mean, `projects` what stands in that of the projects.
    `faults` are in rows of the wanted projects, or of an unknown one; `faults_elsewhere` counts those of
    others. `left_out` counts totals and headings between the rows. `unbalanced` are vouchers whose
    rows do not come to nothing.
    """

    name: str
    sha256: str
    currency: str
    entries: tuple[Entry, ...]
    first_on: date | None
    last_on: date | None
    row_count: int
    columns: Mapping[str, str] = field(default_factory=dict)
    projects: frozenset[str] = frozenset()
    faults: tuple[Remark, ...] = ()
    faults_elsewhere: int = 0
    left_out: int = 0
    unbalanced: tuple[str, ...] = ()
    balances: Balances | None = None
