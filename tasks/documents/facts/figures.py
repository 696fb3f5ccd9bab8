"""Gather the figures of a grant's reports, by question and period, with their sums."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import format_decimal

from models.currency import decimals_of
from models.programme.question import OURS, OverPeriods, Question
from models.rules.answers.conflicts import Counted
from models.rules.answers.small_numbers import Count, find_breakdowns
from models.rules.answers.spending import list_period_spending_questions
from models.rules.answers.validation import join_periods
from models.tables.step import Step
from tasks.documents.facts.reports import Reports, as_number
from tasks.words.translator import LANGUAGES, Translator
from tasks.words.vocabulary import word_document

NOTHING = "–"
MARK = "*"  # behind a figure that is a choice of ours, until somebody confirms it


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
    """What is reported as spent, in minor units, and whether that is a choice of ours.

    `minor` is what the final report states, if it does, `periods_minor` the total of the periods.
    In a follow-up alone both are its own period's, and `so_far_minor` is what was spent up to it.
    """

    minor: int
    periods_minor: int
    so_far_minor: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """The figures of the reports that a document tells of, by period; `period_keys` are the steps of the periods."""

    periods: tuple[str, ...]
    period_keys: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    spent: ReportedSpending | None  # None while nothing is reported
    applied_minor: int | None

    @property
    def numbers(self) -> tuple[FigureRow, ...]:
        """The rows that are no money."""
        return tuple(row for row in self.rows if not row.money)

    @property
    def money(self) -> tuple[FigureRow, ...]:
        """The rows that are money."""
        return tuple(row for row in self.rows if row.money)


class StatedSpending(NamedTuple):
    """What a final report states as spent in all, and by which question."""

    step: Step
    question: Question
    amount: Decimal


def make_figures(say: Translator, reports: Reports) -> ReportFigures:
    """Return the figures of the reports that a document tells of."""
    steps = reports.periodic
    asked = _counted_questions(reports, steps).values()
    told = [question for question in asked if _is_told(reports, question, steps)]
    rows = [row for question in told for row in _rows(say, reports, question, steps)]
    return ReportFigures(
        periods=tuple(say.period(step.period or "") for step in steps),
        period_keys=tuple(step.key for step in steps),
        rows=tuple(rows),
        spent=_spending(reports, rows),
        applied_minor=_applied_minor(reports),
    )


def _counted_questions(reports: Reports, steps: Iterable[Step]) -> dict[str, Question]:
    """Return the questions whose answers are numbers, by key."""
    found: dict[str, Question] = {}
    for step in steps:
        for question in reports.questions_of(step):
            if question.counts:
                found.setdefault(question.key, question)
    return found


def _is_told(reports: Reports, question: Question, steps: Iterable[Step]) -> bool:
    """Return whether a question has a row: one that may be left empty has none where nobody has answered it."""
    if _sums_up(question):
        return False
    return question.required or any(reports.answers_of(step).get(question.key) is not None for step in steps)


def _sums_up(question: Question) -> bool:
    """Return whether a question asks once more, as one sum, what the reports of the periods say."""
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

    Checks of every step count: who reads the figures of one period may know what the form of another asks.
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
    total = _shown(say, join_periods(values, how), currency) + MARK * ("all" in ours)
    if how in ("last", "highest") and total != NOTHING:
        total = word_document(say, "total", how, number=total)
    cells = [_shown(say, value, currency) for value in values]
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


def _shown(say: Translator, value: Decimal | None, currency: str | None) -> str:
    """Return a number as its table prints it, with a currency a sum of money."""
    if value is None:
        return NOTHING
    if currency is not None:
        return say.money(_minor([value], "sum", currency), currency)
    return format_decimal(value, locale=LANGUAGES[say.language])


def _minor(values: Iterable[Decimal | None], how: OverPeriods, currency: str) -> int:
    """Return the total of several periods' sums, in minor units."""
    known = join_periods(values, how) or Decimal(0)
    return int(known.scaleb(decimals_of(currency)))


def _spending(reports: Reports, rows: Iterable[FigureRow]) -> ReportedSpending | None:
    """Return what is reported as spent; None while no period says it."""
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
    found = 0
    for row in rows:
        values = [as_number(reports.answers_of(step).get(row.key)) for step in before]
        found += _minor(values, row.over_periods, reports.work.grant.currency)
    return found


def stated_spending(reports: Reports) -> StatedSpending | None:
    """Return the sum that the reports state of all the periods, the last of several; None of one step alone."""
    if reports.only is not None:
        return None
    found = None
    for step in reports.told:
        for question in filter(_sums_up, reports.questions_of(step)):
            amount = as_number(reports.answers_of(step).get(question.key))
            if amount is not None:
                found = StatedSpending(step, question, amount)
    return found


def _applied_minor(reports: Reports) -> int | None:
    """Return the sum that was applied for: the first of money that the application answers."""
    for step in reports.applications:
        for question in reports.questions_of(step):
            value = as_number(reports.answers_of(step).get(question.key))
            if question.kind == "money" and value is not None:
                return _minor([value], "sum", reports.work.grant.currency)
    return None


def find_counted(reports: Reports, figures: ReportFigures) -> list[Counted]:
    """Return the figures that a text can state, with their total or, of one step alone, their own number."""
    asked = _counted_questions(reports, reports.periodic)
    counts = zip(figures.numbers, counts_of(figures.numbers), strict=True)
    return [
        Counted((asked[row.key].title.sv, asked[row.key].title.en), count.total)
        for row, count in counts
        if row.key in asked and count.total is not None
    ]


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
    """Return the keys of the figures that are numbers of people, or from which one can be reckoned."""
    return {count.key for group in find_breakdowns(counts_of(figures)) for count in group}
