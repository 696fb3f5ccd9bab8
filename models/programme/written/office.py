"""What an office's own file says as people write it: where figures come from."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from models.programme.written.fields import Text, Title
from models.reading.fields import Delimiter, QuestionKey, Strict
from models.reading.line import Email


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
