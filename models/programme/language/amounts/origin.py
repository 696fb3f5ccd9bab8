"""Where a figure comes from before its owner is asked, as a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from models.programme.language.amounts.forms import Kind, Sentence, Slot
from models.programme.language.amounts.kinds import ASK, HEADING, Ask, choice, joined, name, quoted
from models.programme.language.rule import Name
from models.programme.language.tokens import Walk

_CELL = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,4}(:[A-Z]{1,3}[1-9][0-9]{0,4})?\Z")


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
    where: tuple[tuple[str, str], ...] = ()


def _read_cell(walk: Walk) -> str:
    if not _CELL.match(walk.token.text.upper()):
        walk.fail("a cell is expected here, as C7 or C5:C9")
    return walk.take().text.upper()


def _read_condition(walk: Walk) -> tuple[str, str]:
    heading = HEADING.read(walk)
    walk.expect("is")
    return heading, quoted("a text").read(walk)


def _said_condition(held: tuple[str, str]) -> str:
    return f'{HEADING.said(held[0])} is "{held[1]}"'


def _has_rows(walk: Walk, ahead: int) -> bool:
    return walk.word(ahead) in ("sum", "last") and walk.word(ahead + 1) == "of"


def _choose(walk: Walk) -> str:
    first = 2 if _has_rows(walk, 0) else 0
    found = walk.word(first)
    if walk.word(first + 1) == "in" or found not in ("cell", "answer"):
        return "column"
    return found if found == "cell" or not first else "column"


_ANY = choice({"sum": "sum", "last": "last", "all": "all"})
_ROWS = Slot("rows", Kind(_has_rows, _ANY.read, _ANY.said))
_SOURCE = Slot("source", name("a source, or a column and its source as Belopp in ledger,"))
_CONDITION = Kind(lambda walk, ahead: True, _read_condition, _said_condition)
ORIGIN = Sentence(
    Origin,
    {
        "answer": ("answer", Slot("answer", ASK), (Slot("rows", _ANY),)),
        "cell": (
            (_ROWS, "of"),
            "cell",
            Slot("cell", Kind(lambda walk, ahead: True, _read_cell, lambda held: held)),
            "in",
            _SOURCE,
        ),
        "column": (
            (_ROWS, "of"),
            (Slot("column", HEADING), "in"),
            _SOURCE,
            ("by", Slot("account", HEADING)),
            ("where", Slot("where", joined(_CONDITION, "where"))),
        ),
    },
    choose=_choose,
)
