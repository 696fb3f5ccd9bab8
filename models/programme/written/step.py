"""A step as people write it, with its approval."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from models.programme.written.fields import (
    Join,
    Names,
    Periods,
    Repays,
    Rule,
    Text,
    Title,
    Whens,
    WordOrKeys,
)
from models.programme.written.question import WrittenQuestion
from models.reading.fields import Key, QuestionKey, Strict
from models.vocabulary import Phase


class WrittenEnd(WordOrKeys):
    """What differs for the first or the last period: a word alone, or the keys that differ."""

    model_config = ConfigDict(title="what differs for the first or last period")
    alone = ("skip", "join")

    skip: bool = Field(default=False, description="nothing is asked for it; alone: `skip`")
    join: Join | None = Field(
        default=None, description="that period joins its neighbour; under so many months, or alone: `join`"
    )
    into: Key | None = Field(default=None, description="that period is asked in another step")
    due: Rule | None = Field(default=None, description="another rule for it")
    needs: Names = Field(default=(), description="events that must have happened for it, besides")

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, value: object) -> object:
        words = {"skip": {"skip": True}, "join": {"join": 0}}
        return words.get(value, value) if isinstance(value, str) else value


def _late(value: object) -> object:
    return {"lapses": "lapses"} if value == "lapses" else value


class WrittenPart(Strict):
    """What a step and what is made for one, as its approval, may both say."""

    title: Title | None = Field(default=None, description="a text, or {sv, en}")
    todo: Title | None = Field(default=None, description="one sentence to its owner")
    phase: Phase | None = Field(default=None, description="where the inferred one is wrong")
    by: Text | None = Field(default=None, description="who acts: a role, a body, funder")
    due: Rule | None = Field(default=None, description="a rule")
    opens: Rule | None = Field(default=None, description="a rule")
    needs: Names = Field(default=(), description="events that must have happened")
    late: Annotated[dict[Text, Text], BeforeValidator(_late, Literal["lapses"] | dict[Text, Text])] = Field(
        default={}, description="lapses, or {3 months: 20 %}"
    )
    stake: Title | None = Field(default=None, description="own words for that")
    ladder: Key | None = Field(default=None, description="another than the usual")
    note: Text | None = Field(default=None, description="address, and the words quoted")


class WrittenApproval(WrittenPart, WordOrKeys):
    """Who approves a step, and what differs from the usual.

    Of several the last approves, and what is said here is about that; those before read it first, each in turn.
    """

    model_config = ConfigDict(title="an approval")
    alone_as = "by"

    by: Names = Field(default=(), description="who acts: a role, a body, funder")  # type: ignore[assignment]

    @property
    def approver(self) -> str | None:
        """Who approves; None for the coordinator."""
        return self.by[-1] if self.by else None

    @property
    def readers(self) -> tuple[str, ...]:
        """Who reads before, in their order."""
        return self.by[:-1]


class WrittenStep(WrittenPart):
    """A step as people write it: what is usual is not said."""

    model_config = ConfigDict(title="a step")

    each: Periods | None = Field(default=None, description="a period sentence")
    first: WrittenEnd | None = Field(default=None, description="what differs for the first period")
    last: WrittenEnd | None = Field(default=None, description="what differs for the last period")
    approval: WrittenApproval | None = Field(
        default=None, description="funder, a role, a body, or a step that differs"
    )
    when: Whens = Field(default=(), description="thresholds; all of a list")
    optional: bool = Field(default=False, description="may be answered: not needed")
    one_for: Literal["recipient"] | None = Field(
        default=None, description="recipient: one for all its grants; where it is done, its owner says"
    )
    repays: Repays | None = Field(default=None, description="what goes back")
    documents: dict[QuestionKey, Title] = Field(default={}, description="name: title")
    questions: dict[QuestionKey, WrittenQuestion] = Field(default={}, description="name: kind, or a question")
