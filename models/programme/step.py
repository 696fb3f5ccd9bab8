"""A step as a programme file says it."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from models.programme.due import DueRule
from models.programme.question import Question, Words
from models.programme.terms import LateRule, NeededDocument, RepaymentRule, Threshold
from models.reading.fields import Key, Need, ProgrammeStepKind, Strict
from models.vocabulary import Phase, Role, StepKind


class StepRule(Strict):
    """A step as the programme describes it; `each` makes one a period."""

    model_config = ConfigDict(title="a step")

    key: Key = Field(description="its name in commands and in other rules", examples=["final-report"])
    phase: Phase = Field(
        description="the part of the grant's life, and of the round, that it belongs to",
        examples=["final-report"],
    )
    kind: ProgrammeStepKind = Field(
        description="what it is; `funder` is a move of the funder's that is waited for", examples=["report"]
    )
    title: Words = Field(
        description="what letters call it", examples=[{"sv": "slutrapport", "en": "final report"}]
    )
    definite: Words | None = Field(
        default=None,
        description="the title as a sentence has it, with its article; without it letters quote the title",
        examples=[{"sv": "slutrapporten", "en": "the final report"}],
    )
    todo: Words = Field(
        description="what its owner does, as one sentence to them",
        examples=[{"sv": "Skicka rapporten.", "en": "Send the report."}],
    )
    owner: Role = Field(
        default=Role.COORDINATOR, description="the role that answers it", examples=["committee"]
    )
    with_funder: bool = Field(
        default=False,
        description="the funder has it: the owner is told to ask, and records what came",
        examples=[True],
    )
    each: Key | None = Field(
        default=None,
        description="a name in `periods`: makes one such step a period, as `follow-up-2010-q1`",
        examples=["quarters"],
    )
    fold_last_into: Key | None = Field(
        default=None,
        description="a step's key: the last period is asked for in that step instead; goes with `each`",
        examples=["final-report-draft"],
    )
    skip_last: bool = Field(
        default=False,
        description="nothing is asked for the last period; goes with `each`, without `fold_last_into`",
        examples=[True],
    )
    due: DueRule = Field(
        description="when it is due", examples=[{"after": "period_end", "months": 1, "roll": "next"}]
    )
    opens: DueRule | None = Field(
        default=None,
        description="from when it can be answered; without it, at once",
        examples=[{"after": "period_end", "days": 1}],
    )
    needs: tuple[Need, ...] = Field(
        default=(),
        description="keys of steps that must be settled before it can be answered; of one that comes once a period,"
        " that of the same period, or with `.previous` that of the period before; with `.first` or `.last` that of the"
        " grant's first or last period; from a step that comes once, all of them",
        examples=[["committee-approval"]],
    )
    approves: Key | None = Field(
        default=None,
        description="the key of the step that an approval is about; an approval, and nothing else, has it",
        examples=["final-report"],
    )
    body: Key | None = Field(
        default=None,
        description="a name in `bodies`: the body that takes an approval at a meeting; `due` is then the last day on"
        " which its decision must be there",
        examples=["committee"],
    )
    instalment: int | None = Field(
        default=None,
        ge=1,
        description="the number of the part that a claim or payment is about; these two, and nothing else, have it",
        examples=[2],
    )
    ladder: Key = Field(
        default="default", description="a name in `ladders`: whom to tell when", examples=["short"]
    )
    questions: tuple[Question, ...] = Field(
        default=(),
        description="what its owner answers; a claim, a payment and an approval ask nothing",
        examples=[[{"key": "spent", "title": {"sv": "Kostnader", "en": "Spending"}, "kind": "money"}]],
    )
    documents: tuple[NeededDocument, ...] = Field(
        default=(),
        description="documents that go with it; not with a claim, a payment or an approval",
        examples=[[{"key": "certificate", "title": {"sv": "revisorsintyg", "en": "audit certificate"}}]],
    )
    settled_by_decision: bool = Field(
        default=False, description="recording the award settles it", examples=[True]
    )
    when: Threshold | None = Field(
        default=None,
        description="the awards for which the step is there; before the decision, and for others, it is not",
        examples=[{"award_from": "294 000"}],
    )
    optional: bool = Field(
        default=False,
        description="a report whose owner may answer that it is not needed, with a reason, as for a year without"
        " activity",
        examples=[True],
    )
    returns: int | None = Field(
        default=None,
        ge=0,
        description="how often a report may be returned before the owner's manager is told as well",
        examples=[1],
    )
    late: tuple[LateRule, ...] = Field(
        default=(),
        description="what it costs to be late, in the order of time; letters say it, and the money counts as at risk",
        examples=[[{"after": {"months": 3}, "loses": "20 %"}, {"after": {"months": 6}, "loses": "100 %"}]],
    )
    lapses: bool = Field(
        default=False,
        description="the right to the money that waits for it lapses after the due date; letters say so",
        examples=[True],
    )
    stake: Words | None = Field(
        default=None,
        description="what is at stake, as letters say it in place of their own sentences, those of `late` and `lapses`"
        " too; their money counts as at risk all the same",
        examples=[{"sv": "Utan rapporten betalas inget.", "en": "Without the report nothing is paid."}],
    )
    repays: RepaymentRule | None = Field(
        default=None,
        description="what a repayment pays back; a repayment, and nothing else, has it",
        examples=[{"spending": ["final-report.spent"]}],
    )

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
        if (self.fold_last_into or self.skip_last) and not self.each:
            raise ValueError(f"'{'fold_last_into' if self.fold_last_into else 'skip_last'}' goes with 'each'")
        if self.fold_last_into and self.skip_last:
            raise ValueError("the last period is folded or skipped: take out fold_last_into or skip_last")
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
