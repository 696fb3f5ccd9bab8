"""A length of time, as a programme file says it."""

from __future__ import annotations

from datetime import date
from typing import Self

from dateutil.relativedelta import relativedelta
from pydantic import ConfigDict, Field, model_validator

from models.reading.fields import Strict

LENGTH_UNITS = ("days", "weeks", "months", "years")


class Length(Strict):
    """So many days, weeks, months or years."""

    model_config = ConfigDict(title="a length of time")

    days: int | None = Field(default=None, ge=0, le=18_300, description="how many days")
    weeks: int | None = Field(default=None, ge=0, le=2_610, description="how many weeks")
    months: int | None = Field(default=None, ge=0, le=600, description="how many months")
    years: int | None = Field(default=None, ge=0, le=50, description="how many years")

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(getattr(self, unit) is not None for unit in LENGTH_UNITS) != 1:
            raise ValueError(f"a length of time needs exactly one of {', '.join(LENGTH_UNITS)}")
        return self

    def added_to(self, day: date) -> date:
        """Return the day so long after; months end on the same day-number or on the month's last day."""
        count, unit = next((n, unit) for unit in LENGTH_UNITS if (n := getattr(self, unit)) is not None)
        return day + relativedelta(**{unit: count})
