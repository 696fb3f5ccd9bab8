"""The card of an instalment whose condition is to be confirmed, and why its reader may not confirm it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from deployments.portal.answer.form import Act, Form
from deployments.portal.login.reader import Reader
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import PageMessage, message
from models.facts.money import Payee
from models.rules.money.gate import GateReason, may_release
from models.tables.grant import Grant
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import StepKind, StepStatus
from tasks.commands.at_work.find import same_people
from tasks.commands.sums.reports import unspent_of
from tasks.overview.titles import StepTitles
from tasks.words.money import word_payee, word_unspent
from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """An instalment whose condition is to be confirmed, and what is to be known before anyone does.

    `approvals` are the steps that were approved, with the day and who recorded them; `facts` are labels and texts; the
    claim is due on `due_on`. Without a form its reader has confirmed already, or must sign in, or may not be the
    second: `closed` says which.
    """

    anchor: str
    part: Instalment
    grant: Grant
    due_on: date | None
    asked_by: str
    mine: bool
    approvals: tuple[tuple[str, date, str], ...]
    facts: tuple[tuple[str, str], ...]
    forms: tuple[Form, ...]
    late: bool
    closed: PageMessage | None
    problem: PageMessage | None = None


def release_card(
    connection: Connection,
    say: Translator,
    reader: Reader,
    payee: Payee | None,
    part: Instalment,
    today: date,
) -> ReleaseCard:
    """Return the card: what was approved, by whom and when, before anyone confirms it."""
    with Session(connection) as session:
        grant, due_on = session.get_one(Grant, part.grant_id), _claim_due_on(session, part)
        conditions = session.exec(
            select(Step)
            .join(InstalmentCondition, col(InstalmentCondition.step_id) == Step.id)
            .where(InstalmentCondition.instalment_id == part.id)
            .order_by(col(Step.position))
        ).all()
        ids = {part.requested_by_id, *(step.done_by_id for step in conditions)}
        names = dict(
            session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids - {None}))).all()
        )
        closed = _why_closed(session, reader, part, conditions, today)
    titles = StepTitles(connection, say)
    unspent = unspent_of(connection, {part.grant_id}).get(part.grant_id)
    return ReleaseCard(
        anchor=f"p{part.id}",
        part=part,
        grant=grant,
        due_on=due_on,
        asked_by=names.get(part.requested_by_id, ""),
        mine=part.requested_by_id != reader.id,
        approvals=tuple(
            (titles.of(grant.programme_id, one), one.done_on, names.get(one.done_by_id, ""))
            for one in conditions
            if one.done_on is not None and one.status is not StepStatus.CANCELLED
        ),
        facts=(*word_payee(say, payee, today), *word_unspent(say, unspent, part.amount_minor)),
        forms=() if closed else (_form(part, grant, payee),),
        late=due_on is not None and due_on < today,
        closed=closed,
    )


def _claim_due_on(session: Session, part: Instalment) -> date | None:
    """Return when the claim is due that leaves once an instalment is released."""
    claims = select(Step).where(
        Step.grant_id == part.grant_id, Step.instalment == part.number, Step.kind == StepKind.CLAIM
    )
    claim = session.exec(claims.order_by(col(Step.id).desc())).first()
    return claim.due_on if claim is not None else None


def _form(part: Instalment, grant: Grant, payee: Payee | None) -> Form:
    """Return the form by which the release is asked for, or confirmed, with the sum and the account that it shows."""
    state, sum_minor = part.requested_by_id or 0, part.amount_minor or 0
    about = FormFor("part", part.id or 0, state, sum_minor, account=payee.account if payee else "")
    return Form(Act.RELEASE, about, grant.reference, "", grant.currency, instalment=part.number)


def _why_closed(
    session: Session, reader: Reader, part: Instalment, conditions: Sequence[Step], today: date
) -> PageMessage | None:
    """Return why the reader cannot confirm it, as the gate has it; None when they can."""
    recorders = (part.requested_by_id, *(step.done_by_id for step in conditions))
    said = may_release(
        part,
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
