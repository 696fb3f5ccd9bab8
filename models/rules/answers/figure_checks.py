"""Check a step's figures against each other, earlier periods, the award and the budget."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.currency import sum_text, whole_units
from models.facts.money import AccountSpending
from models.programme.language.amounts import Check
from models.programme.question import WHY, CheckRule, Question


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What a step's figures are checked against: `answers` are the step's own.

    `others` are the answers of other steps, by STEP.QUESTION, with their periods joined. `earlier`
    are the answers of the step's earlier periods, oldest first. `award` and `paid` are in whole
    units of the currency. `accounts` are what a ledger gave for a question up to the step, by
    account of the ledger or of the grant's budget. `optional` are questions, named as in `others`
    or as the step's own, that add nothing to a sum while unanswered.
    """

    answers: Mapping[str, object]
    others: Mapping[str, Decimal] = field(default_factory=dict)
    earlier: Sequence[Mapping[str, object]] = ()
    award: Decimal | None = None
    paid: Decimal | None = None
    first: date | None = None
    last: date | None = None
    accounts: Mapping[str, Sequence[AccountSpending]] = field(default_factory=dict)
    optional: Collection[str] = ()


class Outlier(StrEnum):
    """How an answer does not fit."""

    UNEQUAL = "unequal"
    ABOVE = "above"
    BELOW = "below"
    JUMP = "jump"
    MOVED = "moved"
    NOTHING = "nothing"
    OUTSIDE = "outside"
    OFF_BUDGET = "off budget"


@dataclass(frozen=True, slots=True)
class Misfit:
    """How an answer does not fit: the answer, and the limit or days that it should fit.

    `given` includes earlier answers where they count together. `accounts` are those that are off
    the budget; without any, the answers exceed the whole budget. For money moved between the
    budget's lines, `given` is their total.
    """

    outlier: Outlier
    given: Decimal | date | None = None
    limit: Decimal | tuple[date, date] | None = None
    accounts: tuple[AccountSpending, ...] = ()

    def __str__(self) -> str:
        """In a few words of English."""
        off = "; ".join(_off(account) for account in self.accounts)
        if self.accounts and self.outlier is not Outlier.MOVED:
            return off
        given = f"{self.given:f}" if isinstance(self.given, Decimal) else str(self.given)
        if isinstance(self.limit, tuple):
            return f"{given} is not within {self.limit[0]} to {self.limit[1]}"
        limit = f"{self.limit.normalize():f}" if self.limit is not None else ""
        return {
            Outlier.UNEQUAL: f"{given} against {limit}",
            Outlier.ABOVE: f"{given} is above {limit}",
            Outlier.BELOW: f"{given} is below {limit}",
            Outlier.JUMP: f"{given} after {limit}",
            Outlier.MOVED: f"{given} above the budget's lines, where {limit} may be; {off}",
            Outlier.NOTHING: "everything is 0",
            Outlier.OUTSIDE: given,
            Outlier.OFF_BUDGET: f"{given} so far, where all of the budget is {limit}",
        }[self.outlier]


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check that does not hold: its rule, the question's key, and how the answer does not fit."""

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
        return self.check.test.refuse


def find_outliers(questions: Iterable[Question], facts: CheckFacts) -> tuple[FailedCheck, ...]:
    """Return the checks that do not hold and that nobody has explained, in the order of the questions.

    An unknown figure (an unanswered question, no earlier period) is no finding. Nobody is asked to
    explain an answer that has to be corrected first.
    """
    failed: list[FailedCheck] = []
    for outliers in _outliers_by_question(questions, facts):
        blocking = [figure for figure in outliers if figure.blocks]
        failed += blocking or [figure for figure in outliers if not _is_explained(figure, facts)]
    return tuple(failed)


def find_explained_outliers(questions: Iterable[Question], facts: CheckFacts) -> tuple[FailedCheck, ...]:
    """Return the checks that do not hold and that somebody has explained, in the order of the questions."""
    outliers = (figure for failed in _outliers_by_question(questions, facts) for figure in failed)
    return tuple(figure for figure in outliers if _is_explained(figure, facts))


def _outliers_by_question(questions: Iterable[Question], facts: CheckFacts) -> Iterator[list[FailedCheck]]:
    listed = list(questions)
    for question in listed:
        yield [
            FailedCheck(check, question.key, misfit)
            for check in question.checks
            if (misfit := _misfit(check, question, listed, facts)) is not None
        ]


def _is_explained(failed: FailedCheck, facts: CheckFacts) -> bool:
    return bool(facts.answers.get(f"{failed.question}.{WHY}"))


def _misfit(
    check: CheckRule, question: Question, questions: Sequence[Question], facts: CheckFacts
) -> Misfit | None:
    """Return how the answer does not fit, when it does not."""
    test = check.test
    if test.kind == "in_period":
        return _outside(facts.answers.get(question.key), facts)
    value = _number(facts.answers.get(question.key))
    if value is None:
        return None
    if test.kind == "not_all_0":
        numbers = [_number(facts.answers.get(question.key)) for question in questions if question.counts]
        return Misfit(Outlier.NOTHING) if not any(numbers) else None
    if test.kind == "changes":
        return _jump(test, question.key, value, facts)
    if test.so_far or check.of_budget:
        value += sum(
            (_number(answers.get(question.key)) or Decimal(0) for answers in facts.earlier), Decimal(0)
        )
    if check.of_budget:
        return _off_budget(test, value, facts.accounts.get(question.key, ()))
    limit = _total(test.limit, facts) if isinstance(test.limit, tuple) else test.limit
    if limit is None:
        return None
    limit = limit * (100 if test.percent is None else test.percent) / 100
    outlier, is_outlier = {
        "at_least": (Outlier.BELOW, value < limit),
        "equals": (Outlier.UNEQUAL, value != limit),
        "at_most": (Outlier.ABOVE, value > limit),
    }[test.kind]
    return Misfit(outlier, value, limit) if is_outlier else None


def _total(names: Iterable[str], facts: CheckFacts) -> Decimal | None:
    """Return the sum of the named figures; None if one of them is unknown and not optional."""
    total = Decimal(0)
    names = list(names)
    for name in names:
        if name in ("award", "paid"):
            part = facts.award if name == "award" else facts.paid
        elif name in facts.others:
            part = facts.others[name]
        else:  # the step's own, perhaps a part of it: QUESTION.PART
            part = _number(facts.answers.get(name))
        if part is None and (name not in facts.optional or len(names) == 1):
            return None
        total += part or 0
    return total


def _jump(check: Check, key: str, value: Decimal, facts: CheckFacts) -> Misfit | None:
    before = _number(facts.earlier[-1].get(key)) if facts.earlier else None
    # Every number would be a jump after a period with 0, so nothing is compared.
    if not before or abs(value - before) <= _room(before, check):
        return None
    return Misfit(Outlier.JUMP, value, before)


def _room(of: Decimal, check: Check) -> Decimal:
    """Return by how much an answer may differ from `of`: a percentage of it, or the check's own sum if higher."""
    share = of * (check.percent or 0) / 100
    return share if check.or_by is None else max(share, check.or_by)


def _off_budget(check: Check, so_far: Decimal, accounts: Sequence[AccountSpending]) -> Misfit | None:
    """Return the accounts on which the period's spending leaves the budget; None without a budget.

    Accounts without spending in the period are left out: they were asked about before.
    """
    planned = [account.budget_minor for account in accounts if account.budget_minor is not None]
    if not planned:
        return None
    currency = accounts[0].currency
    whole = whole_units(sum(planned), currency)
    over = {
        account: whole_units(_over_minor(account), currency)
        for account in accounts
        if _over_minor(account) > 0
    }
    if check.kind == "moves":
        moved = sum(over.values(), Decimal(0))
        room = _room(whole, check)
        grew = any(account.spent_minor > 0 for account in over)
        return Misfit(Outlier.MOVED, moved.normalize(), room, tuple(over)) if grew and moved > room else None
    off = tuple(
        account
        for account, by in over.items()
        if account.spent_minor > 0
        and (account.budget_minor is None or by > _room(whole_units(account.budget_minor, currency), check))
    )
    if off or so_far - whole > _room(whole, check):
        return Misfit(Outlier.OFF_BUDGET, so_far, whole, off)
    return None


def _over_minor(account: AccountSpending) -> int:
    """Return by how much an account exceeds its lines in the budget, in minor units; negative below them."""
    return account.so_far_minor - (account.budget_minor or 0)


def _off(account: AccountSpending) -> str:
    name = (
        f"{account.title} ({account.account})" if account.title else account.account or "without an account"
    )
    spent = f"{name}: {sum_text(account.so_far_minor, account.currency)} so far"
    if account.budget_minor is None:
        return f"{spent}, not in the budget"
    return f"{spent}, of {sum_text(account.budget_minor, account.currency)} in the budget"


def _outside(raw: object, facts: CheckFacts) -> Misfit | None:
    if raw in (None, "") or facts.first is None or facts.last is None:
        return None
    day = date.fromisoformat(str(raw))
    within = facts.first <= day <= facts.last
    return None if within else Misfit(Outlier.OUTSIDE, day, (facts.first, facts.last))


def _number(raw: object) -> Decimal | None:
    if raw is None or raw == "" or isinstance(raw, bool):
        return None
    return Decimal(str(raw))
