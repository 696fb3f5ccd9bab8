"""The strict shape of an import file's grants: their dates, decisions, what was done and what was paid."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from models.errors import Unreadable
from models.intake.words import Entered
from models.reading.fields import DateName, FileInFigures, IsoDate, Key, Strict, first_repeated
from models.reading.line import Email, FreeText, Line, Reference
from models.reading.number import Sum
from models.vocabulary import DecisionKind, Role


class DateEntry(Strict):
    """A named date of a grant, with its source; `choice` marks one that nobody knows."""

    on: IsoDate = Field(description="the day")
    source: str = Field(default="", description="where it is written")
    choice: bool = Field(default=False, description="whether it is chosen, since nobody knows it")


class DecisionEntry(Strict):
    """A funder's decision: what it adds (`amount`), or the award so far (`total`)."""

    kind: DecisionKind = Field(default=DecisionKind.AWARD, description="what the decision does")
    decided_on: IsoDate = Field(description="the day of the decision")
    amount: Sum | None = Field(default=None, description="the sum that it adds")
    total: Sum | None = Field(default=None, description="the award so far, in place of amount")
    purpose: FreeText = Field(default="", description="what the money is for")
    conditions: FreeText = Field(default="", description="on what conditions")
    dates: dict[DateName, IsoDate] = Field(
        default={}, description="the days that it gives, by the programme's names"
    )
    instalments: dict[int, Sum] = Field(
        default={},
        description="what it says of instalments, by their number in the programme: a sum, or a share as 60 %",
    )
    source: FreeText = Field(default="", description="where it is written")

    @model_validator(mode="after")
    def _one_sum(self) -> Self:
        if self.amount is not None and self.total is not None:
            raise Unreadable(Entered.AMOUNT_OR_TOTAL())
        if self.kind is DecisionKind.REFUSAL and (self.amount or self.total) is not None:
            raise Unreadable(Entered.REFUSAL_WITH_SUM())
        return self


class InstalmentEntry(Strict):
    """How far an instalment had come when the grant was imported: what was claimed and paid of it."""

    claimed_on: IsoDate | None = Field(
        default=None, description="the day on which it was claimed; without it the day of the payment"
    )
    paid_on: IsoDate | None = Field(default=None, description="the day on which the money came")
    paid_amount: Sum | None = Field(default=None, description="what came, where it was not all of it")
    requested_by: Email | None = Field(
        default=None,
        description="of an instalment that waits for an approval: the address of who asked for its release",
    )
    confirmed_by: Email | None = Field(
        default=None, description="and of who confirmed it, who must be somebody else"
    )

    @model_validator(mode="after")
    def _paid_on_a_day(self) -> Self:
        if self.paid_amount is not None and self.paid_on is None:
            raise Unreadable(Entered.PAYMENT_WITHOUT_DAY())
        if self.claimed_on is not None and self.paid_on is not None and self.claimed_on > self.paid_on:
            raise Unreadable(Entered.PAID_BEFORE_CLAIM(paid=self.paid_on, claimed=self.claimed_on))
        return self


class GrantEntry(Strict):
    """A grant, who is what to it, its decisions and what had been done when it was imported.

    Of a grant that is here an entry says what it likes; a new one needs a title, a programme, a funder, a recipient and
    a coordinator.
    """

    reference: Reference = Field(description="the grant's own reference, as commands say it")
    funder_reference: Line | None = Field(default=None, description="the funder's reference")
    title: Line | None = Field(default=None, description="what people call the grant; needed of a new one")
    matter: Line | None = Field(
        default=None, description="what its work is called to the committee, where that is not the title"
    )
    programme: str | None = Field(
        default=None, description="the programme's name, as its file is called; needed of a new grant"
    )
    funder: Key | None = Field(
        default=None, description="the key of the organisation that gives; needed of a new grant"
    )
    recipient: Key | None = Field(
        default=None, description="the key of the organisation that receives; needed of a new grant"
    )
    period_start_on: IsoDate | None = Field(default=None, description="the first day of the grant")
    period_end_on: IsoDate | None = Field(default=None, description="the last day of the grant")
    applied_for: Sum | None = Field(default=None, description="the sum applied for")
    dates: dict[DateName, DateEntry] = Field(
        default={}, description="the days that the grant gives, by the programme's names"
    )
    roles: dict[Role, Email] = Field(
        default={}, description="who is what to the grant, by address; a new one needs its coordinator"
    )
    figures_file: FileInFigures | None = Field(
        default=None, description="the CSV file with its figures, in GRANTS_HOME/figures"
    )
    decisions: tuple[DecisionEntry, ...] = Field(default=(), description="what the funder has decided so far")
    done: dict[str, IsoDate] = Field(
        default={}, description="what was done before the import: the step's key and the day"
    )
    instalments: dict[int, InstalmentEntry] = Field(
        default={}, description="how far instalments had come, by number"
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        start, end = self.period_start_on, self.period_end_on
        if (start is None) != (end is None):
            raise Unreadable(Entered.HALF_A_PERIOD())
        if start and end and start > end:
            raise Unreadable(Entered.PERIOD_ENDS_FIRST(end=end, start=start), place=("period_end_on",))
        if (decision := first_repeated((one.kind, one.decided_on) for one in self.decisions)) is not None:
            kind, day = decision
            raise Unreadable(Entered.DECIDED_TWICE(kind=kind, day=day))
        return self
