"""The strict shape of an import file's organisations, people and meetings."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from models.errors import Unreadable
from models.intake.words import Entered
from models.languages import Language
from models.reading.account import AccountLine
from models.reading.fields import IsoDate, Key, Strict, first_repeated
from models.reading.line import Email, Line, OptionalLine
from models.vocabulary import MeetingKind

ALWAYS = date(1900, 1, 1)  # what holds from this day on holds since ever


class NameEntry(Strict):
    """An organisation's name from a date on."""

    name: Line = Field(description="the name")
    valid_from: IsoDate = Field(default=ALWAYS, description="from which day it holds")


class OrganisationEntry(Strict):
    """A funder, recipient or partner, with its names."""

    key: Key = Field(description="its name in this file, and in those that come later")
    names: tuple[NameEntry, ...] = Field(
        min_length=1, description="what it is called; a later name takes over on its day"
    )
    registration_number: OptionalLine = Field(default="", description="its registration number, for claims")
    account: AccountLine = Field(
        default="",
        description="the account to which money is paid: bankgiro, plusgiro, IBAN, or clearing and account number",
    )
    administration: OptionalLine = Field(default="", description="the administration that its memos are from")
    department: OptionalLine = Field(default="", description="the department that prepares them")
    unit: OptionalLine = Field(default="", description="the unit that does the work")

    @model_validator(mode="after")
    def _one_name_a_day(self) -> Self:
        day = first_repeated(name.valid_from for name in self.names)
        if day is not None:
            raise Unreadable(Entered.TWO_NAMES(day=day))
        return self


class AbsenceEntry(Strict):
    """A leave, both days included."""

    first: IsoDate = Field(description="the first day away")
    last: IsoDate = Field(description="the last day away")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise Unreadable(Entered.ABSENCE_ENDS_FIRST(last=self.last, first=self.first), place=("last",))
        return self


class PersonEntry(Strict):
    """A person: address, name, language, who is above and who stands in."""

    email: Email = Field(description="the address; a person is found by it")
    name: Line | None = Field(default=None, description="the person's name; needed of a new person")
    title: OptionalLine = Field(default="", description="what the person is")
    phone: OptionalLine = Field(default="", description="the telephone number")
    department: OptionalLine = Field(default="", description="the department or unit that the person is of")
    language: Language | None = Field(
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
    bounced: bool | None = Field(default=None, description="false: letters reach the address again")
    absences: tuple[AbsenceEntry, ...] = Field(
        default=(), description="when the person is away: the deputy is told instead"
    )

    @field_validator("absences", mode="before")
    @classmethod
    def _one_alone(cls, value: object) -> object:
        # A list of people has room for one in a row.
        return [value] if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_absence_a_day(self) -> Self:
        for one, following in pairwise(sorted(self.absences, key=lambda absence: absence.first)):
            if following.first <= one.last:
                raise Unreadable(Entered.TWO_ABSENCES(day=following.first))
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
        for name in (Entered.AGENDA_ON(), Entered.DOCUMENTS_ON()):
            day = getattr(self, str(name))
            if day is not None and day > self.held_on:
                raise Unreadable(
                    Entered.AFTER_THE_MEETING(name=name, day=day, held_on=self.held_on), place=(str(name),)
                )
        return self
