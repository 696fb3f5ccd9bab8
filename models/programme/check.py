"""A check of a figure, as the plan has it."""

from __future__ import annotations

from models.programme.language.field import CheckSentence
from models.reading.fields import QuestionKey, Strict, Words


class CheckRule(Strict):
    """A check of a number, a sum or a date: a warning asks once for an explanation, a block refuses.

    Its figures are numbers of the step, STEP.QUESTION, what all its periods come to, `award` or `paid`.
    """

    key: QuestionKey
    says: Words
    test: CheckSentence

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures whose sum the answer is held against."""
        return self.test.limit if isinstance(self.test.limit, tuple) else ()

    @property
    def equals(self) -> tuple[str, ...]:
        """The figures whose sum the answer is."""
        return self.figures if self.test.kind == "equals" else ()

    @property
    def of_budget(self) -> bool:
        """Whether it holds a ledger's accounts against the lines of the grant's budget."""
        return self.test.kind in ("lines", "moves")
