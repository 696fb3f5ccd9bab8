"""The strict shape of an import file: organisations, people, meetings, grants and budgets, as YAML says them."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from models.errors import Unreadable
from models.intake.headings import Entered
from models.languages import Language
from models.reading.account import AccountLine
from models.reading.address import Email, OptionalEmail
from models.reading.date import read_period
from models.reading.fields import DateName, Day, FileInFigures, Key, Strict, first_repeated
from models.reading.line import FreeText, Line, OptionalLine
from models.reading.number import Sum, Whole
from models.reading.reference import Reference
from models.vocabulary import MOST_MINUTES_DAYS, DecisionKind, MeetingKind, Role

ALWAYS = date(1900, 1, 1)  # what holds from this day on holds since ever


class NameEntry(Strict):
    """An organisation's name from a date on."""

    name: Line
    valid_from: Day = ALWAYS


class OrganisationEntry(Strict):
    """A funder, recipient or partner, with its names."""

    key: Key  # its name in this file, and in those that come later
    names: tuple[NameEntry, ...] = Field(min_length=1)  # a later name takes over on its day
    short_name: OptionalLine = ""  # what letters call it
    registration_number: OptionalLine = ""
    account: AccountLine = ""
    administration: OptionalLine = ""  # the administration that its memos are from
    department: OptionalLine = ""  # the department that prepares them
    unit: OptionalLine = ""  # the unit that does the work

    @model_validator(mode="after")
    def _one_name_a_day(self) -> Self:
        day = first_repeated(name.valid_from for name in self.names)
        if day is not None:
            raise Unreadable(Entered.TWICE_OF_A_DAY(day=day))
        return self


class AbsenceEntry(Strict):
    """A leave, both days included."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise Unreadable(Entered.ENDS_FIRST(last=self.last, first=self.first), place=("last",))
        return self


class PersonEntry(Strict):
    """A person: address, name, language, who is above and who stands in."""

    email: Email
    name: Line | None = None
    title: OptionalLine = ""
    phone: OptionalLine = ""
    department: OptionalLine = ""
    language: Language | None = None  # the language of the letters; without it GRANTS_LANGUAGE
    manager: Email | None = None  # the address of who is above, and hears of what is late
    deputy: Email | None = None
    admin: bool = False  # whether the person sees every grant and the letters
    access: Literal["own", "reader", "controller"] = "own"  # what the person may see beyond their own grants
    departed_on: Day | None = None
    bounced: bool | None = None  # false: letters reach the address again
    absences: tuple[AbsenceEntry, ...] = ()  # when the person is away: the deputy is told instead

    @field_validator("absences", mode="before")
    @classmethod
    def _one_alone(cls, value: object) -> object:
        # A list of people has room for one in a row.
        return [value] if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_absence_a_day(self) -> Self:
        for absence, following in pairwise(sorted(self.absences, key=lambda absence: absence.first)):
            if following.first <= absence.last:
                raise Unreadable(Entered.TWICE_OF_A_DAY(day=following.first))
        return self


class MeetingEntry(Strict):
    """A committee's meeting: `body` is its organisation; `choice` marks a day that is chosen, not known.

    `moved_from` is the day on which the meeting stood before it was moved to `held_on`.
    """

    body: Key
    held_on: Day
    kind: MeetingKind = MeetingKind.ORDINARY
    # Without one, as the programme's body says.
    agenda_on: Day | None = None
    documents_on: Day | None = None
    minutes_days: Whole | None = Field(default=None, ge=0, le=MOST_MINUTES_DAYS)
    moved_from: Day | None = None  # the day on which it stood before it was moved
    cancelled: bool = False
    choice: bool = False  # whether the day is chosen, since nobody knows it

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("agenda_on", "documents_on"):
            day = getattr(self, name)
            if day is not None and day > self.held_on:
                fault = Entered.AFTER_THE_MEETING(name=name, day=day, held_on=self.held_on)
                raise Unreadable(fault, place=(name,))
        return self


class DateEntry(Strict):
    """A named date of a grant, with its source; `choice` marks one that nobody knows."""

    on: Day
    source: str = ""  # where it is written
    choice: bool = False  # whether it is chosen, since nobody knows it


class DecisionEntry(Strict):
    """A funder's decision: what it adds (`amount`), or the award so far (`total`)."""

    kind: DecisionKind = DecisionKind.AWARD
    decided_on: Day
    amount: Sum | None = None  # the sum that it adds
    total: Sum | None = None  # the award so far, in place of amount
    purpose: FreeText = ""
    conditions: FreeText = ""
    dates: dict[DateName, Day] = {}  # the days that it gives, by the programme's names
    instalments: dict[int, Sum] = {}  # by their number in the programme: a sum, or a share as 60 %
    source: FreeText = ""  # where it is written

    @model_validator(mode="after")
    def _one_sum(self) -> Self:
        if self.amount is not None and self.total is not None:
            raise Unreadable(Entered.AMOUNT_OR_TOTAL())
        if self.kind is DecisionKind.REFUSAL and (self.amount or self.total) is not None:
            raise Unreadable(Entered.REFUSAL_WITH_SUM())
        return self


class InstalmentEntry(Strict):
    """How far an instalment had come when the grant was imported: what was claimed and paid of it."""

    claimed_on: Day | None = None  # the day on which it was claimed; without it the day of the payment
    paid_on: Day | None = None
    paid_amount: Sum | None = None  # what came, where it was not all of it
    # If an instalment waits for an approval: who asked for its release, and who else confirmed it.
    requested_by: Email | None = None
    confirmed_by: Email | None = None

    @model_validator(mode="after")
    def _paid_on_a_day(self) -> Self:
        if self.paid_amount is not None and self.paid_on is None:
            raise Unreadable(Entered.PAYMENT_WITHOUT_DAY())
        if self.claimed_on is not None and self.paid_on is not None and self.claimed_on > self.paid_on:
            raise Unreadable(Entered.PAID_BEFORE_CLAIM(paid=self.paid_on, claimed=self.claimed_on))
        return self


class GrantEntry(Strict):
    """A grant, who has which part in it, its decisions, and what was done before it was imported.

    An entry of a grant that is here already may leave anything out; a new grant needs a title, a
    programme, a funder, a recipient and a coordinator.
    """

    reference: Reference  # the grant's own reference, as commands say it
    funder_reference: Line | None = None
    title: Line | None = None  # what people call the grant; needed of a new one
    contact_name: OptionalLine = ""  # the funder's officer, whom letters say to ring
    contact_phone: OptionalLine = ""
    contact_email: OptionalEmail = ""
    project: OptionalLine = ""  # its number in the ledger; several with commas between
    matter: Line | None = None  # what its work is called to the committee, where that is not the title
    programme: str | None = None  # the programme's name, as its file is called; needed of a new grant
    funder: Key | None = None  # the key of the organisation that gives; needed of a new grant
    recipient: Key | None = None  # the key of the organisation that receives; needed of a new grant
    period_start_on: Day | None = None
    period_end_on: Day | None = None
    applied_for: Sum | None = None
    dates: dict[DateName, DateEntry] = {}  # the days that the grant gives, by the programme's names
    roles: dict[Role, Email] = {}  # who is what to the grant, by address; a new one needs its coordinator
    figures_file: FileInFigures | None = None  # the CSV file with its figures, in GRANTS_HOME/figures
    decisions: tuple[DecisionEntry, ...] = ()
    done: dict[str, Day] = {}  # what was done before the import: the step's key and the day
    # The sum of all payments so far, if nobody says for which instalments.
    paid: Sum | None = None
    paid_on: Day | None = None  # the day of the last of them; without it that of the import
    instalments: dict[int, InstalmentEntry] = {}  # how far instalments had come, by number

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        start = self.period_start_on
        end = self.period_end_on
        if (start is None) != (end is None):
            raise Unreadable(Entered.HALF_A_PERIOD())
        if start and end and start > end:
            raise Unreadable(Entered.ENDS_FIRST(last=end, first=start), place=("period_end_on",))
        if self.paid is not None and any(instalment.paid_on for instalment in self.instalments.values()):
            raise Unreadable(Entered.PAID_TWICE_SAID(), place=("paid",))
        twice = first_repeated((decision.kind, decision.decided_on) for decision in self.decisions)
        if twice is not None:
            raise Unreadable(Entered.TWICE_OF_A_DAY(day=twice[1]))
        return self


class BudgetEntry(Strict):
    """A line of a grant's budget."""

    reference: Reference
    account: Line  # the account, as the ledger names it
    title: OptionalLine = ""  # what the account is called
    period: Annotated[str, BeforeValidator(read_period)] = ""  # 2010, 2010-Q1, 2010-03 or M1-M18; or all
    amount: Sum


class ImportFile(Strict):
    """People, grants, meetings and budgets; `script` is for `grants replay` and is not imported."""

    organisations: tuple[OrganisationEntry, ...] = ()  # funders, recipients and committees
    people: tuple[PersonEntry, ...] = ()
    meetings: tuple[MeetingEntry, ...] = ()
    grants: tuple[GrantEntry, ...] = ()
    budgets: tuple[BudgetEntry, ...] = ()  # what the grants' money is planned for, by account and period
    script: tuple[Mapping[str, object], ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for kind, keys in (
            (Entered.ORGANISATION(), [organisation.key for organisation in self.organisations]),
            (Entered.PERSON(), [person.email for person in self.people]),
            (Entered.GRANT(), [grant.reference for grant in self.grants]),
        ):
            if (key := first_repeated(keys)) is not None:
                raise Unreadable(Entered.STANDS_TWICE(kind=kind, key=key))
        return self
