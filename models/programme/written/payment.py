"""A payment as people write it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from models.programme.written.fields import Names, Periods, Share, Text, Title, WordOrKeys
from models.programme.written.step import WrittenEnd, WrittenPart
from models.reading.fields import Strict


class WrittenMove(WrittenPart, WordOrKeys):
    """The claim of a payment, or its coming: a rule alone, or what differs from the usual."""

    model_config = ConfigDict(title="a claim, or a payment's coming")
    alone_as = "due"


class WrittenPayment(Strict):
    """A payment: how much, and what it needs; it makes its claim, its release and its payment."""

    model_config = ConfigDict(title="a payment")

    title: Title | None = Field(default=None, description="a text, or {sv, en}")
    each: Periods | None = Field(
        default=None, description="a period sentence, or a step that comes once a period"
    )
    first: WrittenEnd | None = Field(default=None, description="what differs for the first period")
    last: WrittenEnd | None = Field(default=None, description="what differs for the last period")
    needs: Names = Field(default=(), description="events that must have happened")
    share: Share = Field(description="how much")
    keeps: Title | None = Field(default=None, description="what another holds back")
    claim: Literal["none"] | WrittenMove | None = Field(
        default=None, union_mode="left_to_right", description="none, a rule, or a step that differs"
    )
    paid: WrittenMove | None = Field(default=None, description="a rule, or a step that differs")
    note: Text | None = Field(default=None, description="address, and the words quoted")
