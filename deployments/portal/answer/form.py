"""A form of an act on a card; what a step's forms depend on; and why a step cannot be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from deployments.portal.answer.answer_faults import Closed
from deployments.portal.answer.questions import KnownValue
from deployments.portal.forms.form import Form
from models.facts.letter import Task
from models.forms.field import Field
from models.message import Listed, Remark
from models.programme.plan import Programme
from models.programme.question import Question
from models.programme.step import StepRule
from models.rules.answers.answer import AnswerFacts, AnswerReason, may_answer
from models.rules.duties import Proof
from models.rules.money.claim import ClaimFacts, ClaimReason, may_claim
from models.rules.money.payment import may_pay
from models.rules.notices.contents import is_collected
from models.rules.notices.task_kind import decide_task
from models.rules.steps.approvals import is_by_body
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import AnswerKind, StepKind, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm(Form):
    """An act as a card offers it, of a `grant` and its `step`, empty for that of an instalment alone.

    `known` is what its command knows besides the fields: what it is about, as its reader saw it. `opened` has the page
    to itself. Its draft was `kept_at` a local time. Up to the day `until` a promise is waited for, None where
    reminders go on. What it does is taken back at the desk's address `back`; empty for nowhere there.
    """

    grant: str
    step: str = ""
    known: Mapping[str, object] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    opened: bool = False
    kept_at: datetime | None = None
    until: date | None = None
    back: str = ""

    @property
    def keeps(self) -> bool:
        """Whether what was typed can be kept, and sent later."""
        return self.spec.keeps

    @property
    def sections(self) -> list[tuple[str, tuple[str, ...], tuple[Field, ...]]]:
        """Its questions as figures and as text: the section, the questions' keys, and their fields with their parts."""
        found = []
        for name in ("figures", "text"):
            keys = tuple(one.key for one in self.questions if (one.kind == "text") is (name == "text"))
            asked = tuple(one for one in self.fields if one.name.removeprefix("q-").partition(".")[0] in keys)
            if keys:
                found.append((name, keys, asked))
        return found


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the forms of a grant's step depend on."""

    step: Step
    grant: Grant
    rule: StepRule | None
    programme: Programme
    reader_id: int
    allowed_ids: frozenset[int]  # who may answer it
    known: dict[str, KnownValue] = field(default_factory=dict)  # what is known of its questions, by key
    colleagues: tuple[tuple[int, str], ...] = ()  # who may take it over: id, name
    part: Instalment | None = None  # the instalment that a claim or payment is about
    reporter_id: int | None = None  # who made the report that this approval is about
    reported_on: date | None = None  # when that report was there
    brought: dict[str, str] = field(default_factory=dict)  # names of files that came before, by document key
    dates: tuple[str, ...] = ()  # names of the dates that the step waits for and no decision said
    report_version: int = 0  # the newest final report that a body here approves by this step; 0 for none
    confirmers: frozenset[int] | None = None  # who may record it, where money goes by it
    signed_in: bool = True  # whether the reader is known by more than a letter's link
    account: str = ""  # to which the money is to come; empty for none
    claim: ClaimFacts = field(default_factory=ClaimFacts)  # what a claim of the part depends on
    has_claim: bool = False  # whether a step claims the part
    open_needs: tuple[str, ...] = ()  # keys of the steps that the step still waits for
    meetings: tuple[date, ...] = ()  # the days on which the approving body meets
    body_id: int | None = None  # the approving body

    @property
    def is_by_body(self) -> bool:
        """Whether a committee or another body of ours approves by the step."""
        return is_by_body(self.step, self.rule.body if self.rule is not None else None)

    @property
    def is_signed(self) -> bool:
        """Whether papers are signed by the step, which a press only records."""
        step = self.step
        task = decide_task(StepKind(step.kind), self.rule, self.programme, with_funder=step.with_funder)
        return task is Task.SIGN

    def held(self, today: date) -> list[date]:
        """Return the meetings that were held since the report was there, the latest first."""
        since = self.reported_on or date.min
        return [day for day in reversed(self.meetings) if since <= day <= today]

    def awaits(self, question: Question) -> bool:
        """Return whether a source is to answer a question, and nothing is known of it yet."""
        has_source = self.grant.figures_file is not None
        return self.known.get(question.key, KnownValue()).value is None and is_collected(question, has_source)


def why_not_done(facts: CardFacts, today: date) -> Closed | None:
    """Return why an open step cannot be done now, for `word_closed` to say; None when it can."""
    step = facts.step
    waits = step.status is StepStatus.WAITING
    asked = AnswerFacts(
        AnswerKind.APPROVED if step.kind is StepKind.APPROVAL else AnswerKind.DONE,
        facts.reader_id,
        today,
        facts.allowed_ids,
        open_needs=facts.open_needs,
        reporter_id=facts.reporter_id,
        confirmers=facts.confirmers,
        proof=Proof.SIGNED_IN if facts.signed_in else Proof.LINK,
    )
    reason = may_answer(step, asked).reason
    if reason is AnswerReason.MONEY_STEP:
        return _why_no_money(facts, today)
    if facts.dates and waits:
        return Closed.DATES_UNSAID
    if reason is AnswerReason.NOT_YET_OPEN:
        return Closed.OPENS_LATER if step.opens_on else None
    return _CLOSED.get(reason)


_CLOSED: Mapping[AnswerReason, Closed] = {
    AnswerReason.NO_ROLE: Closed.NO_PART,
    AnswerReason.NEEDS_FIRST: Closed.WAITS,
    AnswerReason.NOT_DATED: Closed.WAITS,
    AnswerReason.SIGN_IN: Closed.SIGN_IN,
    AnswerReason.MONEY_ROLE: Closed.GIVES_NO_MONEY_ROLE,
    AnswerReason.OWN_REPORT: Closed.OWN_REPORT,
}


def _why_no_money(facts: CardFacts, today: date) -> Closed | None:
    """Return why an instalment's claim or payment cannot be recorded now."""
    part = facts.part
    if facts.step.kind is not StepKind.CLAIM:
        allowed = part is not None and may_pay(part, has_claim=facts.has_claim, today=today).allowed
        return None if allowed else Closed.CLAIM_FIRST
    if part is None:
        return Closed.RELEASE_FIRST
    decision = may_claim(part, facts.claim, today=today)
    if decision.allowed:
        return None
    if decision.reason in (ClaimReason.NO_SUM, ClaimReason.NOTHING_DUE):
        return Closed.SUM_UNKNOWN
    if decision.reason is ClaimReason.NO_PAYEE:
        return Closed.NO_PAYEE
    waits = decision.reason in (ClaimReason.CONDITION_FELL, ClaimReason.NOT_YET_OPEN)
    return Closed.WAITS if waits else Closed.RELEASE_FIRST


def word_closed(closed: Closed, facts: CardFacts, awaited: Sequence[str | Remark] = ()) -> Remark:
    """Return why a step cannot be done now; `awaited` are the steps that it waits for, as the page calls them."""
    step = facts.step
    if closed is Closed.WAITS and awaited:
        closed = Closed.WAITS_FOR
    if closed in (Closed.WAITS_FOR, Closed.PAPERS_WAIT):
        return closed(steps=Listed(awaited))
    if closed is Closed.DATES_UNSAID:
        return closed(dates=Listed(facts.programme.dates[name].title for name in facts.dates))
    if closed is Closed.OPENS_LATER:
        return closed(day=step.opens_on)
    return closed(place=f"s{step.id}") if closed is Closed.SIGN_IN else closed()
