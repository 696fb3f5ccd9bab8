"""What a step's owner is asked, as a programme file says it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from models.programme.check import CheckRule
from models.programme.source import GatherRule
from models.reading.fields import QuestionKey, Strict
from models.reading.fields import Words as Words

# What a question's answers of several periods come to.
OverPeriods = Literal["sum", "last", "highest", "none"]
# Beside a number: the answer to why its parts do not add up to it, or why a check does not hold, as `persons.why`.
WHY = "why"


class Option(Strict):
    """One of the answers of a choice, or one of the parts that a number is broken down into."""

    model_config = ConfigDict(title="an option or a part")

    key: QuestionKey = Field(description="its name in data; a part is not called `why`")
    title: Words = Field(description="what it is called")


class Question(Strict):
    """A question that a step's owner answers.

    `parts` break a number or a sum down: each is answered beside the whole, as `persons.under_18`.
    """

    model_config = ConfigDict(title="a question")

    key: QuestionKey = Field(description="its name in data: `--set spent=118000`")
    title: Words = Field(description="the question")
    kind: Literal["number", "money", "text", "date", "yes_no", "choice"] = Field(
        default="number", description="what an answer must be"
    )
    required: bool = Field(default=True, description="whether the step can be done without it")
    column: str | None = Field(
        default=None, description="the column of the CSV file that fills it; needs `figures`"
    )
    gather: GatherRule | None = Field(
        default=None, description="where its figure comes from before its owner is asked"
    )
    checks: tuple[CheckRule, ...] = Field(
        default=(), description="what must hold of the answer, or be explained"
    )
    over_periods: OverPeriods = Field(
        default="sum",
        description="of a number or a sum of money: what its answers of several periods come to, in reports, checks"
        " and whatever takes them from there: their `sum`, the `last` of them (of a stock, as people in a queue), the"
        " `highest`, or `none`, as of an average",
    )
    sensitive: bool = Field(
        default=False,
        description="a number of people, of which a small one does not leave the house unseen: see `small_numbers`",
    )
    whole: bool = Field(
        default=False,
        description="a number that has no decimals, as of visits; a `sensitive` one never has any",
    )
    options: tuple[Option, ...] = Field(
        default=(), description="what a choice is between, at least two; a choice, and nothing else, has them"
    )
    parts: tuple[Option, ...] = Field(
        default=(),
        description="what a number or a sum is broken down into, at least two; each part is answered beside the"
        " whole, which says why if they do not add up to it: `--set persons.women=10`, `--set persons.why=...`",
    )

    @property
    def counts(self) -> bool:
        """Whether the answer is a number or a sum of money."""
        return self.kind in ("number", "money")

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            mend = "add 'options'" if not self.options else "take 'options' out, or say kind: choice"
            raise ValueError(f"a choice, and nothing else, has options: {mend}")
        if self.parts and not self.counts:
            raise ValueError(f"only a number or a sum of money has parts, not kind: {self.kind}")
        if self.column is not None and self.gather is not None:
            raise ValueError("'column' and 'gather' both fill it: take one of them out")
        rows = (self.gather.rows if self.gather is not None else None) or "one"
        if (rows == "all" and self.kind != "text") or (rows == "sum" and not self.counts):
            raise ValueError(f"'rows: {rows}' does not go with kind: {self.kind}")
        if self.gather is not None and self.gather.account is not None and self.kind != "money":
            raise ValueError(f"a ledger's accounts hold money, not kind: {self.kind}")
        if self.over_periods != "sum" and not self.counts:
            raise ValueError(f"'over' goes with numbers and sums of money, not with kind: {self.kind}")
        if self.over_periods != "sum" and any(check.so_far for check in self.checks):
            raise ValueError(f"'so_far' adds periods up: it does not go with over: {self.over_periods}")
        if self.sensitive and self.kind != "number":
            raise ValueError(f"only a number is sensitive, not kind: {self.kind}")
        if self.whole and self.kind != "number":
            raise ValueError(f"only a number is whole, not kind: {self.kind}")
        for check in self.checks:
            if (
                (self.kind == "date") != check.in_period
                or self.kind not in ("number", "money", "date")
                or (check.of_budget and self.kind != "money")
            ):
                raise ValueError(f"the check '{check.key}' does not go with kind: {self.kind}")
            if check.of_budget and self.over_periods != "sum":
                raise ValueError(
                    f"'{check.of_budget}' adds periods up: it does not go with over: {self.over_periods}"
                )
        named = (("options", self.options), ("split", self.parts), ("checks", self.checks))
        for name, listed in named:
            keys = [one.key for one in listed]
            if len(set(keys)) != len(keys):
                twice = next(key for key in keys if keys.count(key) > 1)
                raise ValueError(f"'{twice}' stands twice in '{name}'")
            if len(keys) == 1 and name != "checks":
                raise ValueError(f"'{name}' has only '{keys[0]}': name at least two")
        if any(one.key == WHY for one in self.parts):
            raise ValueError(f"'{WHY}' names why the parts do not add up: call the part something else")
        return self

    @property
    def is_whole(self) -> bool:
        """Whether it counts what cannot be halved: people, or whatever the programme calls whole."""
        return self.whole or self.sensitive
