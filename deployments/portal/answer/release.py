"""The card on which a release is confirmed, and why its reader may not confirm it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from deployments.portal.answer.answer_faults import Closed
from deployments.portal.answer.form import CardForm
from deployments.portal.forms.context import FormWords
from deployments.portal.login.reader import Reader
from deployments.portal.papers.files import is_shown
from deployments.portal.web.posted_form import NOBODY_ASKS, FormTarget
from models.forms.spec import ACTS, begin
from models.message import Remark
from models.rules.duties import Proof
from models.rules.money.confirmer import Confirmer
from models.rules.money.gate import GateReason, may_release
from models.rules.money.payment import find_step_of
from models.rules.steps.lateness import is_late
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Document, Step
from models.vocabulary import Duty, StepKind
from tasks.grant.money import unspent_on
from tasks.grant.records import GrantRecord
from tasks.overview.evidence import Evidence, find_evidence
from tasks.people.confirmers import confirmers_of
from tasks.people.visibility import may_visitor
from tasks.words.money import word_payee, word_unspent
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_step_title


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
    forms: tuple[CardForm, ...]
    late: bool
    closed: Remark | None
    problem: Remark | None = None
    may_file: bool = False  # a paper that is missing
    leads: tuple[str, ...] = ()
    holder: str = ""
    report: None = None
    papers: None = None
    by_body: bool = False

    @property
    def shown(self) -> tuple[Document, ...]:
        """The newest file of each approval, of those that a browser shows in place."""
        newest = (file for _, one in self.approvals for file in one.files[:1])
        return tuple(file for file in newest if is_shown(file))

    @property
    def is_release(self) -> bool:
        """Whether a release is confirmed by it, and no step is answered."""
        return True

    @property
    def is_ours_late(self) -> bool:
        """Whether it is late with us."""
        return self.late


def release_card(
    say: Translator, reader: Reader, record: GrantRecord, part: Instalment, today: date
) -> ReleaseCard:
    """Return the card: what was approved, by whom and when, before anyone confirms it."""
    grant = record.grant
    claim = find_step_of(record.steps, part.number, StepKind.CLAIM)
    closed = _why_closed(reader, record, part, today)
    unspent = unspent_on(record)
    return ReleaseCard(
        anchor=f"p{part.id}",
        part=part,
        grant=grant,
        due_on=claim.due_on if claim else None,
        asked_by=record.person(part.requested_by_id),
        mine=part.requested_by_id != reader.id,
        approvals=tuple((_title(say, record, one.step), one) for one in find_evidence(record, part)),
        facts=(*word_payee(say, record.payee, today), *word_unspent(say, unspent, part.amount_minor)),
        forms=() if closed else tuple(_forms(say, part, record, today)),
        late=claim is not None and is_late(claim, grant, today),
        closed=closed,
        may_file=reader.visit is not None
        and may_visitor(record.batch.session.connection(), reader.visit.visitor, Duty.GRANT, record.id),
    )


def _title(say: Translator, record: GrantRecord, step: Step) -> str:
    return word_step_title(say, record.rule_of(step), step.kind, step.period)


def _forms(say: Translator, part: Instalment, record: GrantRecord, today: date) -> Iterator[CardForm]:
    """Yield the form by which the release is asked for, or confirmed, as it is shown; either may say no instead."""
    grant = record.grant
    payee = record.payee
    state = part.requested_by_id or NOBODY_ASKS
    sum_minor = part.amount_minor or 0
    about = FormTarget("part", id_of(part), state, sum_minor, account=payee.account if payee else "")
    of_part = {"grant": grant.reference, "instalment": part.number}
    release = CardForm(
        act="release",  # the sum and the account stand above it
        about=about,
        grant=grant.reference,
        known={
            **of_part,
            "first_only": about.is_unasked,  # who was shown "you are the first" must not become the second
            "shown_minor": about.sum_minor,
            "shown_account": about.account,
        },
        currency=grant.currency,
        variant="" if about.is_unasked else "second",
    )
    yield release
    fields = begin(ACTS["decline"], FormWords(say), today)
    yield replace(release, act="decline", known=of_part, fields=fields)


def _why_closed(reader: Reader, record: GrantRecord, part: Instalment, today: date) -> Remark | None:
    """Return why the reader cannot confirm it, as the gate has it; None when they can."""
    session = record.batch.session
    conditions = record.conditions_of(part)
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
            return Closed.SIGN_IN(place=f"p{part.id}")
        case GateReason.RECORDED_APPROVAL:
            return Closed.RECORDED_APPROVAL()
        case GateReason.SAME_PERSON:
            return Closed.CONFIRMED_ALREADY()
        case GateReason.NO_ROLE:
            return Closed.NO_MONEY_ROLE()
        case GateReason.NOBODY_ELSE:
            return Closed.NOBODY_ELSE()
        case _:
            return None
