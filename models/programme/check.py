"""A check of a figure, as a programme file declares it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from models.reading.fields import QuestionKey, Strict, Words
from models.reading.money import Sum

TESTS = (
    *(
        "equals",
        "at_most",
        "at_least",
        "over_budget_percent",
        "moved_percent",
        "lowest",
        "highest",
        "jump_percent",
        "in_period",
    ),
    "something",
)
# What holds a ledger's accounts against the lines of the grant's budget.
OF_BUDGET = ("over_budget_percent", "moved_percent")


class CheckRule(Strict):
    """A check of a number, a sum or a date: a warning asks once for an explanation, a block refuses."""

    model_config = ConfigDict(title="a check")

    key: QuestionKey = Field(description="its name")
    says: Words = Field(description="what is wrong, to who answers")
    level: Literal["warn", "block"] = Field(
        default="warn", description="`warn` asks for an explanation, kept as `QUESTION.why`; `block` refuses"
    )
    equals: tuple[str, ...] = Field(
        default=(),
        description="the answer is the sum of these: questions of the step, or STEP.QUESTION, what all its periods"
        " come to (`over_periods`)",
    )
    at_most: tuple[str, ...] = Field(
        default=(),
        description="the answer is at most the sum of these; `award` is the award, `paid` what has come of it",
    )
    at_least: tuple[str, ...] = Field(
        default=(),
        description="the answer is at least the sum of these, as of `paid`, or so many `percent` of it",
    )
    percent: int | None = Field(
        default=None, ge=1, le=1000, description="with `at_most` or `at_least`: so many per cent of the sum"
    )
    so_far: bool = Field(
        default=False,
        description="with `at_most`, `at_least`, `equals` or `highest`: the answer counts together with those of"
        " earlier periods",
    )
    over_budget_percent: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="of a sum of money: so far no account of the ledger (`account` in `gather`) is more than so many"
        " per cent above its lines in the grant's budget, and each one has lines; nor are the answers above all of the"
        " budget, from any source; a grant without a budget is held against none",
    )
    moved_percent: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="of a sum of money: so far what the ledger's accounts are above their lines in the grant's budget"
        " comes, all of them together, to at most so many per cent of the whole budget, as where money may be moved"
        " between its lines up to a tenth of it; an account without lines counts in full",
    )
    or_by: Sum | None = Field(
        default=None,
        description="with `over_budget_percent`, `moved_percent` or `jump_percent`: or by so much, where that is more"
        " than the percentage",
    )
    lowest: Sum | None = Field(default=None, description="the answer is at least this")
    highest: Sum | None = Field(default=None, description="the answer is at most this")
    jump_percent: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="the answer is at most so many per cent above or below that of the period before;"
        " after 0 it may be any",
    )
    in_period: bool = Field(default=False, description="the date lies within the step's period")
    something: bool = Field(
        default=False,
        description="not every number of the step is 0: then there was nothing to report, an answer of its own",
    )

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        # 0 per cent is said, too.
        said = [name for name in TESTS if not any(getattr(self, name) is one for one in ((), None, False))]
        if len(said) != 1:
            raise ValueError(f"a check says exactly one of {', '.join(TESTS)}")
        if self.so_far and said[0] not in ("at_most", "at_least", "equals", "highest"):
            raise ValueError(f"'so_far' does not go with '{said[0]}'")
        if self.or_by is not None and said[0] not in (*OF_BUDGET, "jump_percent"):
            raise ValueError(f"'or_by' does not go with '{said[0]}'")
        if self.percent is not None and said[0] not in ("at_most", "at_least"):
            raise ValueError(f"'percent' does not go with '{said[0]}'")
        return self

    @property
    def of_budget(self) -> str:
        """Which test holds a ledger's accounts against the budget; empty where another is said."""
        return next((name for name in OF_BUDGET if getattr(self, name) is not None), "")
