"""Gather the figures of a grant's reports, by question and period, with their sums."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import format_decimal

from models.currency import decimals_of
from models.programme.question import OURS, OverPeriods, Question
from models.rules.answers.small_numbers import Count, find_breakdowns
from models.rules.answers.spending import list_period_spending_questions
from models.rules.answers.validation import join_periods
from models.tables.step import Step
from tasks.documents.facts.reports import Reports, as_number
from tasks.words.translator import LANGUAGES, Translator
from tasks.words.vocabulary import word_document

NOTHING = "–"
MARK = "*"  # follows a figure that is our own choice, until somebody confirms it


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A question's answers by period, in the order of its table's periods, and their total.

    `adds` are the keys of the rows that add up to it, by its question's parts and checks. `near`
    are those that it is gathered from or compared with. A `part` row comes under its whole.
    """

    title: str
    cells: tuple[str, ...]
    total: str
    values: tuple[Decimal | None, ...] = ()
    money: bool = False
    sensitive: bool = False  # a number of people
    key: str = ""
    adds: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    part: bool = False
    over_periods: OverPeriods = "sum"


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Rows with the same columns, as a document prints them."""

    periods: tuple[str, ...]
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class ReportedSpending:
    """The reported spending, in minor units, and whether it is our own choice.

    `minor` is the final report's statement, if there is one, `periods_minor` the total of the
    periods. In a follow-up alone both are its own period's, and `so_far_minor` is the spending up
    to it.
    """

    minor: int
    periods_minor: int
    so_far_minor: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """The figures of a document's reports, by period; `period_keys` are the steps of the periods."""

    periods: tuple[str, ...]
    period_keys: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    spent: ReportedSpending | None  # None while nothing is reported
    applied_minor: int | None

    @property
    def numbers(self) -> tuple[FigureRow, ...]:
        """The rows that are not money."""
        return tuple(row for row in self.rows if not row.money)

    @property
    def money(self) -> tuple[FigureRow, ...]:
        """The rows that are money."""
        return tuple(row for row in self.rows if row.money)


class StatedSpending(NamedTuple):
    """The total spending that a final report states, and the question it answers."""

    step: Step
    question: Question
    amount: Decimal


def make_figures(say: Translator, reports: Reports) -> ReportFigures:
    """Return the figures of a document's reports."""
    steps = reports.periodic
    questions = _counted_questions(reports, steps).values()
    shown = [question for question in questions if _is_told(reports, question, steps)]
    rows = [row for question in shown for row in _rows(say, reports, question, steps)]
    return ReportFigures(
        periods=tuple(say.period(step.period or "") for step in steps),
        period_keys=tuple(step.key for step in steps),
        rows=tuple(rows),
        spent=_spending(reports, rows),
        applied_minor=_applied_minor(reports),
    )


def _counted_questions(reports: Reports, steps: Iterable[Step]) -> dict[str, Question]:
    """Return the questions whose answers are numbers, by key."""
    questions: dict[str, Question] = {}
    for step in steps:
        for question in reports.questions_of(step):
            if question.counts:
                questions.setdefault(question.key, question)
    return questions


def _is_told(reports: Reports, question: Question, steps: Iterable[Step]) -> bool:
    """Return whether a question has a row: an optional one has none if nobody has answered it."""
    if _sums_up(question):
        return False
    return question.required or any(reports.answers_of(step).get(question.key) is not None for step in steps)


def _sums_up(question: Question) -> bool:
    """Return whether a question asks for the total of what the periods' reports say."""
    tests = [check for check in question.checks if check.test.kind == "equals" and not check.test.so_far]
    return question.kind == "money" and any("." in name for check in tests for name in check.equals)


def _rows(
    say: Translator, reports: Reports, question: Question, steps: Sequence[Step]
) -> Iterator[FigureRow]:
    """Yield the question's row, and under it those of its parts."""
    keys = tuple(f"{question.key}.{part.key}" for part in question.parts)
    adds, near = _linked(reports, question.key)
    title = question.title.in_language(say.language)
    yield _row(
        say, reports, question, question.key, title=title, steps=steps, adds=adds.union(keys), near=near
    )
    for key, part in zip(keys, question.parts, strict=True):
        title = word_document(say, "part_of", part=part.title.in_language(say.language))
        yield _row(say, reports, question, key, title=title, steps=steps)


def _linked(reports: Reports, key: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the questions whose sum an answer is, and those of other periods that it repeats.

    Checks of every step count: somebody who reads one period's figures may know what another's form
    asks.
    """
    rules = reports.work.programme.steps
    alike = [question for rule in rules for question in rule.questions if question.key == key]
    checks = [check for question in alike for check in question.checks]
    adds = {name for check in checks if not check.test.so_far for name in check.equals if "." not in name}
    named = {name for check in checks for name in check.equals}
    named |= {question.gather.answer.text for question in alike if question.gather and question.gather.answer}
    return frozenset(adds), frozenset(name.rpartition(".")[2] for name in named)


def _row(
    say: Translator,
    reports: Reports,
    question: Question,
    key: str,
    *,
    title: str,
    steps: Sequence[Step],
    adds: frozenset[str] = frozenset(),
    near: frozenset[str] = frozenset(),
) -> FigureRow:
    currency = reports.work.grant.currency if question.kind == "money" else None
    how = question.over_periods
    values = tuple(as_number(reports.answers_of(step).get(key)) for step in steps)
    ours = [str(reports.answers_of(step).get(f"{key}.{OURS}", "")) for step in steps]
    total = word_figure(say, join_periods(values, how), currency) + MARK * ("all" in ours)
    if how in ("last", "highest") and total != NOTHING:
        total = word_document(say, "total", how, number=total)
    cells = [word_figure(say, value, currency) for value in values]
    return FigureRow(
        title=title,
        cells=tuple(cell + MARK * bool(mark) for cell, mark in zip(cells, ours, strict=True)),
        total=total,
        values=values,
        money=currency is not None,
        sensitive=question.sensitive,
        key=key,
        adds=adds,
        near=near,
        part=key != question.key,
        over_periods=how,
    )


def word_figure(say: Translator, value: Decimal | None, currency: str | None) -> str:
    """Return a number as its table prints it, a sum of money with its currency."""
    if value is None:
        return NOTHING
    if currency is not None:
        return say.money(_minor([value], "sum", currency), currency)
    return format_decimal(value, locale=LANGUAGES[say.language])


def _minor(values: Iterable[Decimal | None], how: OverPeriods, currency: str) -> int:
    """Return the total of several periods' sums, in minor units."""
    total = join_periods(values, how) or Decimal(0)
    return int(total.scaleb(decimals_of(currency)))


def _spending(reports: Reports, rows: Iterable[FigureRow]) -> ReportedSpending | None:
    """Return the reported spending; None while no period states it."""
    names = {name.partition(".")[2] for name in list_period_spending_questions(reports.work.programme)}
    spent = [row for row in rows if row.money and row.key in names]
    if not any(value is not None for row in spent for value in row.values):
        return None
    currency = reports.work.grant.currency
    periods_minor = sum(_minor(row.values, row.over_periods, currency) for row in spent)
    is_ours = any(row.total.endswith(MARK) for row in spent)
    if reports.only is not None:
        so_far_minor = _spent_up_to(reports, reports.only, spent)
        return ReportedSpending(periods_minor, periods_minor, so_far_minor, is_ours)
    stated = stated_spending(reports)
    minor = periods_minor if stated is None else _minor([stated.amount], "sum", currency)
    return ReportedSpending(minor, periods_minor, minor, is_ours)


def _spent_up_to(reports: Reports, last: Step, rows: Iterable[FigureRow]) -> int:
    """Return the totals of the reports up to one of the periods."""
    before = [step for step in reports.every if step.period and step.position <= last.position]
    total = 0
    for row in rows:
        values = [as_number(reports.answers_of(step).get(row.key)) for step in before]
        total += _minor(values, row.over_periods, reports.work.grant.currency)
    return total


def stated_spending(reports: Reports) -> StatedSpending | None:
    """Return the last total that the reports state for all periods; None for one step alone."""
    if reports.only is not None:
        return None
    stated = None
    for step in reports.told:
        for question in filter(_sums_up, reports.questions_of(step)):
            amount = as_number(reports.answers_of(step).get(question.key))
            if amount is not None:
                stated = StatedSpending(step, question, amount)
    return stated


def _applied_minor(reports: Reports) -> int | None:
    """Return the sum that was applied for: the first sum of money in the application."""
    for step in reports.applications:
        for question in reports.questions_of(step):
            value = as_number(reports.answers_of(step).get(question.key))
            if question.kind == "money" and value is not None:
                return _minor([value], "sum", reports.work.grant.currency)
    return None


def counts_of(figures: Iterable[FigureRow]) -> list[Count]:
    """Return the figures as counts: for one period alone, its number is the total."""
    return [
        Count(
            key=row.key,
            by_period=row.values,
            total=row.values[0] if len(row.values) == 1 else join_periods(row.values, row.over_periods),
            adds=row.adds,
            near=row.near,
            of_people=row.sensitive,
        )
        for row in figures
    ]


def people_in(figures: Iterable[FigureRow]) -> set[str]:
    """Return the keys of the figures that are numbers of people, or from which one can be derived."""
    return {count.key for group in find_breakdowns(counts_of(figures)) for count in group}
