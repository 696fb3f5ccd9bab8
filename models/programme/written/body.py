"""A committee or another body that takes decisions at meetings, as a file and its plan have it."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from models.programme.written.fields import Text, Title, like
from models.reading.fields import Key, Strict

_AT_ONCE = " or at once"
_MINUTES = like(f"[0-9]{{1,2}} days?({_AT_ONCE})?", "a time: write '14 days', or '14 days or at once'")


class BodyRule(Strict):
    """A body that decides at meetings, those of `organisation` or else the recipient's, whose days are imported.

    A matter is on the agenda `agenda_days` and its documents are in `documents_days` before a meeting that does not
    say it itself. The draft has `review_working_days` from the unit manager to the signed memo, and
    `return_working_days` more for one return. In so many days its `minutes` are adjusted, if not at once.
    """

    model_config = ConfigDict(title="a body")

    title: Title = Field(description="what people call it, as a sentence has it: the committee")
    organisation: Key | None = Field(default=None, description="whose meetings")
    agenda_days: int = Field(default=7, ge=0, le=120, description="before a meeting")
    documents_days: int = Field(default=7, ge=0, le=120, description="before a meeting")
    review_working_days: int = Field(default=2, ge=0, le=60, description="for the draft")
    return_working_days: int = Field(default=3, ge=0, le=60, description="for the draft, returned once")
    minutes: Annotated[Text, _MINUTES] = Field(
        default=f"14 days{_AT_ONCE}", description="14 days, or at once"
    )

    @property
    def minutes_days(self) -> int:
        """In how many days from a meeting its minutes are adjusted."""
        return int(self.minutes.split()[0])

    @property
    def minutes_at_once(self) -> bool:
        """Whether a paragraph of the minutes can be adjusted at once."""
        return self.minutes.endswith(_AT_ONCE)
