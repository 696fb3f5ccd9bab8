"""A programme file as people write it, with its base programme and worked examples."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from models.programme.written.fields import (
    Country,
    DayName,
    Names,
    Quiet,
    Rung,
    Status,
    Text,
    Texts,
    Title,
    Year,
    listed,
)
from models.programme.written.source import BodyRule, SourceRule
from models.programme.written.step import WrittenPayment, WrittenStep
from models.reading.fields import Currency, IsoDate, Key, QuestionKey, Strict


def _events(value: object) -> object:
    """Return the events of an example by their steps: X.done means the step X."""
    if not isinstance(value, dict):
        return value
    return {key.removesuffix(".done") if isinstance(key, str) else key: days for key, days in value.items()}


_Days = Annotated[tuple[IsoDate, ...], BeforeValidator(listed, IsoDate | tuple[IsoDate, ...])]


class ExampleAward(Strict):
    """The grant of an example."""

    model_config = ConfigDict(title="an example's award")

    decision: IsoDate = Field(description="the day of the decision")
    application: IsoDate | None = Field(default=None, description="the last day to apply")
    start: IsoDate = Field(description="the grant's first day")
    end: IsoDate = Field(description="the grant's last day")
    sum: Text = Field(description="awarded")
    share: dict[Text, Text] = Field(default={}, description="payment: sum or rate, as decided")
    dates: dict[Text, IsoDate] = Field(default={}, description="the decision's own dates")


class Example(Strict):
    """A worked example."""

    model_config = ConfigDict(title="an example")

    award: ExampleAward = Field(description="the grant")
    done: Annotated[dict[Text, _Days], BeforeValidator(_events)] = Field(
        default={}, description="event: day, or one a period"
    )
    answers: dict[Text, Texts] = Field(default={}, description="STEP.QUESTION: figure, or one a period")
    gives: Annotated[dict[Text, Texts], BeforeValidator(_events)] = Field(
        description="event: DAY, DAY or DAY, none; payment: sum"
    )
    source: Text = Field(description="who worked it out")


class Written(Strict):
    """A funder's rules for one kind of grant, as people write them."""

    model_config = ConfigDict(title="a programme")

    programme: Key = Field(description="its name")
    extends: Names = Field(default=(), exclude=True, description="the programme or programmes it builds on")
    title: Title = Field(description="a text, or {sv, en}")
    source: Text = Field(description="document and paragraph")
    note: Text | None = Field(default=None, description="address, and the words quoted")
    status: Status = Field(
        default="unread", description="unread, read DAY, checked DAY by OFFICE, or confirmed DAY by FUNDER"
    )
    currency: Currency = Field(description="of all sums")
    country: Country = Field(description="whose working days, as SE or GB-ENG")
    calendar: dict[IsoDate, Literal["holiday", "working day"]] = Field(
        default={}, description="further days: holiday or working day"
    )
    days_off: Literal["stays", "next", "previous", "SFS 1930:173"] | None = Field(
        default=None, description="what rules do that do not say it: stays, next, previous, SFS 1930:173"
    )
    dates: dict[DayName, Title] = Field(
        default={}, description="name: title; needed unless 'else' or 'given' says otherwise"
    )
    amounts: dict[QuestionKey, Annotated[dict[Year, Text], Field(min_length=1)]] = Field(
        default={}, description="sums published for each year; the decision's year counts"
    )
    steps: dict[Key, WrittenStep] = Field(default={}, description="by name")
    payments: dict[Key, WrittenPayment] = Field(min_length=1, description="by name, in order")
    examples: tuple[Example, ...] = Field(default=(), exclude=True, description="run by check")
    bodies: dict[Key, BodyRule] = Field(default={}, description="by name")
    sources: dict[Key, SourceRule] = Field(default={}, description="by name")
    ladders: dict[Key, Annotated[dict[Rung, Names], Field(min_length=1)]] = Field(
        default={}, description="name: {7 days before: owner, on the day: owner}"
    )
    quiet: Quiet | None = Field(default=None, description="1 July to 31 July")
    small_numbers: int = Field(default=5, ge=3, description="hidden below this")
    mend_working_days: int = Field(default=5, ge=1, description="for a returned report")
    promise_working_days: int = Field(default=5, ge=0, le=20, description="a promise stops reminders")
