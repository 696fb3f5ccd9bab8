"""Put together what a grant's reports say: figures by period with their sums, and texts by question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal, get_currency_precision
from sqlmodel import Session, col, select

from models.question_rule import Question
from models.step import Figure, Step
from models.vocabulary import Phase, StepKind
from tasks.grant_at_work import GrantAtWork, rule_of
from tasks.last_answers import last_answers
from tasks.words import LANGUAGES, Speaker


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A question's answers by period, in the order of `DocumentFacts.periods`, and their sum; `why` explains them."""

    title: str
    cells: tuple[str, ...]
    total: str
    values: tuple[Decimal | None, ...] = ()
    money: bool = False
    sensitive: bool = False  # a number of people


@dataclass(frozen=True, slots=True)
class TextPart:
    """What was written in answer to a question: the question's title, the period it is about, the paragraphs."""

    title: str
    period: str
    paragraphs: tuple[str, ...]


class Reports:
    """What the grant's reports say so far: figures by period with their sums, and texts.

    `only` keeps to one step: what a follow-up of its own says.
    """

    def __init__(self, session: Session, work: GrantAtWork, say: Speaker, only: Step | None = None) -> None:
        self._say, self._currency = say, work.grant.currency
        self._steps = [
            step
            for step in sorted(work.steps.values(), key=lambda one: one.position)
            if step.kind is StepKind.REPORT and only in (None, step)
        ]
        self._work = work
        self._answers = _answers(session, self._steps)
        periodic = [step for step in self._steps if step.period and self._questions(step)]
        self.periods = tuple(say.period(step.period or "") for step in periodic)
        rows = [self._row(key, question, periodic) for key, question in self._asked(periodic).items()]
        self.rows = tuple(rows)
        self.figures = tuple(row for row in rows if not row.money)
        money = [row for row in rows if row.money]
        self.spending = money[0] if money else None
        known = bool(money) and any(value is not None for value in money[0].values)
        self.spent_minor = self._minor(money[0].values) if known else None
        final = [step for step in self._steps if step.phase is Phase.FINAL_REPORT]
        early = [step for step in self._steps if step.phase is Phase.APPLICATION]
        self.applied_minor = self._first_sum(early)
        self.application_texts = tuple(self._texts(early))
        self.texts = tuple(self._texts(step for step in periodic if step not in final))
        self.report_texts = tuple(self._texts(final))
        self.notes = tuple(self._why(self._steps))

    def _questions(self, step: Step) -> Sequence[Question]:
        rule = rule_of(self._work, step)
        return rule.questions if rule else ()

    def _first_sum(self, steps: Iterable[Step]) -> int | None:
        """Return the first sum of money that the steps answered."""
        for step in steps:
            for question in self._questions(step):
                value = _number(self._answers.get(step.id or 0, {}).get(question.key))
                if question.kind == "money" and value is not None:
                    return self._minor([value])
        return None

    def _asked(self, steps: Iterable[Step]) -> dict[str, Question]:
        """Return the questions whose answers add up over the periods, by key."""
        found: dict[str, Question] = {}
        for step in steps:
            for question in self._questions(step):
                if question.kind in ("number", "money"):
                    found.setdefault(question.key, question)
        return found

    def _row(self, key: str, question: Question, steps: Sequence[Step]) -> FigureRow:
        values = tuple(_number(self._answers.get(step.id or 0, {}).get(key)) for step in steps)
        known = [value for value in values if value is not None]
        money = question.kind == "money"
        return FigureRow(
            self._title(question),
            tuple(self._shown(value, money=money) for value in values),
            self._shown(sum(known, Decimal(0)) if known else None, money=money),
            values,
            money,
            question.sensitive,
        )

    def _shown(self, value: Decimal | None, *, money: bool) -> str:
        if value is None:
            return "–"
        if money:
            return self._say.money(int(value.scaleb(get_currency_precision(self._currency))), self._currency)
        return format_decimal(value, locale=LANGUAGES[self._say.language])

    def _minor(self, values: Iterable[Decimal | None]) -> int:
        known = sum((value for value in values if value is not None), Decimal(0))
        return int(known.scaleb(get_currency_precision(self._currency)))

    def _title(self, question: Question) -> str:
        return question.title.en if self._say.language == "en" else question.title.sv

    def _texts(self, steps: Iterable[Step]) -> Iterable[TextPart]:
        for step in steps:
            answers = self._answers.get(step.id or 0, {})
            for question in self._questions(step):
                text = answers.get(question.key)
                if question.kind == "text" and isinstance(text, str) and text.strip():
                    parts = tuple(line.strip() for line in text.splitlines() if line.strip())
                    period = self._say.period(step.period) if step.period else ""
                    yield TextPart(self._title(question), period, parts)

    def _why(self, steps: Iterable[Step]) -> Iterable[str]:
        for step in steps:
            for key, value in self._answers.get(step.id or 0, {}).items():
                if key.endswith(".why") and isinstance(value, str) and value.strip():
                    yield value.strip()


def _answers(session: Session, steps: Sequence[Step]) -> dict[int, dict[str, Any]]:
    """Return each step's last answers, with gathered figures where nobody answered otherwise."""
    ids = [step.id for step in steps]
    found: dict[int, dict[str, Any]] = {}
    for figure in session.exec(select(Figure).where(col(Figure.step_id).in_(ids)).order_by(col(Figure.id))):
        found.setdefault(figure.step_id, {})[figure.question] = figure.value
    for step_id, data in last_answers(session, ids).items():
        found[step_id] = {**found.get(step_id, {}), **data}
    return found


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None
