"""Tables of instalments, their payments and conditions, and budget lines."""

from datetime import date

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import word
from models.vocabulary import InstalmentStatus


class Instalment(SQLModel, table=True):
    """A part of the award. Triggers refuse a release whose condition steps are not approved."""

    __table_args__ = (UniqueConstraint("grant_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    number: int
    # As in the programme: "80 %", "294 000 SEK", "at most 75 %", "claimed", or "rest" for the last.
    share: str
    rule: int | None = None  # the programme's instalment; None for one that a later decision added
    period: str | None = None  # "2010-Q1", if it comes once a period
    conditional: bool
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    # What another keeps of it until the last one.
    kept_minor: int | None = Field(default=None, sa_type=BigInteger)
    claimed_minor: int | None = Field(default=None, sa_type=BigInteger)  # what a claim asked for
    status: InstalmentStatus = Field(default=InstalmentStatus.PLANNED, sa_type=word(InstalmentStatus))
    requested_by_id: int | None = Field(default=None, foreign_key="person.id")
    requested_on: date | None = None
    confirmed_by_id: int | None = Field(default=None, foreign_key="person.id")
    released_on: date | None = None
    claimed_on: date | None = None
    paid_on: date | None = None  # the day of the last payment
    paid_minor: int | None = Field(default=None, sa_type=BigInteger)  # what came so far
    # Why no more of it comes, in a person's words; until then the missing part is awaited.
    no_more_why: str | None = None


class Payment(SQLModel, table=True):
    """Money that came for an instalment, at once or in parts; rows are never changed."""

    id: int | None = Field(default=None, primary_key=True)
    instalment_id: int = Field(foreign_key="instalment.id")
    paid_on: date
    amount_minor: int = Field(sa_type=BigInteger)
    by_id: int | None = Field(default=None, foreign_key="person.id")


class InstalmentCondition(SQLModel, table=True):
    """A step that must be approved before the instalment is released; rows are never removed."""

    __tablename__ = "instalment_condition"

    instalment_id: int = Field(foreign_key="instalment.id", primary_key=True)
    step_id: int = Field(foreign_key="step.id", primary_key=True)


class BudgetLine(SQLModel, table=True):
    """A line of a grant's budget: the sum of an account in a period, or in the grant's whole time.

    `period` is a step's label ("2010-Q1", "M1-M18"), a year or a month; empty for the whole time.
    """

    __tablename__ = "budget_line"
    __table_args__ = (UniqueConstraint("grant_id", "account", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    account: str
    title: str = ""  # the account's title
    period: str = ""
    amount_minor: int = Field(sa_type=BigInteger)
