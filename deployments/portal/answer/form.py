"""A form of an act on a card, with its fields; what a step's forms depend on; and why a step cannot be done now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from deployments.portal.answer.questions import Known
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import PageMessage, message
from models.forms.field import Field, Kind
from models.forms.spec import ACTS, Act
from models.message import Remark
from models.programme.plan import Programme
from models.programme.question import Question
from models.programme.step import StepRule
from models.rules.answers.answer import AnswerReason, Asked, may_answer
from models.rules.duties import Proof
from models.rules.money.claim import ClaimReason, may_claim, may_state_sum
from models.rules.money.payment import may_pay
from models.rules.notices.contents import is_collected
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import AnswerKind, StepKind, StepStatus


class KeptFile(NamedTuple):
    """A file that was handed in with a form so far: its document's id, its name, and the field that it belongs to."""

    id: int
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Form:
    """An act as a card offers it; `step` is empty of an instalment's.

    `variant` is the sort of place, by which its words differ. It was `kept_at` a local time. `files` were handed in
    with it so far. Up to the day `until` a promise is waited for, None where reminders go on.
    """

    act: str
    about: FormFor
    grant: str
    step: str
    currency: str
    fields: tuple[Field, ...] = ()
    variant: str = ""
    opened: bool = False
    instalment: int = 0
    questions: tuple[Question, ...] = ()
    kept_at: datetime | None = None
    files: tuple[KeptFile, ...] = ()
    until: date | None = None

    @property
    def spec(self) -> Act:
        """What holds of the act everywhere."""
        return ACTS[self.act]

    def words(self, what: str) -> str:
        """Return the act's title, button or intro in this sort of place; empty where it has none."""
        return self.spec.variants.get(self.variant, {}).get(what, str(getattr(self.spec, what)))

    @property
    def keeps(self) -> bool:
        """Whether it can be kept as it is and sent later."""
        return self.act == "done"

    @property
    def checked(self) -> bool:
        """Whether it shows once more what will be recorded before it acts."""
        return self.spec.checked

    @property
    def is_wrong(self) -> bool:
        """Whether something must be corrected."""
        return any(field.error for field in self.fields)

    @property
    def answered(self) -> tuple[int, int]:
        """How many of the questions that must be answered are, and how many there are."""
        asked = [field for field in self.fields if field.required and field.name.startswith("q-")]
        return sum(bool(field.text) for field in asked), len(asked)

    def value(self, name: str) -> Any:
        """Return what was read in a field; None where it is empty, wrong or not there."""
        return next((field.value for field in self.fields if field.name == name), None)

    def given(self, name: str) -> bool:
        """Return whether something stands in a field."""
        return any(field.text for field in self.fields if field.name == name)

    def text(self, name: str) -> str:
        """Return the words in a field; empty where there are none."""
        return self.value(name) or ""

    def with_errors(self, errors: Mapping[str, Remark]) -> Self:
        """Return the form with these errors at its fields, by their names."""
        fields = (replace(field, error=errors.get(field.name, field.error)) for field in self.fields)
        return replace(self, fields=tuple(fields))

    @property
    def takes_files(self) -> bool:
        """Whether files can be handed in with it."""
        return any(field.kind is Kind.FILE for field in self.fields)

    def files_at(self, name: str) -> list[KeptFile]:
        """Return what was handed in so far at a field."""
        return [one for one in self.files if one.at == name]


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What the forms of a grant's step depend on.

    `known` is what is known of its questions, by key; `colleagues` (id, name) who may take it over; `part` is the
    instalment that a claim or payment is about; `reporter_id` made the report that this approval is about, and
    `reported_on` is when it was there; `brought` are the names of the files that earlier answers brought, by document
    key; `dates` names the dates that the step waits for and the decision did not say; `report_version` is the newest
    version of the final report that a body here approves by this step, 0 for none; `confirmers` are who may record it,
    where money goes by it; `signed_in` is the reader who is known by more than a letter's link.
    """

    step: Step
    grant: Grant
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
    confirmers: frozenset[int] | None = None
    signed_in: bool = True

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
        has_source = self.grant.figures_file is not None
        return self.known.get(question.key, Known()).value is None and is_collected(question, has_source)


def why_not_done(facts: StepFacts, today: date) -> PageMessage | None:
    """Return why an open step cannot be done now; None when it can."""
    step = facts.step
    waits = step.status is StepStatus.WAITING
    asked = Asked(
        AnswerKind.APPROVED if step.kind is StepKind.APPROVAL else AnswerKind.DONE,
        facts.reader_id,
        today,
        {facts.reader_id},
        open_needs=("",) if waits and not facts.dates else (),
        reporter_id=facts.reporter_id,
        confirmers=facts.confirmers,
        proof=Proof.SIGNED_IN if facts.signed_in else Proof.LINK,
    )
    reason = may_answer(step, asked).reason
    if reason is AnswerReason.MONEY_STEP:
        return _why_no_money(facts, today)
    if facts.dates and waits:
        return message("dates_unsaid", titles=[facts.programme.dates[name].title for name in facts.dates])
    if reason in (AnswerReason.NEEDS_FIRST, AnswerReason.NOT_DATED):
        return message("needs_first")
    if reason is AnswerReason.NOT_YET_OPEN and step.opens_on:
        return message("opens_later", day=step.opens_on)
    if reason is AnswerReason.SIGN_IN:
        return message("sign_in", place=f"s{step.id}")
    if reason is AnswerReason.MONEY_ROLE:
        return message("gives_no_money_role")
    return message("own_report") if reason is AnswerReason.OWN_REPORT else None


def _why_no_money(facts: StepFacts, today: date) -> PageMessage | None:
    """Return why an instalment's claim or payment cannot be recorded now."""
    part = facts.part
    if facts.step.kind is not StepKind.CLAIM:
        allowed = part is not None and may_pay(part, has_claim=facts.has_claim, today=today).allowed
        return None if allowed else message("claim_first")
    if part is None:
        return message("release_first")
    decision = may_claim(part, says_sum=facts.claim_says_sum, is_open=True, today=today)
    if decision.allowed:
        return None
    unknown = decision.reason in (ClaimReason.NO_SUM, ClaimReason.NOTHING_DUE)
    return message("sum_unknown" if unknown else "release_first")
