"""A check of an answer, as a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from models.programme.language.grammar import Form, Sentence
from models.programme.language.kinds import KINDS, SUM
from models.programme.language.words import Word


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


_FIGURE = "a sum, or a figure (award, paid, a question, STEP.QUESTION), is expected here"
KINDS |= {
    "limit": replace(SUM, says=_FIGURE),
    "figure": Word("[a-z][a-z0-9]*([-_.][a-z0-9]+)*", _FIGURE),
}
_OF = "[{percent:percent} of]"
_LIMITED = ("at_most", f"at most {_OF}"), ("at_least", f"at least {_OF}"), ("equals", "equals")
_FORMS = (
    *((kind, f"{words} {{limit:limit}} {{so_far?so far}}") for kind, words in _LIMITED[:2]),
    *((kind, f"{words} {{limit:figure:1:and}} {{so_far?so far}}") for kind, words in _LIMITED),
    ("changes", "changes at most {percent:percent} [or {or_by:sum}]"),
    ("lines", "lines at most {percent:percent} over budget [or {or_by:sum}]"),
    ("moves", "moves at most {percent:percent} of budget [or {or_by:sum}]"),
    ("in_period", "in period"),
    ("not_all_0", "not all 0"),
)
CHECK: Sentence[Check] = Sentence(
    *(Form(Check, f"{form} {{refuse?or refuse}}", kind=kind) for kind, form in _FORMS),
    says="a check is expected here: at most award so far, at least 80 % of paid, equals A and B, changes at most"
    " 200 %, lines at most 10 % over budget, moves at most 10 % of budget, in period, not all 0",
)
