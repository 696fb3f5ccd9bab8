"""A committee or another body that takes decisions at meetings, as a programme file says it."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from models.programme.question import Words
from models.reading.fields import Key, Strict


class AdjustmentRule(Strict):
    """How a body's minutes are adjusted: until then its decision is normally not carried out."""

    model_config = ConfigDict(title="an adjustment")

    days: int = Field(default=14, ge=0, le=60, description="days from the meeting to its adjusted minutes")
    immediate: bool = Field(
        default=True,
        description="whether a paragraph can be declared immediately adjusted, and carried out at once",
    )


class BodyRule(Strict):
    """A body that decides at meetings; the days of its meetings are imported, and its deadlines can be, too."""

    model_config = ConfigDict(title="a body")

    title: Words = Field(description="what people call it")
    organisation: Key | None = Field(
        default=None,
        description="whose meetings they are, as an import file calls it; without it, the grant's recipient",
    )
    agenda_days: int = Field(
        default=7,
        ge=0,
        le=120,
        description="days before a meeting by which a matter is on its agenda, where the meeting says nothing",
    )
    documents_days: int = Field(
        default=7,
        ge=0,
        le=120,
        description="days before a meeting by which the memo is signed and the documents are in,"
        " where the meeting says nothing",
    )
    review_working_days: int = Field(
        default=2,
        ge=0,
        le=60,
        description="working days from the draft with the unit manager to the signed memo",
    )
    return_working_days: int = Field(
        default=3, ge=0, le=60, description="working days more, for one return of the draft"
    )
    undecided_working_days: int = Field(
        default=5,
        ge=1,
        le=60,
        description="working days after a meeting until a matter whose decision nobody has recorded is planned for the"
        " next one, and told",
    )
    adjustment: AdjustmentRule = Field(default=AdjustmentRule(), description="how its minutes are adjusted")
    source: str = Field(default="", description="where it is written")
    choice: Words | None = Field(
        default=None, description="in place of a source: that its days are our own choice, and why"
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.source and self.choice is not None:
            raise ValueError("it is written somewhere or our own choice: say 'source' or 'choice'")
        return self
