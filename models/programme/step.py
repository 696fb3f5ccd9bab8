"""A step of a plan, and the differences of its first and last period."""

from typing import Self

from pydantic import model_validator

from models.programme.language.each import read_each
from models.programme.language.field import (
    EachSentence,
    PriceSentence,
    RepaysSentence,
    RuleSentence,
    WhenSentence,
)
from models.programme.question import Option, Question, Words
from models.reading.fields import Key, Strict
from models.vocabulary import Phase, Role, StepKind


class EndPeriod(Strict):
    """The difference of a first or last period: skipped, asked `into` another step, or joined.

    A period that the grant cuts short joins its neighbour if fewer than `join` months are left of
    it; 0 means always. `due` replaces the step's, except a date published for that period in
    either. `needs` are awaited as well.
    """

    skip: bool = False
    join: int | None = None
    into: Key | None = None
    due: RuleSentence | None = None
    needs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_asks(self) -> Self:
        if [self.skip, self.into is not None, self.due is not None].count(True) > 1:
            raise ValueError("of 'skip', 'into' and 'due' write one")
        return self


def joins(first: EndPeriod | None, last: EndPeriod | None) -> tuple[int | None, int | None]:
    """Return under how many months a cut first and last period join; 0 means always, None never."""
    return first.join if first is not None else None, last.join if last is not None else None


class StepRule(Strict):
    """A step as the plan describes it; `each` makes one a period, as `follow-up-2010-q1`.

    `definite` is the title within a sentence; without it letters quote the title. `needs` are keys
    of steps that must be settled before it can be answered. For a step that comes once a period
    they mean the same period, or another one with `.previous`, `.first` and `.last`. For a step
    that comes once they mean all periods. `approves` is the step that an approval is about, `body`
    who takes it at a meeting; `instalment` the number of a claim's or payment's part.
    `settled_by_decision`: recording the award settles it. `optional`: a report may be answered as
    not needed.
    """

    key: Key
    phase: Phase
    kind: StepKind
    title: Words
    definite: Words | None = None
    todo: Words
    owner: Role = Role.COORDINATOR
    with_funder: bool = False
    each: EachSentence | None = None
    first: EndPeriod | None = None
    last: EndPeriod | None = None
    due: RuleSentence
    opens: RuleSentence | None = None
    needs: tuple[str, ...] = ()
    approves: Key | None = None
    body: Key | None = None
    instalment: int | None = None
    ladder: Key = "default"
    questions: tuple[Question, ...] = ()
    documents: tuple[Option, ...] = ()
    settled_by_decision: bool = False
    when: tuple[WhenSentence, ...] = ()
    optional: bool = False
    late: tuple[PriceSentence, ...] = ()
    lapses: bool = False
    stake: Words | None = None
    repays: RepaysSentence | None = None

    @property
    def fold_last_into(self) -> str | None:
        """The step that asks about the last period."""
        return self.last.into if self.last is not None else None

    @property
    def skip_last(self) -> bool:
        """Whether the last period is not asked about."""
        return self.last is not None and self.last.skip

    @property
    def given(self) -> str | None:
        """The day without which the step does not exist."""
        return next((threshold.date.key for threshold in self.when if threshold.date), None)

    @property
    def amount(self) -> str | None:
        """The yearly amount in which the threshold counts the award."""
        return next((threshold.amount.text for threshold in self.when if threshold.amount), None)

    @property
    def day_names(self) -> tuple[str, ...]:
        """The names from which its due dates count, with those of its end periods and listed dates."""
        listed = read_each(self.each).keys if self.each else ()
        if self.first is None and self.last is None and not listed:
            return self.due.names
        ends = (end.due for end in (self.first, self.last) if end is not None and end.due is not None)
        return tuple(dict.fromkeys((*self.due.names, *(name for due in ends for name in due.names), *listed)))

    @property
    def awaits(self) -> tuple[str, ...]:
        """The steps that must be settled before it: its needs, the step it approves, and its repayment's reports."""
        asks = self.repays.asks if self.repays is not None else ()
        approves = (self.approves,) if self.approves is not None else ()
        return (*self.needs, *approves, *(ask.step for ask in asks))

    @property
    def may_await(self) -> tuple[str, ...]:
        """The steps that any of its periods awaits."""
        ends = (end.needs for end in (self.first, self.last) if end is not None)
        return (*self.awaits, *(name for needs in ends for name in needs))
