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
from models.rules.duties import Proof
from models.rules.money.confirmer import Confirmer
from models.rules.money.gate import GateReason, may_release
from models.rules.steps.late import is_late
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import StepKind
from tasks.grant.money import unspent_on
from tasks.grant.records import read_records
from tasks.overview.evidence import Evidence, conditions_of, find_evidence
from tasks.overview.titles import StepTitles
from tasks.people.confirmers import confirmers_of
from tasks.words.money import word_payee, word_unspent
from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class ReleaseCard:
    """An instalment whose condition is to be confirmed, and what is to be known before anyone does.

    `approvals` are what was approved, each with its title; `facts` are labels and texts; the claim is due on `due_on`.
    Without a form its reader has confirmed already, or must sign in, or may not confirm: `closed` says which.
    """

    anchor: str
    part: Instalment
    grant: Grant
    due_on: date | None
    asked_by: str
    mine: bool
    approvals: tuple[tuple[str, Evidence], ...]
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
        grant, claim = session.get_one(Grant, part.grant_id), _claim_of(session, part)
        conditions = conditions_of(session, part.id or 0)
        evidence = find_evidence(session, part.id or 0)
        asked = select(Person.name).where(Person.id == part.requested_by_id)
        asked_by = session.exec(asked).first()
        closed = _why_closed(session, reader, part, conditions, today)
    titles = StepTitles(connection, say)
    unspent = unspent_on(read_records(connection, {part.grant_id})[part.grant_id])
    return ReleaseCard(
        anchor=f"p{part.id}",
        part=part,
        grant=grant,
        due_on=claim.due_on if claim else None,
        asked_by=asked_by or "",
        mine=part.requested_by_id != reader.id,
        approvals=tuple((titles.of(grant.programme_id, one.step), one) for one in evidence),
        facts=(*word_payee(say, payee, today), *word_unspent(say, unspent, part.amount_minor)),
        forms=() if closed else (_form(part, grant, payee),),
        late=claim is not None and is_late(claim, grant, today),
        closed=closed,
    )


def _claim_of(session: Session, part: Instalment) -> Step | None:
    """Return the claim that leaves once an instalment is released."""
    claims = select(Step).where(
        Step.grant_id == part.grant_id, Step.instalment == part.number, Step.kind == StepKind.CLAIM
    )
    return session.exec(claims.order_by(col(Step.id).desc())).first()


def _form(part: Instalment, grant: Grant, payee: Payee | None) -> Form:
    """Return the form by which the release is asked for, or confirmed, with the sum and the account that it shows."""
    state, sum_minor = part.requested_by_id or 0, part.amount_minor or 0
    about = FormFor("part", part.id or 0, state, sum_minor, account=payee.account if payee else "")
    return Form(Act.RELEASE, about, grant.reference, "", grant.currency, instalment=part.number)


def _why_closed(
    session: Session, reader: Reader, part: Instalment, conditions: Sequence[Step], today: date
) -> PageMessage | None:
    """Return why the reader cannot confirm it, as the gate has it; None when they can."""
    others = (part.requested_by_id, *(step.done_by_id for step in conditions))
    said = may_release(
        part,
        conditions,
        by=Confirmer(reader.id, Proof.SIGNED_IN if reader.signed_in else Proof.LINK),
        confirmers=confirmers_of(session.connection(), part.grant_id, today, others),
        today=today,
    )
    match said.reason:
        case GateReason.SIGN_IN:
            return message("sign_in", place=f"p{part.id}")
        case GateReason.RECORDED_APPROVAL:
            return message("recorded_approval")
        case GateReason.SAME_PERSON:
            return message("confirmed_already")
        case GateReason.NO_ROLE:
            return message("no_money_role")
        case GateReason.NOBODY_ELSE:
            return message("nobody_else")
        case _:
            return None
