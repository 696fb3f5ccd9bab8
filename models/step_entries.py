"""The strict shape of what an import file says of a step: what was said, moved and confirmed, and whose it is."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from models.errors import Unreadable
from models.field_types import IsoDate, Strict
from models.sentence import Sentence
from models.vocabulary import AnswerKind, NoticeKind
from models.written_lines import Email, FreeLine, FreeText, Line
from models.written_numbers import shown

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class ExtensionEntry(Strict):
    """A step's due date that somebody moved from where its rule puts it."""

    to: IsoDate = Field(description="the day to which it was moved")
    reason: FreeLine = Field(description="why it was moved, and by whom")


class SaidEntry(Strict):
    """What a person said about a step before the import, as its link or `grants answer` takes it."""

    step: str = Field(description="the step's key")
    said: AnswerKind = Field(description="what was said")
    said_on: IsoDate = Field(description="the day on which it was said")
    by: Email = Field(description="the address of who said it")
    note: FreeText = Field(
        default="", description="what was written beside it: why it is late, or was sent back"
    )
    expected_on: IsoDate | None = Field(default=None, description="with not_yet: when it will be done")
    colleague: Email | None = Field(default=None, description="with not_me: the address of who took it over")
    said_at: AwareDatetime | None = Field(
        default=None, description="the moment at which it was said, where that is known"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, kind in (
            (Sentence("expected_on"), AnswerKind.NOT_YET),
            (Sentence("colleague"), AnswerKind.NOT_ME),
        ):
            if getattr(self, str(name)) is not None and self.said is not kind:
                raise Unreadable(
                    "'%(name)s' goes with %(kind)s, not with %(said)s", name=name, kind=kind, said=self.said
                )
        return self


class ToldEntry(Strict):
    """That a person was told of a step before the import; the letter itself is not here."""

    step: str = Field(description="the step's key")
    due_on: IsoDate = Field(description="the due date that it was about")
    rung: Line = Field(description="the ladder's rung, or what happened")
    position: int = Field(default=0, ge=0, description="the rung's place in the ladder; 0: it is on none")
    notice: NoticeKind = Field(description="what kind of notice it was")
    person: Email = Field(description="the address of who was told")
    instead_of: Email | None = Field(default=None, description="the address of for whom they stood in")
    told_on: IsoDate = Field(description="the day on which they were told")
    dropped: bool = Field(
        default=False, description="whether it was taken out of its letter before that left"
    )


def _decimal(value: str) -> str:
    if not _DECIMAL.match(value):
        raise Unreadable("'%(value)s' is not a number: write it as 1234.50", value=shown(value))
    return value


def _digest(value: str) -> str:
    if not _DIGEST.match(value):
        raise Unreadable(
            "'%(value)s' is not a SHA-256: it has 64 digits and letters from a to f", value=shown(value)
        )
    return value


class FigureEntry(Strict):
    """A figure that was gathered for a step's question before the import, with where it came from."""

    step: str = Field(description="the step's key")
    question: str = Field(description="the question's key")
    value: str = Field(description="the value, as the question takes it")
    source: Line = Field(description="what it was gathered from")
    gathered_at: AwareDatetime = Field(description="the moment at which it was gathered")
    sha256: Annotated[str, AfterValidator(_digest)] | None = Field(
        default=None, description="the SHA-256 of the file that it was read from, as 64 digits and letters"
    )
    about: str = Field(default="", description="the period that it is about")
    accounts: dict[str, Annotated[str, AfterValidator(_decimal)]] = Field(
        default={}, description="of a sum from a ledger: its parts by account, as 1234.50"
    )


class ReadingEntry(Strict):
    """A step's due date that somebody confirmed among the readings of its rule."""

    confirmed_on: IsoDate = Field(description="the due date that was confirmed")
    reason: FreeLine = Field(description="how it is known, and by whom")


class StepEntry(Strict):
    """Whose a step is and since when; and a recovery, which no programme gives."""

    owner: Email | None = Field(
        default=None, description="the address of whose step it is, where that is another than its role says"
    )
    since_on: IsoDate | None = Field(default=None, description="since when it is theirs")
    version: int | None = Field(
        default=None, ge=1, description="how often it had changed, which calendars go by; 1 at first"
    )
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
    reason: FreeText = Field(default="", description="with a recovery: why the approval was taken back")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.recovers is not None and self.opened_on is None:
            raise Unreadable("a recovery needs the day on which it was opened: say 'opened_on'")
        return self
