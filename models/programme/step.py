"""A step as a programme file says it."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from models.programme.language.field import EachSentence, RuleSentence
from models.programme.period import FirstPeriod, LastPeriod
from models.programme.question import Question, Words
from models.programme.terms import LateRule, NeededDocument, RepaymentRule, Threshold
from models.reading.fields import Key, Need, ProgrammeStepKind, Strict
from models.vocabulary import Phase, Role, StepKind


class StepRule(Strict):
    """A step as the programme describes it; `each` makes one a period."""

    model_config = ConfigDict(title="a step")

    key: Key = Field(description="its name in commands and in other rules")
    phase: Phase = Field(description="the part of the grant's life, and of the round, that it belongs to")
    kind: ProgrammeStepKind = Field(
        description="what it is; `funder` is a move of the funder's that is waited for"
    )
    title: Words = Field(description="what letters call it")
    definite: Words | None = Field(
        default=None,
        description="the title as a sentence has it, with its article; without it letters quote the title",
    )
    todo: Words = Field(description="what its owner does, as one sentence to them")
    owner: Role = Field(default=Role.COORDINATOR, description="the role that answers it")
    with_funder: bool = Field(
        default=False, description="the funder has it: the owner is told to ask, and records what came"
    )
    each: EachSentence | None = Field(
        default=None,
        description="`quarter`, `year from 1 April`, `project quarter`, `months 1-18 and 19-end`, `half except H2`:"
        " makes one such step a period, as `follow-up-2010-q1`",
    )
    first: FirstPeriod | None = Field(
        default=None,
        description="what differs for the first period: `skip`, `join` or `{join: under 6 months}`",
    )
    last: LastPeriod | None = Field(
        default=None,
        description="what differs for the last period, in which the grant ends: `skip`, `join`, `{into: STEP}` or"
        " another `due`; goes with `each`",
    )
    due: RuleSentence = Field(description="when it is due")
    opens: RuleSentence | None = Field(
        default=None, description="from when it can be answered; without it, at once"
    )
    needs: tuple[Need, ...] = Field(
        default=(),
        description="keys of steps that must be settled before it can be answered; of one that comes once a period,"
        " that of the same period, or with `.previous` that of the period before; with `.first` or `.last` that of the"
        " grant's first or last period; from a step that comes once, all of them",
    )
    approves: Key | None = Field(
        default=None,
        description="the key of the step that an approval is about; an approval, and nothing else, has it",
    )
    body: Key | None = Field(
        default=None,
        description="a name in `bodies`: the body that takes an approval at a meeting; `due` is then the last day on"
        " which its decision must be there",
    )
    instalment: int | None = Field(
        default=None,
        ge=1,
        description="the number of the part that a claim or payment is about; these two, and nothing else, have it",
    )
    ladder: Key = Field(default="default", description="a name in `ladders`: whom to tell when")
    questions: tuple[Question, ...] = Field(
        default=(), description="what its owner answers; a claim, a payment and an approval ask nothing"
    )
    documents: tuple[NeededDocument, ...] = Field(
        default=(), description="documents that go with it; not with a claim, a payment or an approval"
    )
    settled_by_decision: bool = Field(default=False, description="recording the award settles it")
    when: Threshold | None = Field(
        default=None,
        description="the awards for which the step is there; before the decision, and for others, it is not",
    )
    optional: bool = Field(
        default=False,
        description="a report whose owner may answer that it is not needed, with a reason, as for a year without"
        " activity",
    )
    returns: int | None = Field(
        default=None,
        ge=0,
        description="how often a report may be returned before the owner's manager is told as well",
    )
    late: tuple[LateRule, ...] = Field(
        default=(),
        description="what it costs to be late, in the order of time; letters say it, and the money counts as at risk",
    )
    lapses: bool = Field(
        default=False,
        description="the right to the money that waits for it lapses after the due date; letters say so",
    )
    stake: Words | None = Field(
        default=None,
        description="what is at stake, as letters say it in place of their own sentences, those of `late` and `lapses`"
        " too; their money counts as at risk all the same",
    )
    repays: RepaymentRule | None = Field(
        default=None, description="what a repayment pays back; a repayment, and nothing else, has it"
    )

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
        """The names from which its due dates count, the last period's too."""
        last = self.last.due.names if self.last is not None and self.last.due is not None else ()
        return tuple(dict.fromkeys((*self.due.names, *last)))

    @property
    def awaits(self) -> tuple[str, ...]:
        """What must be settled before it: its needs, what it approves, and the reports that say what it pays back."""
        spending = self.repays.spending if self.repays is not None else ()
        approves = (self.approves,) if self.approves is not None else ()
        return (*self.needs, *approves, *(name.partition(".")[0] for name in spending))

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind is StepKind.APPROVAL) != (self.approves is not None):
            mend = "add 'approves'" if self.approves is None else "take 'approves' out, or say kind: approval"
            raise ValueError(f"an approval, and nothing else, says which step it approves: {mend}")
        if self.body is not None and (self.kind is not StepKind.APPROVAL or self.with_funder):
            raise ValueError("only an approval of our own has a 'body' that takes it at a meeting")
        if (self.kind in (StepKind.CLAIM, StepKind.PAYMENT)) != (self.instalment is not None):
            mend = "add 'instalment'" if self.instalment is None else "take 'instalment' out"
            raise ValueError(f"a claim or a payment, and nothing else, says of which instalment: {mend}")
        if (self.last is not None or self.first is not None) and not self.each:
            name = "last" if self.last is not None else "first"
            raise ValueError(f"'{name}' goes with 'each': the step comes once")
        if (self.kind is StepKind.REPAYMENT) != (self.repays is not None):
            mend = "add 'repays'" if self.repays is None else "take 'repays' out, or say kind: repayment"
            raise ValueError(f"a repayment, and nothing else, says what it pays back: {mend}")
        if self.kind is StepKind.REPAYMENT and self.each:
            raise ValueError("a repayment comes once: take out 'each'")
        for name in ("optional", "returns"):
            if getattr(self, name) not in (None, False) and self.kind is not StepKind.REPORT:
                raise ValueError(f"'{name}' goes with a report, not with kind: {self.kind}")
        for name in ("questions", "documents"):
            if getattr(self, name) and self.kind in (StepKind.APPROVAL, StepKind.CLAIM, StepKind.PAYMENT):
                sum_said = (
                    ": it says what is claimed itself, without 'spending'"
                    if self.kind is StepKind.CLAIM
                    else ""
                )
                raise ValueError(f"'{name}' goes with a report, not with kind: {self.kind}{sum_said}")
        if self.kind is StepKind.RECOVERY:
            raise ValueError("a recovery step is opened by a withdrawn approval, not by a programme")
        return self
