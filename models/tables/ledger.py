"""Tables of ledgers: what was read of them, and the entries of the office's grants."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, UtcDateTime


class LedgerReading(SQLModel, table=True):
    """A file or a query of a ledger that was read whole, once; only its name and its hash are kept of it.

    `agreeing` and `differing` are the numbers of accounts whose balances in the file its rows come
    to, or not; None for a file without balances. `doubted` are the months in which it was not
    believed: [grant's id, "2026-05", vouchers before, vouchers in it].
    """

    __tablename__ = "ledger_reading"

    id: int | None = Field(default=None, primary_key=True)
    source: str  # what programmes call the ledger
    file: str
    sha256: str
    currency: str
    # The days and the rows of the whole file, also those of no grant.
    first_on: date
    last_on: date
    row_count: int
    kept_count: int  # the rows of the office's grants
    agreeing: int | None = None
    differing: int | None = None
    doubted: list[list[int | str]] = Field(default_factory=list, sa_type=Json)
    read_at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="person.id")


class LedgerEntry(SQLModel, table=True):
    """A row of a voucher, of a grant's project; written once, and changed once, by the reading that lacks it.

    A debit is positive. `nth` tells rows apart that are alike in one reading. The text of a payroll row is empty.
    """

    __tablename__ = "ledger_entry"

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    source: str
    first_reading_id: int = Field(foreign_key="ledger_reading.id")
    gone_reading_id: int | None = Field(default=None, foreign_key="ledger_reading.id")
    day: date
    voucher: str
    account: str
    project: str
    text: str = ""
    amount_minor: int = Field(sa_type=BigInteger)
    nth: int = 0
