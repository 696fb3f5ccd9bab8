"""The strict shape of an import file: organisations, people, meetings and grants, as YAML says them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from babel.numbers import get_currency_precision
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from models.programme import DateName, IsoDate, Key, Strict
from models.vocabulary import DecisionKind, Role

_EMAIL = re.compile(
    r"[^@\s<>,;:\"()\[\]\\]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\Z"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def clean_email(value: str) -> str:
    """Return an address as it is stored and compared; ValueError if it is not one."""
    email = value.strip().lower()
    if not email.isascii() or not _EMAIL.match(email) or len(email) > 254:
        raise ValueError(f"'{value[:80]}' is not an email address")
    return email


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("line breaks and control characters are not allowed here")
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def _text(value: object) -> object:
    # YAML reads 500000 as a number and 2010/12 as text; both are meant as what was written.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Email = Annotated[str, AfterValidator(clean_email)]
Line = Annotated[str, BeforeValidator(_text), AfterValidator(_line)]
Reference = Annotated[str, BeforeValidator(_text), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]


def read_amount(value: str | int, currency: str) -> int:
    """Return a sum in minor units: "500 000", "10.000,50" or "500000.00"; ValueError if it is not one."""
    text = re.sub(r"[\s\u00a0\u202f]", "", str(value))
    text = re.sub(rf"^{currency}|(?:{currency}|kr)$", "", text, flags=re.IGNORECASE)
    if "," in text and "." in text:
        decimal = max(text.rindex(","), text.rindex("."))
        text = re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :]
    text = text.replace(",", ".")
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{value}' is not a sum of money") from error
    minor = amount.scaleb(get_currency_precision(currency))
    if not amount.is_finite() or amount < 0 or minor != minor.to_integral_value():
        raise ValueError(f"'{value}' is not a sum in {currency}")
    if minor >= 2**63:
        raise ValueError(f"'{value}' is too large a sum")
    return int(minor)


class NameEntry(Strict):
    """An organisation's name from a date on."""

    name: Line
    valid_from: IsoDate = date(1900, 1, 1)


class OrganisationEntry(Strict):
    """A funder, recipient or partner, with its names."""

    key: Key
    names: tuple[NameEntry, ...] = Field(min_length=1)


class AbsenceEntry(Strict):
    """A leave, both days included."""

    first: IsoDate
    last: IsoDate

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"an absence ends ({self.last}) before it begins ({self.first})")
        return self


class PersonEntry(Strict):
    """A person: address, name, language, who is above and who stands in."""

    email: Email
    name: Line
    title: str = ""
    language: Literal["sv", "en"] | None = None
    manager: Email | None = None
    deputy: Email | None = None
    admin: bool = False
    departed_on: IsoDate | None = None
    bounced: Literal[False] | None = None  # false: letters reach the address again
    absences: tuple[AbsenceEntry, ...] = ()


class MeetingEntry(Strict):
    """A committee's meeting; `choice` marks a day that is chosen, not known."""

    body: Key
    held_on: IsoDate
    agenda_on: IsoDate | None = None
    documents_on: IsoDate | None = None
    adjustment_days: int = Field(default=14, ge=0, le=60)
    choice: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("agenda_on", "documents_on"):
            day = getattr(self, name)
            if day is not None and day > self.held_on:
                raise ValueError(f"{name} ({day}) is after the meeting ({self.held_on})")
        return self


class DateEntry(Strict):
    """A named date of a grant, with its source; `choice` marks one that nobody knows."""

    on: IsoDate
    source: str = ""
    choice: bool = False


class DecisionEntry(Strict):
    """A funder's decision: what it adds (`amount`), or the award so far (`total`)."""

    kind: DecisionKind = DecisionKind.AWARD
    decided_on: IsoDate
    amount: str | int | None = None
    total: str | int | None = None
    purpose: str = ""
    conditions: str = ""
    dates: dict[DateName, IsoDate] = {}
    source: str = ""

    @model_validator(mode="after")
    def _one_sum(self) -> Self:
        if self.amount is not None and self.total is not None:
            raise ValueError("a decision says its 'amount' or the 'total' so far, not both")
        return self


class InstalmentEntry(Strict):
    """How far an instalment had come when the grant was imported."""

    requested_by: Email | None = None
    confirmed_by: Email | None = None
    released_on: IsoDate | None = None
    claimed_on: IsoDate | None = None
    paid_on: IsoDate | None = None


class GrantEntry(Strict):
    """A grant, who is what to it, its decisions and what had been done when it was imported."""

    reference: Reference
    funder_reference: Line | None = None
    title: Line
    programme: str
    funder: Key
    recipient: Key
    period_start_on: IsoDate | None = None
    period_end_on: IsoDate | None = None
    applied_for: str | int | None = None
    dates: dict[DateName, DateEntry] = {}
    roles: dict[Role, Email]
    figures_file: str | None = None
    decisions: tuple[DecisionEntry, ...] = ()
    done: dict[str, IsoDate] = {}
    instalments: dict[int, InstalmentEntry] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if Role.COORDINATOR not in self.roles:
            raise ValueError(f"grant {self.reference} has no coordinator")
        start, end = self.period_start_on, self.period_end_on
        if (start is None) != (end is None):
            raise ValueError(f"grant {self.reference}: a period needs both its first and its last day")
        if start and end and start > end:
            raise ValueError(f"grant {self.reference}: the period ends ({end}) before it begins ({start})")
        return self


class ImportFile(Strict):
    """People, grants and meetings; `script` is for `grants replay` and is not imported."""

    organisations: tuple[OrganisationEntry, ...] = ()
    people: tuple[PersonEntry, ...] = ()
    meetings: tuple[MeetingEntry, ...] = ()
    grants: tuple[GrantEntry, ...] = ()
    script: tuple[Mapping[str, Any], ...] = ()
