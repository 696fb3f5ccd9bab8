"""What a step's forms depend on, and why a step cannot be done now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from deployments.portal.answer.fields import Known
from deployments.portal.tasks.list import TaskRow
from models.programme.file import Programme
from models.programme.question import Question
from models.programme.step import StepRule
from models.rules.answers.answer import AnswerReason, Asked, may_answer
from models.rules.money.claim import ClaimReason, may_claim, may_state_sum
from models.rules.money.payment import may_pay
from models.rules.notices.contents import is_collected
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import AnswerKind, StepKind, StepStatus
from tasks.words.translator import Speaker


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step's forms depend on: the step, and `row` with what else a letter says of it.

    `known` is what is known of its questions, by key; `colleagues` (id, name) who may take it over; `part` is the
    instalment that a claim or payment is about; `reporter_id` made the report that this approval is about, and
    `reported_on` is when it was there; `brought` are the names of the files that earlier answers brought, by document
    key; `dates` names the dates that the step waits for and the decision did not say; `report_version` is the newest
    version of the final report that a body here approves by this step, 0 for none.
    """

    row: TaskRow
    step: Step
    rule: StepRule | None
    programme: Programme
    reader_id: int
    known: dict[str, Known] = field(default_factory=dict)
    colleagues: tuple[tuple[int, str], ...] = ()
    part: Instalment | None = None
    reporter_id: int | None = None
    reported_on: date | None = None
    brought: dict[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    report_version: int = 0

    @property
    def has_claim(self) -> bool:
        """Whether a step of the programme claims the instalment."""
        number = self.rule.instalment if self.rule else None
        return any(one.kind is StepKind.CLAIM and one.instalment == number for one in self.programme.steps)

    @property
    def claim_says_sum(self) -> bool:
        """Whether the claim says how much is claimed."""
        if self.part is None or self.part.rule is None:
            return False
        return may_state_sum(self.part, self.programme.instalments[self.part.rule - 1])

    def awaits(self, question: Question) -> bool:
        """Return whether a source is to answer a question, and nothing is known of it yet."""
        has_source = self.programme.figures is not None and self.row.figures_file is not None
        return self.known.get(question.key, Known()).value is None and is_collected(question, has_source)

    def date_title(self, name: str, say: Speaker) -> str:
        """Return what the programme calls a named date."""
        title = self.programme.dates[name].title
        return title.en if say.language == "en" else title.sv


def why_not_done(say: Speaker, facts: StepFacts, today: date) -> str:
    """Return why an open step cannot be done now; empty when it can."""
    step = facts.step
    asked = Asked(
        AnswerKind.APPROVED if step.kind is StepKind.APPROVAL else AnswerKind.DONE,
        facts.reader_id,
        today,
        {facts.reader_id},
        open_needs=("",) if step.status is StepStatus.WAITING and not facts.dates else (),
        reporter_id=facts.reporter_id,
    )
    reason = may_answer(step, asked).reason
    if reason is AnswerReason.MONEY_STEP:
        return _why_no_money(say, facts, today)
    return _word_reason(say, facts, reason, today)


def _word_reason(say: Speaker, facts: StepFacts, reason: AnswerReason, today: date) -> str:
    if facts.dates and facts.step.status is StepStatus.WAITING:
        dates = say.listed([facts.date_title(name, say) for name in facts.dates])
        return say.gettext(
            "No decision says this yet: %(dates)s. Until it is known here, nobody is reminded of it.",
            dates=dates,
        )
    if reason in (AnswerReason.NEEDS_FIRST, AnswerReason.NOT_DATED):
        return say.gettext(
            "It can be done when what it waits for is done. It is shown here because its day comes near."
        )
    if reason is AnswerReason.NOT_YET_OPEN and facts.step.opens_on:
        day = say.short_date(facts.step.opens_on, today)
        return say.gettext("It can be done from %(day)s on.", day=day)
    if reason is AnswerReason.OWN_REPORT:
        return say.gettext("You made the report, so someone else must approve it.")
    return ""


def _why_no_money(say: Speaker, facts: StepFacts, today: date) -> str:
    """Return why an instalment's claim or payment cannot be recorded now."""
    part, claims = facts.part, facts.step.kind is StepKind.CLAIM
    reason = None
    if part is not None and claims:
        decision = may_claim(part, says_sum=facts.claim_says_sum, is_open=True, today=today)
        reason = decision.reason
        if decision.allowed:
            return ""
    elif part is not None and may_pay(part, has_claim=facts.has_claim, today=today).allowed:
        return ""
    if not claims:
        return say.gettext("The payment can be recorded when the claim is.")
    if reason in (ClaimReason.NO_SUM, ClaimReason.NOTHING_DUE):
        return say.gettext("It is not known yet how much can be claimed.")
    return say.gettext("The claim may leave when two people have confirmed that the condition is met.")
