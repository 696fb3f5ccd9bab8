"""A question to a step's owner, in a plan."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator

from models.programme.language.field import CheckSentence, OriginSentence
from models.programme.written.source import check_braces
from models.programme.written.step import OverPeriods as OverPeriods
from models.reading.fields import QuestionKey, Strict
from models.reading.fields import Words as Words

# Next to a number: why its parts do not add up to it, or why a check fails, as `persons.why`.
WHY = "why"
# After a question's key: the mark of an answer that the data chose and nobody has confirmed.
OURS = "ours"
# The parts of the committee's memo that somebody has to write; its background comes from the decisions.
FOR_THE_MEMO = ("summary", "preparation", "views")


class Option(Strict):
    """One answer of a choice, one part of a number, or a document that a step requires."""

    key: QuestionKey
    title: Words


class CheckRule(Strict):
    """A check of a number, a sum or a date: a warning asks once for an explanation, a block refuses.

    Its figures are numbers of the step, STEP.QUESTION (the total of all its periods), `award` or
    `paid`.
    """

    key: QuestionKey
    says: Words
    test: CheckSentence

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures whose sum the answer is compared with."""
        return self.test.limit if isinstance(self.test.limit, tuple) else ()

    @property
    def equals(self) -> tuple[str, ...]:
        """The figures whose sum the answer must be."""
        return self.figures if self.test.kind == "equals" else ()

    @property
    def of_budget(self) -> bool:
        """Whether it compares a ledger's accounts with the lines of the grant's budget."""
        return self.test.kind in ("lines", "moves")


class Question(Strict):
    """A question that a step's owner answers.

    It is filled from `column` of the grant's own file, or as `gather` says. Rows of that file about
    parts of a period add up for money, and for other numbers only if it `adds_up`. `over_periods` says how
    answers of several periods become one. A `sensitive` number counts people, and a small one does
    not leave the house unseen; a `whole` one has no decimals. `options` belong to a choice. `parts`
    break a number down, each with an answer of its own, as `persons.under_18`.
    """

    key: QuestionKey
    title: Words
    kind: Literal["number", "money", "text", "date", "yes_no", "choice"] = "number"
    required: bool = True
    column: str | None = None
    adds_up: bool = False
    gather: OriginSentence | None = None
    checks: tuple[CheckRule, ...] = ()
    over_periods: OverPeriods = "sum"
    sensitive: bool = False
    whole: bool = False
    options: tuple[Option, ...] = ()
    parts: tuple[Option, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the answer is a number or a sum of money."""
        return self.kind in ("number", "money")

    @property
    def is_awaited(self) -> bool:
        """Whether somebody must answer it, before the step is done or before the committee gets its memo."""
        return self.required or self.key in FOR_THE_MEMO

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        for _, text in self.gather.where if self.gather is not None else ():
            check_braces(text)
        misfit = next(self._misfits(), None)
        if misfit is not None:
            raise ValueError(misfit)
        return self

    def _misfits(self) -> Iterator[str]:
        if (self.kind == "choice") != bool(self.options):
            mend = "add 'options'" if not self.options else "take 'options' out, or write kind: choice"
            yield f"a choice, and nothing else, has options: {mend}"
        for name, listed in (("options", self.options), ("split", self.parts)):
            if len(listed) == 1:
                yield f"'{name}' has only '{listed[0].key}': name at least two"
        if any(part.key == WHY for part in self.parts):
            yield f"'{WHY}' names why the parts do not add up: call the part something else"
        if not self.counts and (self.parts or self.over_periods != "sum"):
            yield f"only a number or a sum of money is split, or added up, not {self.kind}"
        if self.adds_up and not self.counts:
            yield f"'sum' does not go with {self.kind}"
        gather = self.gather
        rows = gather.rows if gather is not None else None
        if (rows == "all" and self.kind != "text") or (rows == "sum" and not self.counts):
            yield f"'{rows}' does not go with {self.kind}"
        if gather is not None and gather.account and (self.kind != "money" or rows != "sum"):
            yield "accounts are added up, of money: write sum of COLUMN in SOURCE by COLUMN"
        for check in self.checks:
            right = self.kind == "date" if check.test.kind == "in_period" else self.counts
            if not right or (check.of_budget and self.kind != "money"):
                yield f"the check does not go with {self.kind}"
            if (check.of_budget or check.test.so_far) and self.over_periods != "sum":
                yield f"the check adds periods up: it does not go with over: {self.over_periods}"

    @property
    def is_whole(self) -> bool:
        """Whether it counts things that cannot be halved: people, or whatever the programme calls whole."""
        return self.whole or self.sensitive
