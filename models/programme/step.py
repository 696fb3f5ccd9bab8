"""A step of a programme's plan."""

from __future__ import annotations

from models.programme.language.field import EachSentence, RuleSentence
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.question import Question, Words
from models.programme.terms import LateRule, NeededDocument, RepaymentRule, Threshold
from models.reading.fields import Key, Need, Strict
from models.vocabulary import Phase, Role, StepKind


class StepRule(Strict):
    """A step as the plan describes it; `each` makes one a period, as `follow-up-2010-q1`.

    `definite` is the title as a sentence has it; without it letters quote the title. `needs` are keys of steps that
    must be settled before it can be answered: of one that comes once a period that of the same period, or with
    `.previous`, `.first` and `.last` another's; from a step that comes once, all of them. `approves` is the step that
    an approval is about, `body` who takes it at a meeting; `instalment` the number of a claim's or payment's part.
    `settled_by_decision`: recording the award settles it. `optional`: a report may be answered as not needed.
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
    first: FirstPeriod | None = None
    last: LastPeriod | None = None
    due: RuleSentence
    opens: RuleSentence | None = None
    needs: tuple[Need, ...] = ()
    approves: Key | None = None
    body: Key | None = None
    instalment: int | None = None
    ladder: Key = "default"
    questions: tuple[Question, ...] = ()
    documents: tuple[NeededDocument, ...] = ()
    settled_by_decision: bool = False
    when: Threshold | None = None
    optional: bool = False
    late: tuple[LateRule, ...] = ()
    lapses: bool = False
    stake: Words | None = None
    repays: RepaymentRule | None = None

    @property
    def fold_last_into(self) -> str | None:
        """The step in which the last period is asked for."""
        return self.last.into if self.last is not None else None

    @property
    def skip_last(self) -> bool:
        """Whether nothing is asked for the last period."""
        return self.last is not None and self.last.skip

    @property
    def day_names(self) -> tuple[str, ...]:
        """The names from which its due dates count, those of the first and last period too."""
        ends = (end.due for end in (self.first, self.last) if end is not None and end.due is not None)
        return tuple(dict.fromkeys((*self.due.names, *(name for due in ends for name in due.names))))

    @property
    def awaits(self) -> tuple[str, ...]:
        """What must be settled before it: its needs, what it approves, and the reports that say what it pays back."""
        spending = self.repays.spending if self.repays is not None else ()
        approves = (self.approves,) if self.approves is not None else ()
        return (*self.needs, *approves, *(name.partition(".")[0] for name in spending))

    @property
    def may_await(self) -> tuple[str, ...]:
        """What any of its periods awaits."""
        ends = (end.needs for end in (self.first, self.last) if end is not None)
        return (*self.awaits, *(name for needs in ends for name in needs))
