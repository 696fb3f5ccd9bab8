"""Whom a ladder tells, and when, as the plan has it."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from models.reading.fields import Strict


class RungRule(Strict):
    """A rung: `days` (negative before the due date, 0 on it) or `working_days`, and whom to tell."""

    days: int | None = None
    working_days: int | None = None
    to: tuple[str, ...]

    @model_validator(mode="after")
    def _tells(self) -> Self:
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
