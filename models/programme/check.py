"""A check of a figure, as the plan has it."""

from __future__ import annotations

from typing import Literal

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
    """A check of a number, a sum or a date: a warning asks once for an explanation, a block refuses.

    It has one of TESTS. `equals`, `at_most` and `at_least` name numbers of the step, STEP.QUESTION, what all its
    periods come to, `award` or `paid`, of which it may be `percent`; `so_far` counts the answer with those of earlier
    periods. The percentages of budget and of the period before are exceeded only where `or_by` is, too.
    `something`: not every number of the step is 0.
    """

    key: QuestionKey
    says: Words
    level: Literal["warn", "block"] = "warn"
    equals: tuple[str, ...] = ()
    at_most: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    percent: int | None = None
    so_far: bool = False
    over_budget_percent: int | None = None
    moved_percent: int | None = None
    or_by: Sum | None = None
    lowest: Sum | None = None
    highest: Sum | None = None
    jump_percent: int | None = None
    in_period: bool = False
    something: bool = False

    @property
    def of_budget(self) -> str:
        """Which test holds a ledger's accounts against the budget; empty where another is said."""
        return next((name for name in OF_BUDGET if getattr(self, name) is not None), "")
