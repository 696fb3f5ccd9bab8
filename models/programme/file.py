"""The strict shape of a programme file: a funder's rules, as deployments/programmes/*.yaml says them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from models.programme.body import BodyRule
from models.programme.countries import require_holidays
from models.programme.ladder import RungRule
from models.programme.money import InstalmentRule
from models.programme.question import Question, Words
from models.programme.source import SourceRule
from models.programme.step import StepRule
from models.programme.terms import QuietRule
from models.reading.fields import (
    Country,
    Currency,
    DateName,
    Delimiter,
    IsoDate,
    Key,
    Percent,
    QuestionKey,
    Strict,
    written,
)
from models.reading.money import Sum

Year = Annotated[int, Field(ge=1900, le=2099), written("a year", "^(19|20)[0-9]{2}$")]


class NamedDate(Strict):
    """A date that the grant or a decision must give, by name."""

    model_config = ConfigDict(title="a named date")

    title: Words = Field(description="what letters call the day")
    given_by: Literal["grant", "decision"] = Field(
        description="whether the import file's `dates` say it, or a decision's"
    )
    required: bool = Field(
        default=True,
        description="whether it is missed: an import without it is refused; a decision without it is noted",
    )


class CsvSource(Strict):
    """A CSV file that fills figures: one row a period, found by `period_column`."""

    model_config = ConfigDict(title="a CSV file")

    kind: Literal["csv"] = Field(default="csv", description="what it is; nothing else is read yet")
    period_column: str = Field(default="period", description="the column that names the row's period")
    delimiter: Delimiter = Field(default=";", description="what parts the columns")


class CalendarRule(Strict):
    """Whose working days count."""

    model_config = ConfigDict(title="a calendar")

    country: Country = Field(
        description="a country's two letters: its holidays are no working days; nor is its weekend, Saturday and Sunday"
        " or as where Friday is the day of rest"
    )
    subdivision: str | None = Field(
        default=None, description="the code of a part of that country: takes that part's own holidays too"
    )
    extra_holidays: tuple[IsoDate, ...] = Field(default=(), description="further days on which nobody works")
    not_holidays: tuple[IsoDate, ...] = Field(
        default=(), description="holidays on which people work all the same"
    )

    @model_validator(mode="after")
    def _has_holidays(self) -> Self:
        require_holidays(self.country, self.subdivision)
        return self


class Programme(Strict):
    """A funder's rules for one kind of grant."""

    model_config = ConfigDict(title="a programme")

    extends: Key | None = Field(
        default=None,
        exclude=True,  # what the other file said is in the other keys
        description="a programme in the same folder whose keys hold here too, save those that this file says",
    )
    programme: Key = Field(
        description="the programme's name, as grants say it: the file's name without `.yaml`"
    )
    title: Words = Field(description="what people call it")
    source: str = Field(min_length=1, description="where the rules are written")
    currency: Currency = Field(description="what all sums are in")
    calendar: CalendarRule = Field(description="whose working days count")
    dates: dict[DateName, NamedDate] = Field(default={}, description="days that a grant or a decision gives")
    bodies: dict[Key, BodyRule] = Field(
        default={}, description="committees and others that take approvals at meetings, for steps with `body`"
    )
    amounts: dict[QuestionKey, dict[Year, Sum]] = Field(
        default={},
        description="sums that another publishes for each year, for `when`; a year that is missing takes the sum of the"
        " year before it, with a note",
    )
    quiet: tuple[QuietRule, ...] = Field(
        default=(),
        description="days on which nobody is reminded: reminders that fall there come on the last working day before,"
        " or after them where the step opens only then; what is late is told all the same, and what opens and is due"
        " among them when it opens",
    )
    ladders: dict[Key, tuple[RungRule, ...]] = Field(
        description="whom to tell when, in the order of the days; a step that names none takes `default`"
    )
    steps: tuple[StepRule, ...] = Field(min_length=1, description="all that is to be done, in order")
    instalments: tuple[InstalmentRule, ...] = Field(
        min_length=1, description="how the award is paid, numbered 1, 2, 3; the shares make 100 %"
    )
    ceiling: Percent | None = Field(
        default=None,
        description="what is paid before the last instalment never passes this part of the award: instalments are cut"
        " to it, and the journal says so",
    )
    figures: CsvSource | None = Field(
        default=None,
        description="fills questions that name a `column`; each grant says its own file as `figures_file`",
    )
    sources: dict[Key, SourceRule] = Field(
        default={}, description="files, databases and web services that fill questions that say `gather`"
    )
    small_numbers: int = Field(
        default=5,
        ge=3,  # below 2 is only 1: what is hidden would be known
        description="the number of people from which a `sensitive` one is not small: what a document prints of"
        " smaller ones somebody chooses",
    )
    mend_working_days: int = Field(
        default=5, ge=1, description="working days that a returned report is given"
    )

    def step(self, key: str) -> StepRule:
        """Return the step rule with that key; KeyError if there is none."""
        for rule in self.steps:
            if rule.key == key:
                return rule
        raise KeyError(key)

    def question(self, name: str) -> Question | None:
        """Return the question that STEP.QUESTION names, also by one of its parts; None if there is none."""
        step, _, key = name.partition(".")
        asked = (one for rule in self.steps if rule.key == step for one in rule.questions)
        return next((one for one in asked if key == one.key or key.startswith(f"{one.key}.")), None)
