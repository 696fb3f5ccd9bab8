"""What a grant's money is planned for, by account and period."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

import models.tables.columns  # noqa: F401  # names the constraints, as in every table


class BudgetLine(SQLModel, table=True):
    """A line of a grant's budget: so much of an account in a period, or in all of the grant's time where it is empty.

    `period` is a step's period as it is called ("2010-Q1", "M1-M18"), a year or a month.
    """

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("grant_id", "account", "period"),
        CheckConstraint("amount_minor >= 0", name="amount_positive"),
    )

    id: int | None = Field(default=None, primary_key=True)
    grant_id: int = Field(foreign_key="grant.id")
    account: str
    title: str = ""  # the account's, in words
    period: str = ""
    amount_minor: int = Field(sa_type=BigInteger)
