"""Find what became of an answer: recorded, refused, or too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select
from sqlmodel import Session
from sqlmodel import select as select_models

from deployments.portal.answer.form import Act, Form
from deployments.portal.answer.page import next_steps
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.missing_dates import StepOfGrant, dates_to_ask, has_given_date
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import PageMessage, id_asked, message
from models.errors import FileNotApproved, GrantError, NotAllowed, Refused
from models.rules.answers.answer import AnswerReason
from models.rules.money.claim import ClaimReason
from models.rules.money.payment import PaymentReason
from models.rules.steps.undo import UNDOABLE_KINDS
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Answer, Step
from models.vocabulary import SETTLED, UNSETTLED, AnswerKind, StepKind, StepStatus
from tasks.commands.sums.payees import payees_of
from tasks.store.programmes import load_programme
from tasks.store.queries import shape_rows
from tasks.words.money import word_came
from tasks.words.names import word_step_title
from tasks.words.translator import translator

_STEP, _ANSWER, _PERSON = table_of(Step), table_of(Answer), table_of(Person)
_INSTALMENT, _GRANT = table_of(Instalment), table_of(Grant)


@dataclass(frozen=True, slots=True)
class AnsweredStep(StepOfGrant):
    """A step that an answer was given to."""

    kind: StepKind
    status: StepStatus
    period: str | None
    instalment: int | None
    done_on: date | None
    done_by_id: int | None
    repays_minor: int | None
    promised_on: date | None
    currency: str


def find_thanks(
    connection: Connection, reader: Reader, anchor: str, today: date, language: str
) -> PageMessage | None:
    """Return thanks for an answer that the rows really hold, today's and the reader's own; None otherwise."""
    number = id_asked(anchor[1:])
    if anchor[:1] not in ("s", "p") or number is None:
        return None
    if anchor.startswith("p"):
        return _thanks_for_release(connection, reader, number)
    row = _step(connection, number)
    if row is None:
        return None
    last, _ = _last_answer(connection, row.step_id) or (None, "")
    if last is not None and (last.by_id != reader.id or last.answered_on != today):
        last = None
    done_on = row.done_on if row.done_by_id == reader.id else None
    if last is None and done_on is None and not has_given_date(connection, reader.id, row):
        return None
    kind = last.kind if last is not None else AnswerKind.DONE
    settles = row.status in SETTLED
    return message(
        "thanks",
        kind=kind,
        step=_title(connection, row, language),
        expected_on=last.expected_on if last is not None else None,
        promised_on=row.promised_on,
        undoable=bool(done_on and last is not None and row.kind in UNDOABLE_KINDS),
        came=_came(connection, row, language) if row.kind == StepKind.PAYMENT else "",
        unsettled=row.status in UNSETTLED,
        repaid=(row.repays_minor, row.currency)
        if row.kind == StepKind.REPAYMENT and row.repays_minor
        else None,
        repaid_on=done_on,
        dates=_unsaid(connection, row, language) if row.kind == StepKind.FUNDER else [],
        next=next_steps(connection, translator(language), row.step_id) if settles else [],
    )


def _came(connection: Connection, row: AnsweredStep, language: str) -> str:
    """Return how much of the payment step's instalment came, where something is missing; else nothing."""
    part = connection.execute(
        select(
            *(_INSTALMENT.c[name] for name in ("amount_minor", "paid_minor", "no_more_why")),
            _GRANT.c.currency,
        )
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(_INSTALMENT.c.grant_id == row.grant_id, _INSTALMENT.c.number == row.instalment)
    ).first()
    if part is None:
        return ""
    no_more = part.no_more_why is not None
    return word_came(translator(language), part.amount_minor, part.paid_minor, part.currency, no_more=no_more)


def _unsaid(connection: Connection, row: AnsweredStep, language: str) -> list[str]:
    """Return what the programme calls the dates that no decision of the step's grant says."""
    steps = connection.execute(
        select(_STEP, _STEP.c.id.label("step_id"), _GRANT.c.programme_id)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.grant_id == row.grant_id, _STEP.c.due_on.is_(None), _STEP.c.status.in_(UNSETTLED))
    )
    names = {
        name for asked in dates_to_ask(connection, shape_rows(StepOfGrant, steps)).values() for name in asked
    }
    dates = load_programme(connection, row.programme_id).dates
    return [one.title.in_language(language) for name, one in dates.items() if name in names]


def _thanks_for_release(connection: Connection, reader: Reader, part_id: int) -> PageMessage | None:
    row = connection.execute(select(_INSTALMENT).where(_INSTALMENT.c.id == part_id)).first()
    if row is None or reader.id not in (row.confirmed_by_id, row.requested_by_id):
        return None
    return message("thanks_for_release", confirmed=row.confirmed_by_id == reader.id)


def find_change(connection: Connection, about: FormFor, today: date, language: str) -> PageMessage:
    """Return why a form does not act any more: who answered and when, or that the sum or the account is another."""
    row = _step(connection, about.id) if about.about == "step" else None
    if row is None:
        return _other_part(connection, about) or message("changed")
    step, found = _title(connection, row, language), _last_answer(connection, row.step_id)
    if found is not None and found[0].step_version >= about.state:
        return message("answered_by", step=step, who=found[1], day=found[0].answered_on)
    if row.status in SETTLED and row.done_on is not None:
        return message("settled_on", step=step, day=row.done_on)
    return message("step_changed", step=step)


def _other_part(connection: Connection, about: FormFor) -> PageMessage | None:
    """Return that an instalment has another sum, or another account, than the form showed; None when the same."""
    part = connection.execute(
        select(_INSTALMENT.c.grant_id, _INSTALMENT.c.amount_minor, _GRANT.c.currency)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(_INSTALMENT.c.id == about.id)
    ).first()
    if about.about != "part" or part is None:
        return None
    if part.amount_minor not in (None, about.sum_minor):
        return message("other_sum", was=about.sum_minor, now=part.amount_minor, currency=part.currency)
    payee = payees_of(connection, {part.grant_id}).get(part.grant_id)
    if payee is None or not payee.account or payee.account == about.account:
        return None
    return message("other_account", account=payee.account)


def _step(connection: Connection, step_id: int) -> AnsweredStep | None:
    found = connection.execute(
        select(_STEP, _STEP.c.id.label("step_id"), _GRANT.c.programme_id, _GRANT.c.currency)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.id == step_id)
    )
    return next(iter(shape_rows(AnsweredStep, found)), None)


def _title(connection: Connection, row: AnsweredStep, language: str) -> str:
    rules = {rule.key: rule for rule in load_programme(connection, row.programme_id).steps}
    return word_step_title(translator(language), rules.get(row.template_key), row.kind, row.period)


def _last_answer(connection: Connection, step_id: int) -> tuple[Answer, str] | None:
    """Return the step's last answer, and who gave it."""
    query = (
        select_models(Answer, Person.name)
        .join(Person, _PERSON.c.id == _ANSWER.c.by_id)
        .where(Answer.step_id == step_id)
        .order_by(_ANSWER.c.id.desc())
    )
    with Session(connection) as session:
        return session.exec(query).first()


_TOO_EARLY = (
    AnswerReason.PAPER_TOO_EARLY,
    ClaimReason.BEFORE_RELEASE,
    PaymentReason.BEFORE_CLAIM,
    PaymentReason.BEFORE_LAST,
)


def problem_of(act: Act, error: GrantError) -> PageMessage:
    """Return why an answer was refused, as far as its reader can correct it."""
    if isinstance(error, NotAllowed):
        return message("no_part_any_more")
    reason = error.facts.get("reason")
    if reason is PaymentReason.TOO_MUCH:
        return message("more_than_missing")
    if reason in _TOO_EARLY:
        return message("before_what_it_follows")
    if isinstance(error, FileNotApproved):
        return message("other_version", other=error.facts.get("other"), version=error.facts.get("version"))
    if act is Act.DATE and isinstance(error, Refused):
        return message("letter_before_decision")
    return message("other_colleague" if act is Act.NOT_ME else "cannot_be_recorded")


def with_file_problem(form: Form, error: FileNotApproved) -> Form:
    """Return the form with what is wrong with a file: what it is can be said, another version cannot go."""
    name, other = error.facts["name"], error.facts.get("other")
    if other is not None:
        version = error.facts.get("version")
        return form.with_errors({"files": message("other_version", other=other, version=version, file=name)})
    return form.with_errors({"note": message("file_not_approved", file=name)})
