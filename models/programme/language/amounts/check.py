"""A check of an answer, as a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from models.programme.language.amounts.forms import Form, Kind, Sentence, Slot, flag
from models.programme.language.amounts.kinds import SUM, joined, percent
from models.programme.language.tokens import Walk

_FIGURE = re.compile(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold of an answer, or be explained; or it is refused, with `refuse`.

    `limit` is a sum, or the figures whose sum it is; `so_far` counts the answers of earlier periods too.
    `or_by` is how much it may be where that is more than the percentage.
    """

    kind: Literal["at_most", "at_least", "equals", "changes", "lines", "moves", "in_period", "not_all_0"]
    limit: Decimal | tuple[str, ...] = ()
    percent: int | None = None
    or_by: Decimal | None = None
    so_far: bool = False
    refuse: bool = False


def _read_figure(walk: Walk) -> str:
    if walk.token.bracketed or not _FIGURE.match(walk.token.text):
        walk.fail("a figure is expected here: award, paid, a question, or STEP.QUESTION")
    return walk.take().text


def _read_or_by(walk: Walk) -> Decimal:
    walk.expect("or")
    found: Decimal = SUM.read(walk)
    return found


_FIGURES = joined(Kind(lambda walk, ahead: bool(_FIGURE.match(walk.word(ahead))), _read_figure, str))
_LIMIT = Kind(
    _FIGURES.begins,
    lambda walk: (SUM if SUM.begins(walk, 0) else _FIGURES).read(walk),
    lambda held: (SUM if isinstance(held, Decimal) else _FIGURES).said(held),
)
# 'or' goes on in 'or refuse', too.
_OR_BY = Kind(
    lambda walk, ahead: walk.word(ahead) == "or" and SUM.begins(walk, ahead + 1),
    _read_or_by,
    lambda held: f"{'or'} {SUM.said(held)}",
)


def _limited(words: str) -> Form:
    return (words, (Slot("percent", percent(1, 1000)), "of"), Slot("limit", _LIMIT), flag("so_far", "so far"))


def _percentage(words: str, least: int, most: int, of: str = "") -> Form:
    rest: Form = (of,) if of else ()
    return (words, Slot("percent", percent(least, most)), *rest, (Slot("or_by", _OR_BY),))


_FORMS: dict[str, Form] = {
    "at_most": _limited("at most"),
    "at_least": _limited("at least"),
    "equals": ("equals", Slot("limit", _FIGURES), flag("so_far", "so far")),
    "changes": _percentage("changes at most", 1, 100_000),
    "lines": _percentage("lines at most", 0, 1000, "over budget"),
    "moves": _percentage("moves at most", 0, 1000, "of budget"),
    "in_period": ("in period",),
    "not_all_0": ("not all 0",),
}
CHECK = Sentence(
    Check,
    {kind: (*form, flag("refuse", "or refuse")) for kind, form in _FORMS.items()},
    "a check (at most award so far, at least 80 % of paid, equals A and B, changes at most 200 %, lines at most 10 %"
    " over budget, moves at most 10 % of budget, in period, not all 0)",
)
