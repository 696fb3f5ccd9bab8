"""Where a figure comes from before its owner is asked, as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from models.programme.language.grammar import Form, Forms, Sentence
from models.programme.language.kinds import KINDS, Ask
from models.programme.language.rule import Name
from models.programme.language.words import Choice


class Condition(NamedTuple):
    """A column, and the text by which a row counts."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """A column of a source, or a way through its answer; a cell of a book; or an earlier answer.

    A column is called as the question where none is named. `rows` is what several come to, `account` the column by
    which the sum is kept too, `where` the texts by which rows count.
    """

    kind: Literal["column", "cell", "answer"]
    source: Name | None = None
    column: str = ""
    cell: str = ""
    answer: Ask | None = None
    rows: Literal["sum", "last", "all"] | None = None
    account: str = ""
    where: tuple[Condition, ...] = ()


KINDS |= {
    "rows": Choice({"sum": "sum", "last": "last"}),
    "answer_rows": Choice({"sum": "sum", "last": "last", "all": "all"}),
    "condition": Forms(Form(Condition, "where {column:heading} is {text:text}")),
}
ORIGIN: Sentence[Origin] = Sentence(
    Form(Origin, "answer {answer:ask} [{rows:answer_rows}]", kind="answer"),
    Form(Origin, "[{rows:rows} of] cell {cell:cell} in {source:name}", kind="cell"),
    Form(
        Origin,
        "[{rows:rows} of] [{column:heading} in] {source:name} [by {account:heading}] {where:condition:0:}",
        kind="column",
    ),
)
