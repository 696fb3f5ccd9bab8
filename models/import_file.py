"""The strict shape of an import file: organisations, people, meetings and grants, as YAML says them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from babel.numbers import get_currency_precision
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema, model_validator

from models.field_types import DateName, IsoDate, Key, Strict
from models.vocabulary import AnswerKind, DecisionKind, MeetingKind, Role
from models.written_numbers import is_visible, read_number, shown
from models.written_periods import read_period

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Printable ASCII without what an address list, a quoted name or an encoded-word is made of; dots stand alone and
# between other characters, or no letter to the address could be printed.
_EMAIL = re.compile(
    rf"(?!.*=\?)(?!\.)(?!.*\.\.)(?!.*\.@)[!#-'*+\-/-9=?A-Z^-~.]{{1,64}}@{_LABEL}(?:\.{_LABEL})+\Z"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}\Z")


def clean_email(value: str) -> str:
    """Return an address as it is stored and compared; ValueError if it is not one."""
    email = value.strip().lower()
    if not value.isascii() or len(email) > 254 or not _EMAIL.match(email):
        raise ValueError(f"'{shown(value, 80)}' is not an email address")
    return email


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("line breaks and control characters are not allowed here")
    return value


def _filled(value: str) -> str:
    if not is_visible(value):
        raise ValueError("is empty")
    return value


def _reference(value: str) -> str:
    if not _REFERENCE.match(value):
        rule = "begin with a letter or digit, then letters, digits and . _ / - only"
        raise ValueError(f"'{shown(value)}' is not a reference: {rule}, 64 characters at most")
    return value


def _text(value: object) -> object:
    # YAML reads 500000 as a number; it is meant as what was written.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


LIKE_A_SUM = ": write it as 500000"


def _sum(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"'{shown(value)}' is not a sum of money{LIKE_A_SUM}")
    return str(value)


Email = Annotated[str, AfterValidator(clean_email)]
_NUMBER_TOO = WithJsonSchema({"type": ["string", "integer"], "title": "a text, or a whole number"})
OptionalLine = Annotated[str, BeforeValidator(_text), AfterValidator(_line), _NUMBER_TOO]
Line = Annotated[OptionalLine, AfterValidator(_filled)]
Reference = Annotated[str, BeforeValidator(_text), AfterValidator(_reference), _NUMBER_TOO]
# A sum as it is written; read_amount gives it its size once the currency is known.
Sum = Annotated[
    str, BeforeValidator(_sum), WithJsonSchema({"type": ["string", "integer"], "title": "a sum of money"})
]


def read_amount(value: str | int, currency: str) -> int:
    """Return a sum in minor units: "500 000", "10.000,50" or "500000.00"; ValueError if it is not one."""
    text = re.sub(r"\s+", " ", str(value)).strip()
    text = re.sub(rf"^{currency}\b|(?:\b|(?<=[0-9]))(?:{currency}|kr)$", "", text, flags=re.IGNORECASE)
    precision = get_currency_precision(currency)
    try:
        return int(read_number(text, precision).scaleb(precision))
    except ValueError as error:
        if "not a number" in str(error):
            raise ValueError(f"'{shown(value)}' is not a sum of money{LIKE_A_SUM}") from error
        raise ValueError(f"{error} (a sum in {currency})") from error


def minor_units(value: str | int | None, currency: str) -> int | None:
    """Return a sum as a file writes it in minor units, or None where it writes none."""
    return None if value is None else read_amount(value, currency)


def _twice(values: Iterable[object]) -> object | None:
    """Return the first value that comes twice, or None."""
    return next((value for value, count in Counter(values).items() if count > 1), None)


class NameEntry(Strict):
    """An organisation's name from a date on."""

    name: Line = Field(description="the name")
    valid_from: IsoDate = Field(default=date(1900, 1, 1), description="from which day it holds")


class OrganisationEntry(Strict):
    """A funder, recipient or partner, with its names."""

    key: Key = Field(description="its name in this file, and in those that come later")
    names: tuple[NameEntry, ...] = Field(
        min_length=1, description="what it is called; a later name takes over on its day"
    )
    registration_number: OptionalLine = Field(default="", description="its registration number, for claims")
    account: OptionalLine = Field(default="", description="the account to which money is paid")

    @model_validator(mode="after")
    def _one_name_a_day(self) -> Self:
        day = _twice(name.valid_from for name in self.names)
        if day is not None:
            raise ValueError(f"two names are valid from {day}")
        return self


class AbsenceEntry(Strict):
    """A leave, both days included."""

    first: IsoDate = Field(description="the first day away")
    last: IsoDate = Field(description="the last day away")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"an absence ends ({self.last}) before it begins ({self.first})")
        return self


class PersonEntry(Strict):
    """A person: address, name, language, who is above and who stands in."""

    email: Email = Field(description="the address; a person is found by it")
    name: Line = Field(description="the person's name")
    title: OptionalLine = Field(default="", description="what the person is")
    phone: OptionalLine = Field(default="", description="the telephone number")
    language: Literal["sv", "en"] | None = Field(
        default=None, description="the language of the letters; without it GRANTS_LANGUAGE"
    )
    manager: Email | None = Field(
        default=None, description="the address of who is above, and hears of what is late"
    )
    deputy: Email | None = Field(default=None, description="the address of who stands in")
    admin: bool = Field(default=False, description="whether the person sees every grant and the letters")
    access: Literal["own", "reader", "controller"] = Field(
        default="own", description="what the person may see beyond their own grants"
    )
    departed_on: IsoDate | None = Field(default=None, description="the day on which the person left")
    bounced: Literal[False] | None = Field(default=None, description="false: letters reach the address again")
    absences: tuple[AbsenceEntry, ...] = Field(
        default=(), description="when the person is away: the deputy is told instead"
    )

    @model_validator(mode="after")
    def _one_absence_a_day(self) -> Self:
        for one, following in pairwise(sorted(self.absences, key=lambda absence: absence.first)):
            if following.first <= one.last:
                raise ValueError(f"two absences hold {following.first}: make them one")
        return self


class MeetingEntry(Strict):
    """A committee's meeting: `body` is its organisation; `choice` marks a day that is chosen, not known.

    `moved_from` is the day on which the meeting stood before it was moved to `held_on`.
    """

    body: Key = Field(description="the organisation whose meeting it is")
    held_on: IsoDate = Field(description="the day of the meeting")
    kind: MeetingKind = Field(default=MeetingKind.ORDINARY, description="an ordinary meeting or an extra one")
    agenda_on: IsoDate | None = Field(
        default=None,
        description="the day by which a matter is on the agenda; without it, as the programme's body says",
    )
    documents_on: IsoDate | None = Field(
        default=None,
        description="the day by which the documents are in; without it, as the programme's body says",
    )
    adjustment_days: int | None = Field(
        default=None,
        ge=0,
        le=60,
        description="days to the adjusted minutes; without it, as the programme's body says",
    )
    moved_from: IsoDate | None = Field(
        default=None, description="the day on which it stood before it was moved"
    )
    cancelled: bool = Field(default=False, description="whether it is not held")
    choice: bool = Field(default=False, description="whether the day is chosen, since nobody knows it")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("agenda_on", "documents_on"):
            day = getattr(self, name)
            if day is not None and day > self.held_on:
                raise ValueError(f"{name} ({day}) is after the meeting ({self.held_on})")
        return self


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
    purpose: str = Field(default="", description="what the money is for")
    conditions: str = Field(default="", description="on what conditions")
    dates: dict[DateName, IsoDate] = Field(
        default={}, description="the days that it gives, by the programme's names"
    )
    instalments: dict[int, Sum] = Field(
        default={},
        description="what it says of instalments, by their number in the programme: a sum, or a share as 60 %",
    )
    source: str = Field(default="", description="where it is written")
    recorded_by: Email | None = Field(default=None, description="the address of who recorded it")

    @model_validator(mode="after")
    def _one_sum(self) -> Self:
        if self.amount is not None and self.total is not None:
            raise ValueError("a decision says its 'amount' or the 'total' so far, not both")
        if self.kind is DecisionKind.REFUSAL and (self.amount or self.total) is not None:
            raise ValueError("a refusal gives no sum: take out its 'amount' or 'total'")
        return self


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
    paid_on: IsoDate | None = Field(default=None, description="the day on which the money came")
    paid_amount: Sum | None = Field(default=None, description="what came, where it was not all of it")
    paid_by: Email | None = Field(default=None, description="the address of who recorded that it came")

    @model_validator(mode="after")
    def _paid_on_a_day(self) -> Self:
        if self.paid_amount is not None and self.paid_on is None:
            raise ValueError("'paid_amount' needs the day on which it came: say 'paid_on'")
        return self


class ExtensionEntry(Strict):
    """A step's due date that somebody moved from where its rule puts it."""

    to: IsoDate = Field(description="the day to which it was moved")
    reason: Line = Field(description="why it was moved, and by whom")


class SaidEntry(Strict):
    """What a person said about a step before the import, as its link or `grants answer` takes it."""

    step: str = Field(description="the step's key")
    said: AnswerKind = Field(description="what was said")
    said_on: IsoDate = Field(description="the day on which it was said")
    by: Email = Field(description="the address of who said it")
    note: str = Field(default="", description="what was written beside it: why it is late, or was sent back")
    expected_on: IsoDate | None = Field(default=None, description="with not_yet: when it will be done")
    colleague: Email | None = Field(default=None, description="with not_me: the address of who took it over")
    said_at: AwareDatetime | None = Field(
        default=None, description="the moment at which it was said, where that is known"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, kind in (("expected_on", AnswerKind.NOT_YET), ("colleague", AnswerKind.NOT_ME)):
            if getattr(self, name) is not None and self.said is not kind:
                raise ValueError(f"'{name}' goes with {kind}, not with {self.said}")
        return self


class ReadingEntry(Strict):
    """A step's due date that somebody confirmed among the readings of its rule."""

    confirmed_on: IsoDate = Field(description="the due date that was confirmed")
    reason: Line = Field(description="how it is known, and by whom")


class StepEntry(Strict):
    """Whose a step is where that is another than its role says; and a recovery, which no programme gives."""

    owner: Email = Field(description="the address of whose step it is")
    since_on: IsoDate | None = Field(default=None, description="since when it is theirs")
    done_by: Email | None = Field(
        default=None,
        description="the address of who did it, where that is not its owner and nothing was said",
    )
    undecided_on: IsoDate | None = Field(
        default=None, description="with an approval: the last meeting that went by without a decision"
    )
    recovers: int | None = Field(
        default=None, description="with a recovery: the number of the instalment whose money is asked back"
    )
    opened_on: IsoDate | None = Field(
        default=None, description="with a recovery: the day on which it was opened"
    )
    reason: str = Field(default="", description="with a recovery: why the approval was taken back")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.recovers is not None and self.opened_on is None:
            raise ValueError("a recovery needs the day on which it was opened: say 'opened_on'")
        return self


class GrantEntry(Strict):
    """A grant, who is what to it, its decisions and what had been done when it was imported."""

    reference: Reference = Field(description="the grant's own reference, as commands say it")
    funder_reference: Line | None = Field(default=None, description="the funder's reference")
    title: Line = Field(description="what people call the grant")
    programme: str = Field(description="the programme's name, or the path of its file")
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
            raise ValueError("the grant has no coordinator: add one to its 'roles'")
        start, end = self.period_start_on, self.period_end_on
        if (start is None) != (end is None):
            raise ValueError("a period needs both its first and its last day")
        if start and end and start > end:
            raise ValueError(f"the period ends ({end}) before it begins ({start})")
        twice = _twice(f"{one.kind} of {one.decided_on}" for one in self.decisions)
        if twice is not None:
            raise ValueError(f"two decisions are the {twice}: make them one")
        return self


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
    script: tuple[Mapping[str, Any], ...] = Field(
        default=(), description="what people do in a replay; not imported"
    )
