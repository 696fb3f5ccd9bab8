"""The card of an instalment whose condition is to be confirmed, and why its reader may not confirm it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from deployments.portal.answer.form import Act, Form
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.list import PersonTasks, ReleaseRow
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import PageMessage, message
from models.facts.money import Payee
from models.rules.money.gate import GateReason, may_release
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from tasks.commands.at_work.find import same_people
from tasks.commands.sums.reports import unspent_of
from tasks.store.programmes import load_programme
from tasks.words.money import word_payee, word_unspent
from tasks.words.names import word_step_title
from tasks.words.translator import Translator


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
    forms: tuple[Form, ...]
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


def _form(part: ReleaseRow, payee: Payee | None) -> Form:
    """Return the form by which the release is asked for, or confirmed, with the sum and the account that it shows."""
    state, sum_minor = part.requested_by_id or 0, part.amount_minor or 0
    about = FormFor("part", part.id, state, sum_minor, account=payee.account if payee else "")
    return Form(Act.RELEASE, about, part.reference, "", part.currency, instalment=part.number)


def release_card(
    connection: Connection, say: Translator, reader: Reader, tasks: PersonTasks, part: ReleaseRow, today: date
) -> ReleaseCard:
    """Return the card: what was approved, by whom and when, before anyone confirms it."""
    payee = tasks.payees.get(part.grant_id)
    closed = _why_closed(connection, reader, part, today)
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
        forms=() if closed else (_form(part, payee),),
        late=part.claim_due_on is not None and part.claim_due_on < today,
        closed=closed,
    )
