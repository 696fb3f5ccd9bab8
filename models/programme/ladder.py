"""Whom a ladder tells, and when, as a programme file says it."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from models.reading.fields import RungTarget, Strict


class RungRule(Strict):
    """A rung: `days` (negative before the due date, 0 on it) or `working_days`, and whom to tell."""

    model_config = ConfigDict(title="a rung")

    days: int | None = Field(
        default=None, ge=-3_660, le=3_660, description="days from the due date: negative before it, 0 on it"
    )
    working_days: int | None = Field(
        default=None, ge=-2_610, le=2_610, description="the same, in working days"
    )
    to: tuple[RungTarget, ...] = Field(min_length=1, description="whom it tells")

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
