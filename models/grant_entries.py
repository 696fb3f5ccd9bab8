"""The strict shape of an import file's grants: their dates, decisions, money and history."""

from __future__ import annotations

from typing import Any, Self

from pydantic import AwareDatetime, Field, model_validator

from models.errors import Unreadable
from models.field_types import DateName, IsoDate, Key, Strict, first_repeated
from models.sentence import Sentence
from models.step_entries import ExtensionEntry, FigureEntry, ReadingEntry, SaidEntry, StepEntry, ToldEntry
from models.vocabulary import DecisionKind, Role
from models.written_lines import Email, FreeLine, FreeText, Line, Reference
from models.written_sums import Sum


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
    recorded_by: Email | None = Field(default=None, description="the address of who recorded it")
    recorded_at: AwareDatetime | None = Field(
        default=None, description="the moment at which it was recorded, where that is known"
    )

    @model_validator(mode="after")
    def _one_sum(self) -> Self:
        if self.amount is not None and self.total is not None:
            raise Unreadable("a decision says its 'amount' or the 'total' so far, not both")
        if self.kind is DecisionKind.REFUSAL and (self.amount or self.total) is not None:
            raise Unreadable("a refusal gives no sum: take out its 'amount' or 'total'")
        return self


class PartPaymentEntry(Strict):
    """A payment of a part of an instalment, before the last one."""

    part_paid_on: IsoDate = Field(description="the day on which it came")
    part_paid: Sum = Field(description="what came on that day")
    part_paid_by: Email | None = Field(default=None, description="the address of who recorded that it came")


class InstalmentEntry(Strict):
    """How far an instalment had come when the grant was imported."""

    amount: Sum | None = Field(
        default=None, description="what was claimed, where the programme leaves it to the claim"
    )
    requested_by: Email | None = Field(default=None, description="the address of who asked for the release")
    requested_on: IsoDate | None = Field(default=None, description="the day on which it was asked for")
    confirmed_by: Email | None = Field(default=None, description="the address of who confirmed it")
    released_on: IsoDate | None = Field(default=None, description="the day of the release")
    released_amount: Sum | None = Field(
        default=None, description="the sum that left, which later decisions do not change"
    )
    claimed_on: IsoDate | None = Field(default=None, description="the day on which it was claimed")
    claimed_by: Email | None = Field(default=None, description="the address of who claimed it")
    paid_on: IsoDate | None = Field(
        default=None, description="the day on which the money, or the last of it, came"
    )
    paid_amount: Sum | None = Field(default=None, description="what came in all, where it was not all of it")
    paid_by: Email | None = Field(default=None, description="the address of who recorded that it came")
    no_more_why: FreeLine | None = Field(
        default=None,
        description="why no more comes, where less came than it was; without it the rest is waited for",
    )
    no_more_on: IsoDate | None = Field(
        default=None, description="the day on which that was recorded; without it the day of the last payment"
    )
    no_more_by: Email | None = Field(default=None, description="the address of who recorded that")
    paid_before: tuple[PartPaymentEntry, ...] = Field(
        default=(), description="what came before that, where it came in several payments"
    )

    @model_validator(mode="after")
    def _paid_on_a_day(self) -> Self:
        for name in (Sentence("paid_amount"), Sentence("paid_before"), Sentence("no_more_why")):
            if getattr(self, str(name)) and self.paid_on is None:
                raise Unreadable("'%(name)s' needs the day of the last payment: say 'paid_on'", name=name)
        if self.no_more_why is not None and self.paid_amount is None:
            raise Unreadable("'no_more_why' needs what came: say 'paid_amount'")
        for name in (Sentence("no_more_on"), Sentence("no_more_by")):
            if getattr(self, str(name)) is not None and self.no_more_why is None:
                raise Unreadable("'%(name)s' goes with 'no_more_why'", name=name)
        return self


class GrantEntry(Strict):
    """A grant, who is what to it, its decisions and what had been done when it was imported."""

    reference: Reference = Field(description="the grant's own reference, as commands say it")
    funder_reference: Line | None = Field(default=None, description="the funder's reference")
    title: Line = Field(description="what people call the grant")
    programme: str = Field(description="the programme's name, or the path of its file")
    programme_version: str | None = Field(
        default=None,
        description="the hash of the programme as it was where the grant comes from; another one here is said",
    )
    funder: Key = Field(description="the key of the organisation that gives")
    recipient: Key = Field(description="the key of the organisation that receives")
    period_start_on: IsoDate | None = Field(default=None, description="the first day of the grant")
    period_end_on: IsoDate | None = Field(default=None, description="the last day of the grant")
    applied_for: Sum | None = Field(default=None, description="the sum applied for")
    dates: dict[DateName, DateEntry] = Field(
        default={}, description="the days that the grant gives, by the programme's names"
    )
    roles: dict[Role, Email] = Field(
        description="who is what to the grant, by address; the coordinator is needed"
    )
    opened_on: IsoDate | None = Field(
        default=None, description="since when the grant is kept here; without it the day of the import"
    )
    figures_file: str | None = Field(
        default=None, description="the CSV file with its figures, beside this file"
    )
    decisions: tuple[DecisionEntry, ...] = Field(default=(), description="what the funder has decided so far")
    done: dict[str, IsoDate] = Field(
        default={}, description="what was done before the import: the step's key and the day"
    )
    answers: dict[str, dict[str, Any]] = Field(
        default={},
        description="what the steps in `done` were answered with: answers by question, by step's key",
    )
    earlier: dict[str, dict[int, dict[str, Any]]] = Field(
        default={},
        description="what steps were answered with before they were answered again: by step's key, and by which"
        " of its times that it was said to be done (1 is the first)",
    )
    steps: dict[str, StepEntry] = Field(
        default={}, description="steps that somebody was given by name, and recoveries, by step's key"
    )
    said: tuple[SaidEntry, ...] = Field(
        default=(), description="what people said about the steps before the import, in its order"
    )
    told: tuple[ToldEntry, ...] = Field(
        default=(), description="whom letters told of the steps before the import: nobody is told of it again"
    )
    figures: tuple[FigureEntry, ...] = Field(
        default=(), description="figures that were gathered before the import, with their sources"
    )
    extensions: dict[str, ExtensionEntry] = Field(
        default={}, description="due dates that were moved before the import, by step's key"
    )
    readings: dict[str, ReadingEntry] = Field(
        default={},
        description="days that were confirmed where a rule can be read in several ways, by step's key",
    )
    instalments: dict[int, InstalmentEntry] = Field(
        default={}, description="how far instalments had come, by number"
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if Role.COORDINATOR not in self.roles:
            raise Unreadable("the grant has no coordinator: add one to its 'roles'")
        start, end = self.period_start_on, self.period_end_on
        if (start is None) != (end is None):
            raise Unreadable("a period needs both its first and its last day")
        if start and end and start > end:
            raise Unreadable("the period ends (%(end)s) before it begins (%(start)s)", end=end, start=start)
        if (decision := first_repeated((one.kind, one.decided_on) for one in self.decisions)) is not None:
            kind, day = decision
            raise Unreadable("two decisions are the %(kind)s of %(day)s: make them one", kind=kind, day=day)
        if (
            figure := first_repeated((one.question, one.step, one.source) for one in self.figures)
        ) is not None:
            question, step, source = figure
            raise Unreadable(
                "two figures are for '%(question)s' of %(step)s from '%(source)s': keep one",
                question=question,
                step=step,
                source=source,
            )
        told = first_repeated((one.person, one.step, one.due_on, one.rung) for one in self.told)
        if told is not None:
            person, step, due_on, rung = told
            raise Unreadable(
                "told twice is %(person)s of %(step)s due %(due_on)s (%(rung)s): keep one",
                person=person,
                step=step,
                due_on=due_on,
                rung=rung,
            )
        return self
