"""A programme file as people write it, laid over all that it extends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from models.programme.written.example import Example
from models.programme.written.fields import Names, Text, Title
from models.programme.written.office import WrittenBody, WrittenSource
from models.programme.written.payment import WrittenPayment
from models.programme.written.step import WrittenStep
from models.reading.fields import Currency, IsoDate, Key, QuestionKey, Strict, written

DayName = Annotated[
    str, written("a name", "^[a-z][a-z0-9_]*$"), Field(pattern="^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
]
_YEAR = "^(19|20)[0-9]{2}$"
Year = Annotated[str, written("a year", _YEAR), Field(pattern=_YEAR)]


class Written(Strict):
    """A funder's rules for one kind of grant, as people write them."""

    model_config = ConfigDict(title="a programme")

    programme: Key = Field(description="its name")
    extends: Names = Field(default=(), exclude=True, description="the programme or programmes it builds on")
    title: Title = Field(description="a text, or {sv, en}")
    source: Text = Field(description="document and paragraph")
    note: Text | None = Field(default=None, description="address, and the words quoted")
    status: Annotated[
        str,
        Field(
            pattern=r"^(unread|read [0-9-]{10}|checked [0-9-]{10} by \S.*|confirmed [0-9-]{10} by \S.*)$",
            description="unread, read DAY, checked DAY by OFFICE, or confirmed DAY by FUNDER",
        ),
    ] = "unread"
    currency: Currency = Field(description="of all sums")
    country: Text = Field(description="whose working days, as SE or GB-ENG")
    calendar: dict[IsoDate, Literal["holiday", "working day"]] = Field(
        default={}, description="further days: holiday or working day"
    )
    days_off: Literal["stays", "next", "previous", "SFS 1930:173"] | None = Field(
        default=None, description="what rules do that do not say it: stays, next, previous, SFS 1930:173"
    )
    dates: dict[DayName, Title] = Field(
        default={}, description="name: title; needed unless 'else' or 'given' says otherwise"
    )
    amounts: dict[QuestionKey, dict[Year, Text]] = Field(
        default={}, description="sums published for each year; the decision's year counts"
    )
    steps: dict[Key, WrittenStep] = Field(default={}, description="by name")
    payments: dict[Key, WrittenPayment] = Field(min_length=1, description="by name, in order")
    examples: tuple[Example, ...] = Field(default=(), exclude=True, description="run by check")
    bodies: dict[Key, WrittenBody] = Field(default={}, description="by name")
    sources: dict[Key, WrittenSource] = Field(default={}, description="by name")
    ladders: dict[Key, dict[Text, Names]] = Field(
        default={}, description="name: {7 days before: owner, on the day: owner}"
    )
    quiet: Text | None = Field(default=None, description="1 July to 31 July")
    small_numbers: int = Field(default=5, ge=3, description="hidden below this")
    mend_working_days: int = Field(default=5, ge=1, description="for a returned report")
