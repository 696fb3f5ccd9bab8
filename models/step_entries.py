"""The strict shape of what an import file says of a step: what was said, moved and confirmed, and whose it is."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from models.field_types import IsoDate, Strict
from models.vocabulary import AnswerKind
from models.written_lines import Email, Line


class ExtensionEntry(Strict):
    """A step's due date that somebody moved from where its rule puts it."""

    to: IsoDate = Field(description="the day to which it was moved")
    reason: Line = Field(description="why it was moved, and by whom")


class SaidEntry(Strict):
    """What a person said about a step before the import, as its link or `grants answer` takes it."""

    step: str = Field(description="the step's key")
    said: AnswerKind = Field(description="what was said")
    said_on: IsoDate = Field(description="the day on which it was said")
    by: Email = Field(description="the address of who said it")
    note: str = Field(default="", description="what was written beside it: why it is late, or was sent back")
    expected_on: IsoDate | None = Field(default=None, description="with not_yet: when it will be done")
    colleague: Email | None = Field(default=None, description="with not_me: the address of who took it over")
    said_at: AwareDatetime | None = Field(
        default=None, description="the moment at which it was said, where that is known"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, kind in (("expected_on", AnswerKind.NOT_YET), ("colleague", AnswerKind.NOT_ME)):
            if getattr(self, name) is not None and self.said is not kind:
                raise ValueError(f"'{name}' goes with {kind}, not with {self.said}")
        return self


class ReadingEntry(Strict):
    """A step's due date that somebody confirmed among the readings of its rule."""

    confirmed_on: IsoDate = Field(description="the due date that was confirmed")
    reason: Line = Field(description="how it is known, and by whom")


class StepEntry(Strict):
    """Whose a step is where that is another than its role says; and a recovery, which no programme gives."""

    owner: Email = Field(description="the address of whose step it is")
    since_on: IsoDate | None = Field(default=None, description="since when it is theirs")
    done_by: Email | None = Field(
        default=None,
        description="the address of who did it, where that is not its owner and nothing was said",
    )
    undecided_on: IsoDate | None = Field(
        default=None, description="with an approval: the last meeting that went by without a decision"
    )
    fell_on: IsoDate | None = Field(
        default=None,
        description="with an approval: the last day on which it was taken back, or fell with another",
    )
    recovers: int | None = Field(
        default=None, description="with a recovery: the number of the instalment whose money is asked back"
    )
    opened_on: IsoDate | None = Field(
        default=None, description="with a recovery: the day on which it was opened"
    )
    reason: str = Field(default="", description="with a recovery: why the approval was taken back")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.recovers is not None and self.opened_on is None:
            raise ValueError("a recovery needs the day on which it was opened: say 'opened_on'")
        return self
