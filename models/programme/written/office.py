"""What an office's own file says as people write it: its bodies, and where figures come from."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from models.programme.written.fields import Text, Title
from models.reading.fields import Delimiter, Key, QuestionKey, Strict
from models.reading.line import Email


class WrittenBody(Strict):
    """A body that decides at meetings."""

    model_config = ConfigDict(title="a body")

    title: Title = Field(description="what people call it, as a sentence has it: the committee")
    organisation: Key | None = Field(default=None, description="whose meetings")
    agenda_days: int = Field(default=7, ge=0, le=120, description="before a meeting")
    documents_days: int = Field(default=7, ge=0, le=120, description="before a meeting")
    review_working_days: int = Field(default=2, ge=0, le=60, description="for the draft")
    return_working_days: int = Field(default=3, ge=0, le=60, description="for the draft, returned once")
    minutes: Text = Field(default="14 days or at once", description="14 days, or at once")


class WrittenSource(Strict):
    """A file, a database or a web service that fills figures; its kind follows from what it says."""

    model_config = ConfigDict(title="a source")

    title: Title | None = Field(default=None, description="what letters call it")
    file: Text | None = Field(default=None, description="csv or xlsx")
    sheet: Text | None = Field(default=None, description="of xlsx")
    period_column: Text | None = Field(default=None, description="rows within the period count")
    delimiter: Delimiter | None = Field(default=None, description="of csv")
    encoding: Literal["utf-8", "windows-1252", "utf-16"] | None = Field(default=None, description="of csv")
    secret: QuestionKey | None = Field(default=None, description="its name")
    contact: Email | None = Field(default=None, description="told when it fails")
    query: Text | None = Field(default=None, description="of a database")
    url: Text | None = Field(default=None, description="of a service")
