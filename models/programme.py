"""The strict shape of a programme file: a funder's rules, as deployments/programmes/*.yaml says them."""

from __future__ import annotations

import re
from typing import Literal, Self

import holidays
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from models.due_rule import DueRule
from models.field_types import Currency, DateName, IsoDate, Key, QuestionKey, RungTarget, Share, Strict
from models.period_rule import PeriodRule
from models.suggestions import did_you_mean
from models.vocabulary import Phase, Role, StepKind
from models.written_numbers import shown


class Words(Strict):
    """A text in both languages."""

    sv: str = Field(min_length=1)
    en: str = Field(min_length=1)


class NamedDate(Strict):
    """A date that the grant or a decision must give, by name."""

    title: Words
    given_by: Literal["grant", "decision"]
    required: bool = True

# Beside a number's parts: the answer to why they do not add up to it, as `persons.why`.
WHY = "why"


class Option(Strict):
    """One of the answers of a choice, or one of the parts that a number is broken down into."""

    key: QuestionKey
    title: Words


class Question(Strict):
    """A question that a step's owner answers.

    `parts` break a number or a sum down: each is answered beside the whole, as `persons.under_18`.
    """

    key: QuestionKey
    title: Words
    kind: Literal["number", "money", "text", "date", "yes_no", "choice"] = "number"
    required: bool = True
    column: str | None = None  # the column of the programme's CSV source that fills it
    options: tuple[Option, ...] = ()
    parts: tuple[Option, ...] = ()

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            mend = "add 'options'" if not self.options else "take 'options' out, or say kind: choice"
            raise ValueError(f"a choice, and nothing else, has options: {mend}")
        if self.parts and self.kind not in ("number", "money"):
            raise ValueError(f"only a number or a sum of money has parts, not kind: {self.kind}")
        for name, listed in (("options", self.options), ("parts", self.parts)):
            keys = [one.key for one in listed]
            if len(set(keys)) != len(keys):
                twice = next(key for key in keys if keys.count(key) > 1)
                raise ValueError(f"'{twice}' stands twice in '{name}'")
            if len(keys) == 1:
                raise ValueError(f"'{name}' has only '{keys[0]}': name at least two")
        if any(one.key == WHY for one in self.parts):
            raise ValueError(f"'{WHY}' names why the parts do not add up: call the part something else")
        return self


class CsvSource(Strict):
    """A CSV file that fills figures: one row a period, found by `period_column`."""

    kind: Literal["csv"] = "csv"
    period_column: str = "period"
    delimiter: str = Field(default=";", min_length=1, max_length=1)


class StepRule(Strict):
    """A step as the programme describes it; `each` makes one a period."""

    key: Key
    phase: Phase
    kind: StepKind
    title: Words
    todo: Words  # what the owner does, as one sentence to them
    owner: Role = Role.COORDINATOR
    with_funder: bool = False
    each: Key | None = None
    fold_last_into: Key | None = None
    skip_last: bool = False
    due: DueRule
    opens: DueRule | None = None
    needs: tuple[Key, ...] = ()  # steps that must be settled before this one can be answered
    approves: Key | None = None  # the step that an approval is about
    instalment: int | None = Field(default=None, ge=1)
    ladder: Key = "default"
    questions: tuple[Question, ...] = ()
    settled_by_decision: bool = False  # recording the award settles it

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind is StepKind.APPROVAL) != (self.approves is not None):
            mend = "add 'approves'" if self.approves is None else "take 'approves' out, or say kind: approval"
            raise ValueError(f"an approval, and nothing else, says which step it approves: {mend}")
        if (self.kind in (StepKind.CLAIM, StepKind.PAYMENT)) != (self.instalment is not None):
            mend = "add 'instalment'" if self.instalment is None else "take 'instalment' out"
            raise ValueError(f"a claim or a payment, and nothing else, says of which instalment: {mend}")
        if (self.fold_last_into or self.skip_last) and not self.each:
            raise ValueError(f"'{'fold_last_into' if self.fold_last_into else 'skip_last'}' goes with 'each'")
        if self.fold_last_into and self.skip_last:
            raise ValueError("the last period is folded or skipped: take out fold_last_into or skip_last")
        if self.kind is StepKind.RECOVERY:
            raise ValueError("a recovery step is opened by a withdrawn approval, not by a programme")
        return self


class RungRule(Strict):
    """A rung: `days` (negative before the due date, 0 on it) or `working_days`, and whom to tell."""

    days: int | None = Field(default=None, ge=-3_660, le=3_660)
    working_days: int | None = Field(default=None, ge=-2_610, le=2_610)
    to: tuple[RungTarget, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if (self.days is None) == (self.working_days is None):
            raise ValueError("a rung needs exactly one of days, working_days")
        if len(set(self.to)) != len(self.to):
            twice = next(one for one in self.to if self.to.count(one) > 1)
            raise ValueError(f"'{twice}' stands twice in 'to'")
        if self.shift <= 0 and self.to != ("owner",):
            raise ValueError("a rung up to the due date tells the owner alone")
        return self

    @property
    def shift(self) -> int:
        """The distance from the due date, in the rung's unit."""
        return self.days if self.days is not None else self.working_days or 0

    @property
    def unit(self) -> str:
        """Either 'days' or 'working_days'."""
        return "days" if self.days is not None else "working_days"

    @property
    def key(self) -> str:
        """A name that says when, such as '30-days-before' or '1-working-day-after'."""
        if self.shift == 0:
            return "on-the-day"
        noun = "day" if self.unit == "days" else "working-day"
        plural = "" if abs(self.shift) == 1 else "s"
        return f"{abs(self.shift)}-{noun}{plural}-{'before' if self.shift < 0 else 'after'}"


class InstalmentRule(Strict):
    """A part of the award; `needs` are the approvals without which it is withheld."""

    number: int = Field(ge=1)
    share: Share
    needs: tuple[Key, ...] = ()


class CalendarRule(Strict):
    """Whose working days count."""

    country: str
    subdivision: str | None = None
    extra_holidays: tuple[IsoDate, ...] = ()
    not_holidays: tuple[IsoDate, ...] = ()

    @model_validator(mode="after")
    def _has_holidays(self) -> Self:
        try:
            if not re.fullmatch("[A-Z]{2}", self.country):
                raise NotImplementedError
            country = holidays.country_holidays(self.country)
        except NotImplementedError:
            wanted = "there is no calendar of '{}': write a country's two letters, as SE"
            raise ValueError(wanted.format(shown(self.country))) from None
        if self.subdivision is not None and self.subdivision not in country.subdivisions:
            near = did_you_mean(self.subdivision, country.subdivisions)
            raise ValueError(f"'{shown(self.subdivision)}' is no part of {self.country}{near}")
        return self


class Programme(Strict):
    """A funder's rules for one kind of grant."""

    programme: Key
    title: Words
    source: str = Field(min_length=1)
    currency: Currency
    calendar: CalendarRule
    calendars: dict[Key, CalendarRule] = {}
    fiscal_year_starts: int = Field(default=1, ge=1, le=12)
    dates: dict[DateName, NamedDate] = {}
    periods: dict[Key, PeriodRule] = {}
    ladders: dict[Key, tuple[RungRule, ...]]
    steps: tuple[StepRule, ...] = Field(min_length=1)
    instalments: tuple[InstalmentRule, ...] = Field(min_length=1)
    figures: CsvSource | None = None
    mend_working_days: int = Field(default=5, ge=1)  # what a returned report is given

    def step(self, key: str) -> StepRule:
        """Return the step rule with that key; KeyError if there is none."""
        for rule in self.steps:
            if rule.key == key:
                return rule
        raise KeyError(key)

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        from models.programme_checks import find_problems

        problem = next(find_problems(self), None)
        if problem is not None:
            facts = {"sentence": problem.sentence, "place": problem.place}
            raise PydanticCustomError("does_not_hold", "{sentence}", facts)
        return self
