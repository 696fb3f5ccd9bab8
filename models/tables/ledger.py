"""Tables of ledgers: what was read of a grant's projects, and the rows that stand there."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, false
from sqlmodel import Field, SQLModel

from models.tables.columns import UtcDateTime


class LedgerReading(SQLModel, table=True):
    """What a file of a ledger said of a grant; only the file's name and hash are kept of it.

    `first_on` and `last_on` are the days of the whole file, and `costs_minor` is what the grant's costs come to
    after it, in minor units.
    """

    __tablename__ = "ledger_reading"

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id", index=True)
    file: str
    sha256: str
    first_on: date
    last_on: date
    costs_minor: int = Field(sa_type=BigInteger)
    read_at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="person.id")


class LedgerEntry(SQLModel, table=True):
    """A row of a voucher of a grant's project: written once, and changed once, by the reading that lacks it.

    A debit is positive, in minor units. Its text, which can name people, is not kept: only, on an account of
    received grants, the funder's number for a grant.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (Index("ix_ledger_entry_of_grant", "grant_id", "gone_reading_id"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    first_reading_id: int = Field(foreign_key="ledger_reading.id")
    gone_reading_id: int | None = Field(default=None, foreign_key="ledger_reading.id")
    day: date
    voucher: str
    account: str
    project: str
    amount_minor: int = Field(sa_type=BigInteger)
    is_receipt: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reference: str = Field(default="", sa_column_kwargs={"server_default": ""})
