"""Hold a step's figures against each other, earlier periods, the award and the budget, as programmes' checks say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from babel.numbers import get_currency_precision

from models.check_rule import CheckRule
from models.letter_view import AccountSpending
from models.question_rule import WHY, Question
from models.rules.thresholds import sum_text
from models.written_numbers import read_number


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What figures are held against: `answers` are a step's own.

    `others` are what other steps answered, by STEP.QUESTION, their periods joined; `earlier` are the answers of the
    step's earlier periods, oldest first; `award` and `paid`, what has come of it, are in whole units of the currency.
    `accounts` are what a ledger gave of a question up to the step, by account of it or of the grant's budget.
    """

    answers: Mapping[str, Any]
    others: Mapping[str, Decimal] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, Any]] = ()
    award: Decimal | None = None
    paid: Decimal | None = None
    first: date | None = None
    last: date | None = None
    accounts: Mapping[str, Sequence[AccountSpending]] = field(default_factory=dict)


class Odd(StrEnum):
    """How an answer does not fit."""

    UNEQUAL = "unequal"
    ABOVE = "above"
    BELOW = "below"
    JUMP = "jump"
    NOTHING = "nothing"
    OUTSIDE = "outside"
    OFF_BUDGET = "off budget"


@dataclass(frozen=True, slots=True)
class Misfit:
    """How an answer does not fit, the answer (with earlier ones, where they count together), and what it should fit.

    `accounts` are those that are off the budget; without any, the answers are above all of it.
    """

    odd: Odd
    given: Decimal | date | None = None
    limit: Decimal | tuple[date, date] | None = None
    accounts: tuple[AccountSpending, ...] = ()

    def __str__(self) -> str:
        """In a few words of English."""
        if self.accounts:
            return "; ".join(_off(one) for one in self.accounts)
        given = f"{self.given:f}" if isinstance(self.given, Decimal) else str(self.given)
        if isinstance(self.limit, tuple):
            return f"{given} is not within {self.limit[0]} to {self.limit[1]}"
        limit = f"{self.limit.normalize():f}" if self.limit is not None else ""
        return {
            Odd.UNEQUAL: f"{given} against {limit}",
            Odd.ABOVE: f"{given} is above {limit}",
            Odd.BELOW: f"{given} is below {limit}",
            Odd.JUMP: f"{given} after {limit}",
            Odd.NOTHING: "everything is 0",
            Odd.OUTSIDE: given,
            Odd.OFF_BUDGET: f"{given} so far, where all of the budget is {limit}",
        }[self.odd]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that does not hold: its key, the question's, its level, and what the answer was held against."""

    check: CheckRule
    question: str
    misfit: Misfit

    @property
    def against(self) -> str:
        """What the answer was held against, in a few words of English."""
        return str(self.misfit)

    @property
    def blocks(self) -> bool:
        """Whether no explanation helps."""
        return self.check.level == "block"


def find_odd_figures(questions: Iterable[Question], facts: CheckFacts) -> tuple[Finding, ...]:
    """Return the checks that do not hold and that nobody has explained, in the order of the questions.

    What is not known, an unanswered question or no earlier period, is no finding.
    """
    listed = list(questions)
    return tuple(
        Finding(check, question.key, misfit)
        for question in listed
        for check in question.checks
        if (misfit := _misfit(check, question, listed, facts)) is not None
        and (check.level == "block" or not facts.answers.get(f"{question.key}.{WHY}"))
    )


def _misfit(
    check: CheckRule, question: Question, questions: Sequence[Question], facts: CheckFacts
) -> Misfit | None:
    """Return how the answer does not fit, when it does not."""
    if check.in_period:
        return _outside(facts.answers.get(question.key), facts)
    value = _number(facts.answers.get(question.key))
    if value is None:
        return None
    if check.something:
        numbers = [
            _number(facts.answers.get(one.key)) for one in questions if one.kind in ("number", "money")
        ]
        return Misfit(Odd.NOTHING) if not any(numbers) else None
    if check.jump_percent is not None:
        return _jump(check.jump_percent, question.key, value, facts)
    if check.so_far or check.over_budget_percent is not None:
        value += sum((_number(one.get(question.key)) or Decimal(0) for one in facts.earlier), Decimal(0))
    if check.over_budget_percent is not None:
        return _off_budget(check.over_budget_percent, value, facts.accounts.get(question.key, ()))
    if check.lowest is not None:
        lowest = read_number(check.lowest)
        return Misfit(Odd.BELOW, value, lowest) if value < lowest else None
    named = check.equals or check.at_most or check.at_least
    limit = read_number(check.highest) if check.highest else _total(named, facts)
    if limit is None:
        return None
    if check.percent is not None:
        limit = limit * check.percent / 100
    if check.at_least:
        return Misfit(Odd.BELOW, value, limit) if value < limit else None
    if check.equals:
        return Misfit(Odd.UNEQUAL, value, limit) if value != limit else None
    return Misfit(Odd.ABOVE, value, limit) if value > limit else None


def _total(names: Iterable[str], facts: CheckFacts) -> Decimal | None:
    """Return the sum of what the names stand for; None when one of them is not known."""
    total = Decimal(0)
    for name in names:
        if name in ("award", "paid"):
            part = facts.award if name == "award" else facts.paid
        elif "." in name:
            part = facts.others.get(name)
        else:
            part = _number(facts.answers.get(name))
        if part is None:
            return None
        total += part
    return total


def _jump(percent: int, key: str, value: Decimal, facts: CheckFacts) -> Misfit | None:
    before = _number(facts.earlier[-1].get(key)) if facts.earlier else None
    # After a period with 0 every number would be a jump: there is nothing to hold it against.
    if not before or abs(value - before) * 100 <= before * percent:
        return None
    return Misfit(Odd.JUMP, value, before)


def _off_budget(percent: int, so_far: Decimal, accounts: Sequence[AccountSpending]) -> Misfit | None:
    """Return the accounts on which the period's spending leaves the budget; None for a grant without a budget.

    An account on which nothing was spent in the period was asked about before.
    """
    planned = [one.budget_minor for one in accounts if one.budget_minor is not None]
    if not planned:
        return None
    most = 100 + percent
    off = tuple(
        one
        for one in accounts
        if one.spent_minor > 0 and one.so_far_minor * 100 > (one.budget_minor or 0) * most
    )
    whole = Decimal(sum(planned)).scaleb(-get_currency_precision(accounts[0].currency))
    if off or so_far * 100 > whole * most:
        return Misfit(Odd.OFF_BUDGET, so_far, whole, off)
    return None


def _off(one: AccountSpending) -> str:
    name = f"{one.title} ({one.account})" if one.title else one.account or "without an account"
    spent = f"{name}: {sum_text(one.so_far_minor, one.currency)} so far"
    if one.budget_minor is None:
        return f"{spent}, not in the budget"
    return f"{spent}, of {sum_text(one.budget_minor, one.currency)} in the budget"


def _outside(raw: object, facts: CheckFacts) -> Misfit | None:
    if raw in (None, "") or facts.first is None or facts.last is None:
        return None
    day = date.fromisoformat(str(raw))
    within = facts.first <= day <= facts.last
    return None if within else Misfit(Odd.OUTSIDE, day, (facts.first, facts.last))


def _number(raw: object) -> Decimal | None:
    if raw is None or raw == "" or isinstance(raw, bool):
        return None
    return Decimal(str(raw))
