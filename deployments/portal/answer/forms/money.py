"""The forms about an instalment: its claim is sent, its money has come, its condition is met; the release's card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from deployments.portal.answer.fields import NO_MORE, TO_COME, Field
from deployments.portal.answer.form import Act, Form, StepFacts
from deployments.portal.answer.forms.step import about_step
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.list import PersonTasks, ReleaseRow
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import PageMessage, message
from models.commands.money import Claim, Pay, Release
from models.facts.money import Payee
from models.rules.money.gate import GateReason, may_release
from models.rules.money.payment import missing_minor
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from tasks.commands.at_work.find import same_people
from tasks.commands.sums.repayments import unspent_of
from tasks.store.programmes import load_programme
from tasks.words.money import word_payee, word_unspent
from tasks.words.names import word_step_title
from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class ClaimForm(Form):
    """The claim is sent."""

    act: ClassVar[Act] = Act.CLAIM

    def command(self) -> Claim:
        """Return what is recorded."""
        return Claim(self.grant, self.instalment, self.amount(), self.day("claimed_on"))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form; it asks for the sum where only the claim says it."""
        left_on = facts.part.released_on if facts.part is not None else None
        fields = [Field("claimed_on", "date", earliest=left_on, latest=today)]
        if facts.claim_says_sum:
            fields.append(Field("amount", "money", currency=facts.row.currency))
        return cls(**about_step(facts), fields=tuple(fields))


@dataclass(frozen=True, slots=True)
class PaymentForm(Form):
    """The money has come, or a part of it; some of it may have come before."""

    act: ClassVar[Act] = Act.PAID

    paid_before: bool = False

    def command(self) -> Pay:
        """Return what is recorded, with what is said of the rest."""
        said, note = self.value("rest"), self.value("note")
        to_come = said == TO_COME
        return Pay(
            self.grant,
            self.instalment,
            self.amount(),
            self.day("paid_on"),
            expected_on=self.day("expected_on") if to_come else None,
            no_more_why=note if said == NO_MORE else None,
            note=note if to_come else "",
        )

    def check(self) -> Self:
        """Ask what becomes of the rest where less came than is missing; what is said of none is taken out."""
        missing = self.about.sum_minor
        came = self.amount() if self.value("amount") else missing
        if came is None or any(field.error for field in self.fields if field.name == "amount"):
            return self
        form = self
        if came and not self.value("paid_on"):
            form = form.with_errors({"paid_on": message("day_of_money")})
        if came >= missing:
            kept = ("paid_on", "amount")
            fields = tuple(
                field if field.name in kept else replace(field, value="", error=None) for field in form.fields
            )
            return replace(form, fields=fields)
        said = self.value("rest")
        lacks: dict[str, PageMessage] = {}
        if not said:
            lacks["rest"] = message("money_missing", minor=missing - came, currency=self.currency)
        elif said == TO_COME:
            lacks["expected_on"] = message("when_expected")
        else:
            lacks["note"] = message("why_no_more")
        if not came and said == TO_COME:
            lacks["amount"] = message("nothing_came")

        def asked(field: Field) -> Field:
            if field.name == "paid_on":
                return field
            error = lacks.get(field.name) if not field.value or field.name == "amount" else None
            return replace(field, spare=False, error=error or field.error)

        return replace(form, fields=tuple(asked(field) for field in form.fields))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form; what it asks of the rest is shown once less is said to have come than what is missing."""
        part, begun = facts.part, about_step(facts)
        earliest = (part.paid_on or part.claimed_on or part.released_on) if part is not None else None
        return cls(
            **begun
            | {"about": replace(begun["about"], sum_minor=missing_minor(part) if part is not None else 0)},
            paid_before=part is not None and part.paid_minor is not None,
            fields=(
                Field("paid_on", "date", False, earliest=earliest, latest=today, depends=True),
                Field("amount", "money", False, currency=facts.row.currency),
                Field("rest", "choice", False, options=(("", ""), (TO_COME, ""), (NO_MORE, "")), spare=True),
                Field("expected_on", "date", False, earliest=today, spare=True, depends=True),
                Field("note", "text", False, spare=True, depends=True),
            ),
        )


@dataclass(frozen=True, slots=True)
class ReleaseForm(Form):
    """The condition is met: the release is asked for, or confirmed."""

    act: ClassVar[Act] = Act.RELEASE
    checked: ClassVar[bool] = True

    def command(self) -> Release:
        """Return what is confirmed: who was shown "you are the first" must not become the second."""
        return Release(
            self.grant,
            self.instalment,
            first_only=self.about.state == 0,
            shown_minor=self.about.sum_minor,
            shown_account=self.about.account,
        )

    @classmethod
    def of(cls, part: ReleaseRow, payee: Payee | None) -> Self:
        """Return the form."""
        account = payee.account if payee else ""
        state, sum_minor = part.requested_by_id or 0, part.amount_minor or 0
        return cls(
            about=FormFor("part", part.id, state, sum_minor, account=account),
            grant=part.reference,
            step="",
            currency=part.currency,
            instalment=part.number,
        )


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """An instalment whose condition is to be confirmed, and what is to be known before anyone does.

    `approvals` are the steps that were approved, with the day and who recorded them; `facts` are labels and texts.
    Without a form its reader has confirmed already, or must sign in, or may not be the second: `closed` says which.
    """

    anchor: str
    part: ReleaseRow
    approvals: tuple[tuple[str, date, str | None], ...]
    facts: tuple[tuple[str, str], ...]
    forms: tuple[ReleaseForm, ...]
    late: bool
    closed: PageMessage | None
    problem: PageMessage | None = None

    @property
    def due_on(self) -> date | None:
        """When the claim is to leave."""
        return self.part.claim_due_on

    @property
    def mine(self) -> bool:
        """Whether it is its reader's to confirm."""
        return self.part.mine


def _why_closed(connection: Connection, reader: Reader, part: ReleaseRow, today: date) -> PageMessage | None:
    """Return why the reader cannot confirm it, as the gate has it; None when they can."""
    with Session(connection) as session:
        instalment = session.exec(select(Instalment).where(Instalment.id == part.id)).one()
        conditions = session.exec(
            select(Step)
            .join(InstalmentCondition, col(InstalmentCondition.step_id) == Step.id)
            .where(InstalmentCondition.instalment_id == part.id)
        ).all()
        recorders = (instalment.requested_by_id, *(step.done_by_id for step in conditions))
        said = may_release(
            instalment,
            conditions,
            by_ids=same_people(session, reader.id, reader.email, recorders),
            allowed_ids=[reader.id],
            today=today,
            signed_in=reader.signed_in,
        )
    if said.reason is GateReason.SIGN_IN:
        return message("sign_in", place=f"p{part.id}")
    if said.reason is GateReason.RECORDED_APPROVAL:
        return message("recorded_approval")
    return message("confirmed_already") if said.reason is GateReason.SAME_PERSON else None


def release_card(
    connection: Connection, say: Translator, reader: Reader, tasks: PersonTasks, part: ReleaseRow, today: date
) -> ReleaseCard:
    """Return the card: what was approved, by whom and when, before anyone confirms it."""
    payee = tasks.payees.get(part.grant_id)
    closed = _why_closed(connection, reader, part, today)
    form = None if closed else ReleaseForm.of(part, payee)
    rules = {rule.key: rule for rule in load_programme(connection, part.programme_id).steps}
    unspent = unspent_of(connection, {part.grant_id}).get(part.grant_id)
    return ReleaseCard(
        anchor=f"p{part.id}",
        part=part,
        approvals=tuple(
            (word_step_title(say, rules.get(one.template_key), one.kind, one.period), one.done_on, one.name)
            for one in tasks.approvals
            if one.instalment_id == part.id and one.done_on is not None
        ),
        facts=(*word_payee(say, payee, today), *word_unspent(say, unspent, part.amount_minor)),
        forms=(form,) if form else (),
        late=part.claim_due_on is not None and part.claim_due_on < today,
        closed=closed,
    )
