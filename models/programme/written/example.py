"""A worked example as people write it: an award, and the days and sums that it gives."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from models.programme.written.fields import Text, Texts
from models.reading.fields import IsoDate, Strict


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


_Days = Annotated[tuple[IsoDate, ...], BeforeValidator(_listed, IsoDate | tuple[IsoDate, ...])]


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
    done: dict[Text, _Days] = Field(default={}, description="event: day, or one a period")
    answers: dict[Text, Texts] = Field(default={}, description="STEP.QUESTION: figure, or one a period")
    gives: dict[Text, Texts] = Field(description="event: DAY, DAY or DAY, none; payment: sum")
    source: Text = Field(description="who worked it out")
