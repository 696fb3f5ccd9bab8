"""The strict shape of an import file: organisations, people, meetings, grants and budgets, as YAML says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from models.errors import Unreadable
from models.intake.grants import GrantEntry
from models.intake.people import MeetingEntry, OrganisationEntry, PersonEntry
from models.intake.words import Entered
from models.reading.date import read_period
from models.reading.fields import Strict, first_repeated
from models.reading.line import Line, OptionalLine, Reference
from models.reading.number import Sum


def _period(value: object) -> str:
    return read_period(value)


class BudgetEntry(Strict):
    """A line of a grant's budget."""

    reference: Reference = Field(description="the grant's own reference")
    account: Line = Field(description="the account, as the ledger names it")
    title: OptionalLine = Field(default="", description="what the account is called")
    period: Annotated[
        str, BeforeValidator(_period), WithJsonSchema({"type": ["string", "integer"], "title": "a period"})
    ] = Field(
        default="",
        description="the part of the grant's time: 2010, 2010-Q1, 2010-03 or M1-M18; without it all of it",
    )
    amount: Sum = Field(description="the sum that is planned")


class ImportFile(Strict):
    """People, grants, meetings and budgets; `script` is for `grants replay` and is not imported."""

    organisations: tuple[OrganisationEntry, ...] = Field(
        default=(), description="funders, recipients and committees"
    )
    people: tuple[PersonEntry, ...] = Field(default=(), description="who has to do with the grants")
    meetings: tuple[MeetingEntry, ...] = Field(default=(), description="meetings of committees")
    grants: tuple[GrantEntry, ...] = Field(default=(), description="the grants")
    budgets: tuple[BudgetEntry, ...] = Field(
        default=(), description="what the grants' money is planned for, by account and period"
    )
    script: tuple[Mapping[str, object], ...] = Field(
        default=(), description="what people do in a replay; not imported"
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for kind, keys in (
            (Entered.ORGANISATION(), [one.key for one in self.organisations]),
            (Entered.PERSON(), [one.email for one in self.people]),
            (Entered.GRANT(), [one.reference for one in self.grants]),
        ):
            if (key := first_repeated(keys)) is not None:
                raise Unreadable(Entered.STANDS_TWICE(kind=kind, key=key))
        return self
