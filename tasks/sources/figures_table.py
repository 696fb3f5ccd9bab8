"""Find a period's figures in the text of a grant's CSV file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.numbers import get_currency_precision

from models.errors import BadInput, Unreadable
from models.programme.file import CsvSource
from models.programme.question import Question
from models.reading.number import bare_sum, by_mark, shown
from models.reading.suggestion import nearest
from models.rules.answers.accept import read_answer
from tasks.files.spreadsheets import place_of
from tasks.sources.messages import Sourced
from tasks.sources.values import mark_of


class FiguresUnreadable(BadInput):
    """The figures file cannot be read."""


@dataclass(frozen=True, slots=True)
class FiguresTable:
    """A figures file: where each column stands, and each period's row with its number, both from 0."""

    name: str
    columns: Mapping[str, int]
    rows: Mapping[str, tuple[int, Sequence[str]]]

    @classmethod
    def of(cls, name: str, text: str, source: CsvSource) -> FiguresTable:
        """Return a file's text as a table; FiguresUnreadable where a period or a column stands twice: which holds?"""
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
        heading = next(lines, [])
        if source.period_column not in heading:
            raise FiguresUnreadable(Sourced.NO_COLUMN(name=name, column=source.period_column))
        twice = next((column for column, count in Counter(heading).items() if column and count > 1), None)
        if twice is not None:
            raise FiguresUnreadable(Sourced.COLUMN_TWICE(name=name, column=shown(twice)))
        columns = {column: at for at, column in enumerate(heading) if column}
        rows: dict[str, tuple[int, Sequence[str]]] = {}
        for at, line in enumerate(lines, start=1):
            # Where commas part the columns, one in a number parts it.
            if source.delimiter == "," and any(line[len(heading) :]):
                raise FiguresUnreadable(Sourced.BEHIND_HEADINGS(name=name, place=place_of(at, len(heading))))
            period = _cell(line, columns[source.period_column])
            if period in rows:
                raise FiguresUnreadable(
                    Sourced.PERIOD_TWICE(name=name, line=lines.line_num, period=shown(period))
                )
            if period:
                rows[period] = (at, line)
        return cls(name, columns, rows)

    def answers(self, questions: Sequence[Question], period: str, currency: str) -> dict[str, str]:
        """Return what the period's row answers, by question; FiguresUnreadable names the cell that is no answer."""
        self._check_columns(questions)
        number, line = self.rows.get(period, (0, ()))
        found = {}
        for question in questions:
            at = self.columns.get(question.column or "", len(self.columns))
            raw = _cell(line, at)
            if not raw:
                continue
            try:
                found[question.key] = str(
                    read_answer(question, self._one_way(question, raw, currency), currency)
                )
            except Unreadable as error:
                raise FiguresUnreadable(
                    Sourced.CELL(name=self.name, place=place_of(number, at), why=error)
                ) from error
        return found

    def _one_way(self, question: Question, raw: str, currency: str) -> str:
        """Return a sum that reads one way only; TwoReadings where its column does not show which, as of sources."""
        if question.kind != "money":
            return raw
        at = self.columns[question.column or ""]
        mark = mark_of((_cell(line, at) for _, line in self.rows.values()), currency)
        return by_mark(bare_sum(raw, currency), mark, get_currency_precision(currency))

    def _check_columns(self, questions: Sequence[Question]) -> None:
        """Refuse a file without one of the columns: its question would wait for it for ever, and nobody would know."""
        asked = [question.column or "" for question in questions]
        missing = next((column for column in asked if self.rows and column not in self.columns), None)
        if missing is not None:
            near = nearest(missing, [*self.columns])
            if near:
                raise FiguresUnreadable(Sourced.COLUMN_MEANT(name=self.name, column=missing, near=near))
            raise FiguresUnreadable(Sourced.NO_COLUMN(name=self.name, column=missing))


def _cell(line: Sequence[str], at: int) -> str:
    return line[at].strip() if at < len(line) else ""
