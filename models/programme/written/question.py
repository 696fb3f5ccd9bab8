"""A question as people write it."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Field

from models.programme.written.fields import Text, Title, WordOrKeys
from models.reading.fields import QuestionKey

# What a question's answers of several periods come to.
OverPeriods = Literal["sum", "last", "highest", "none"]
QuestionKind = Literal["number", "count", "people", "money", "text", "date", "yes_no", "choice"]


def _checks(value: object) -> object:
    """Return checks by their sentences, each with the words of a mapping, or none of its own."""
    if isinstance(value, str):
        return {value: None}
    return dict.fromkeys(value) if isinstance(value, list) else value


class WrittenQuestion(WordOrKeys):
    """A question: its kind alone, or what is asked and where the figure comes from."""

    model_config = ConfigDict(title="a question")
    alone = get_args(QuestionKind)
    alone_as = "kind"

    kind: QuestionKind | None = Field(
        default=None, description="number, count, people, money, text, date, yes_no, choice"
    )
    title: Title | None = Field(default=None, description="a text, or {sv, en}")
    optional: bool = Field(default=False, description="may be left out")
    options: dict[QuestionKey, Title] = Field(default={}, description="of a choice")
    split: dict[QuestionKey, Title] = Field(default={}, description="a number's parts")
    over: OverPeriods = Field(default="sum", description="periods: sum, last, highest, none")
    origin: Text | None = Field(
        default=None, alias="from", description="where the figure comes from before its owner is asked"
    )
    checks: Annotated[
        dict[Text, Title | None],
        BeforeValidator(_checks, Text | tuple[Text, ...] | dict[Text, Title | None]),
    ] = Field(
        default={},
        description="what must hold of the answer, or be explained; a sentence, or sentence: words",
    )
