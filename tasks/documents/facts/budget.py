"""Describe a grant's spending against its budget, as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_percent

from models.facts.money import AccountSpending, has_budget
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.figures import NOTHING, ReportFigures
from tasks.documents.facts.reports import Reports
from tasks.grant.money import spending_on
from tasks.words.answers import word_source
from tasks.words.money import word_money
from tasks.words.translator import LANGUAGES, Translator
from tasks.words.vocabulary import word_document


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """Spending against its plan, in words; `now` is the part that falls in a follow-up's own period."""

    title: str
    budget: str
    now: str
    spent: str
    left: str
    percent: str


@dataclass(frozen=True, slots=True)
class SpentBudget:
    """Spending by account against the grant's budget, and in the last row against the award.

    `source` names the ledger of the accounts, and when it was read.
    """

    rows: tuple[BudgetRow, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Sums:
    """A row before it is put into words: sums in minor units, None where nothing is known."""

    title: str
    budget: int | None
    now: int | None
    spent: int


def spent_budget(say: Translator, work: GrantAtWork, reports: Reports, figures: ReportFigures) -> SpentBudget:
    """Return what was spent of the budget and the award, in all, or up to the one step of the reports.

    The accounts come from the ledger, the award's row from the answer: if the two differ, both are
    shown.
    """
    last, spending = _last_spending(work, reports.only)
    budgeted = has_budget(spending)
    rows = [_to_date(say, line, budgeted) for line in spending]
    whole = _whole(say, work, reports, figures)
    total = _total(say, rows)
    if total is not None and (whole is None or (total.budget, total.spent) != (whole.budget, whole.spent)):
        rows.append(total)
    if whole is not None:
        rows.append(whole)
    currency = work.grant.currency
    return SpentBudget(
        tuple(_worded(say, currency, row) for row in rows),
        _source(say, work, last) if last is not None else "",
    )


def _last_spending(work: GrantAtWork, only: Step | None) -> tuple[Step | None, Sequence[AccountSpending]]:
    """Return the spending by account up to the step, or to the last with a ledger, and that step."""
    steps = [only] if only is not None else sorted(work.steps.values(), key=lambda step: -step.position)
    for step in steps:
        if spending := spending_on(work.record, step):
            return step, spending
    return None, ()


def _to_date(say: Translator, account: AccountSpending, budgeted: bool) -> _Sums:
    title = word_money(say, "ledger_account", account.account, account.title)
    if budgeted and account.budget_minor is None:
        title = word_document(say, "not_in_budget", account=title)
    return _Sums(title, account.budget_minor, account.spent_minor, account.so_far_minor)


def _whole(say: Translator, work: GrantAtWork, reports: Reports, figures: ReportFigures) -> _Sums | None:
    award = work.grant.award_minor
    spent = figures.spent
    if award is None or spent is None:
        return None
    title = word_document(say, "whole_grant", to_date=reports.only is not None)
    return _Sums(title, award, spent.minor, spent.so_far_minor)


def _total(say: Translator, rows: Sequence[_Sums]) -> _Sums | None:
    """Return the sum of the rows; None if there is nothing to add."""
    if len(rows) < 2:
        return None

    def added(values: Iterable[int | None]) -> int | None:
        sums = [value for value in values if value is not None]
        return sum(sums) if sums else None

    return _Sums(
        word_document(say, "all_accounts"),
        added(row.budget for row in rows),
        added(row.now for row in rows),
        sum(row.spent for row in rows),
    )


def _worded(say: Translator, currency: str, row: _Sums) -> BudgetRow:
    def money(minor: int | None) -> str:
        return NOTHING if minor is None else say.money(minor, currency)

    left = percent = NOTHING
    if row.budget is not None:
        left = money(row.budget - row.spent)
        if row.budget:
            share = Decimal(row.spent) / row.budget
            percent = format_percent(share, "#,##0.#\N{NO-BREAK SPACE}%", LANGUAGES[say.language])
    return BudgetRow(
        title=row.title,
        budget=money(row.budget),
        now=money(row.now),
        spent=money(row.spent),
        left=left,
        percent=percent,
    )


def _source(say: Translator, work: GrantAtWork, step: Step) -> str:
    row = next(row for row in work.record.figures_of(step) if row.accounts)
    day = say.dated(row.gathered_at.date())
    source = word_source(say, row.source, work.programme)
    return word_document(say, "accounts_from", source=source, day=day)
