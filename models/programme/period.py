"""What differs for the first and the last period of a step or a payment."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from models.programme.language.field import RuleSentence
from models.reading.fields import Key, Strict, written

_UNDER = re.compile(r"under ([1-9][0-9]?) months?\Z")


def _months(value: object) -> object:
    if value in (True, 0) or isinstance(value, int):
        return int(value)
    match = _UNDER.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write 'join' alone, or {join: under 6 months}")
    return int(match[1])


# The months that are left of a cut period under which it joins; 0 where any does.
Join = Annotated[
    int, BeforeValidator(_months), written("a length, as under 6 months", "^under [0-9]+ months?$")
]


class FirstPeriod(Strict):
    """What differs for the first period: where the grant's start cuts it short, it joins the next."""

    model_config = ConfigDict(title="what differs for the first period")

    skip: bool = Field(default=False, description="nothing is asked for it; alone: `skip`")
    join: Join | None = Field(
        default=None, description="where it is cut short it joins its neighbour; alone: `join`"
    )

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, value: Any) -> Any:
        return (
            {"skip": {"skip": True}, "join": {"join": 0}}.get(value, value)
            if isinstance(value, str)
            else value
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"enum": ["skip", "join"]}, handler.resolve_ref_schema(handler(core_schema))]}


class LastPeriod(FirstPeriod):
    """What differs for the last period: not asked, joined to the one before, asked by another step, due otherwise."""

    model_config = ConfigDict(title="what differs for the last period")

    into: Key | None = Field(default=None, description="a step's key: it is asked for in that step instead")
    due: RuleSentence | None = Field(
        default=None, description="another rule for it; a date published for that period in either wins"
    )

    @model_validator(mode="after")
    def _one_asks(self) -> Self:
        if [self.skip, self.into is not None, self.due is not None].count(True) > 1:
            raise ValueError("of 'skip', 'into' and 'due' write one")
        return self


def joins(first: FirstPeriod | None, last: LastPeriod | None) -> tuple[int | None, int | None]:
    """Return under how many months a cut first and last period joins; 0 for any, None for none."""
    return first.join if first is not None else None, last.join if last is not None else None
