"""Say what became of an answer: recorded, done before, or too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlmodel import Session
from sqlmodel import select as select_models

from deployments.portal.login.reader import Reader
from deployments.portal.tasks.missing_dates import StepOfGrant, dates_to_ask, has_given_date
from deployments.portal.web.nonce import FormFor
from deployments.portal.web.numbers import id_asked
from models.rules.steps.undo import UNDOABLE_KINDS
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Answer, Step
from models.vocabulary import SETTLED, UNSETTLED, AnswerKind, StepKind, StepStatus
from tasks.commands.sums.payees import payees_of
from tasks.store.programmes import load_programme
from tasks.store.rows import shape_rows
from tasks.words.money import word_came
from tasks.words.names import word_account
from tasks.words.steps import word_step_title
from tasks.words.translator import Speaker, capitalised

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
    currency: str


def word_thanks(connection: Connection, say: Speaker, reader: Reader, anchor: str, today: date) -> str:
    """Return thanks for an answer that the rows really hold, today's and the reader's own; empty otherwise."""
    number = id_asked(anchor[1:])
    if anchor[:1] not in ("s", "p") or number is None:
        return ""
    if anchor.startswith("p"):
        return _thanks_for_release(connection, say, reader, number)
    row = _step(connection, number)
    if row is None:
        return ""
    found = _last_answer(connection, row.step_id)
    last = found[0] if found else None
    answered = last is not None and last.by_id == reader.id and last.answered_on == today
    done_on = row.done_on if row.done_by_id == reader.id else None
    if not answered and not done_on and not has_given_date(connection, reader.id, row):
        return ""
    thanks = _thanks(say, _title(connection, say, row), last if answered else None, today)
    if done_on and answered and row.kind in UNDOABLE_KINDS:
        undo = say.gettext("An email confirms it; there you can take it back within 24 hours.")
        thanks = f"{thanks} {undo}"
    if row.kind == StepKind.PAYMENT and (came := _came(connection, say, row)):
        rest = f" {_rest(say)}" if row.status in UNSETTLED else ""
        thanks = f"{thanks} {capitalised(came)}.{rest}"
    if row.kind == StepKind.REPAYMENT and done_on and row.repays_minor:
        repaid, day = say.money(row.repays_minor, row.currency), say.short_date(done_on, today)
        was_paid = say.gettext("%(money)s was paid back on %(day)s.", money=repaid, day=day)
        thanks = f"{thanks} {was_paid}"
    unsaid = _unsaid(connection, say, row) if row.kind == StepKind.FUNDER else []
    if not unsaid:
        return thanks
    lacks = say.gettext(
        "No decision says this yet: %(dates)s. Until it is known here, nobody is reminded of it.",
        dates=say.listed(unsaid),
    )
    return f"{thanks} {lacks}"


def _thanks(say: Speaker, step: str, answer: Answer | None, today: date) -> str:
    """Return thanks that say what the answer was: a step that is put off or given away is not done."""
    kind = answer.kind if answer is not None else AnswerKind.DONE
    if answer is not None and kind == AnswerKind.NOT_YET and answer.expected_on is not None:
        day = say.short_date(answer.expected_on, today)
        return say.gettext(
            "Thank you. It is recorded that you expect it on %(day)s, and it is still to be done: %(step)s.",
            day=day,
            step=step,
        )
    said = {
        AnswerKind.NOTHING: say.gettext(
            "Thank you. There was nothing to report, and it counts as done: %(step)s.", step=step
        ),
        AnswerKind.NOT_ME: say.gettext("Thank you. You have passed this on: %(step)s.", step=step),
        AnswerKind.NOT_NEEDED: say.gettext("Thank you. It is recorded as not needed: %(step)s.", step=step),
        AnswerKind.APPROVED: say.gettext("Thank you. It is recorded as approved: %(step)s.", step=step),
        AnswerKind.RETURNED: say.gettext(
            "Thank you. It is recorded that the report must be corrected: %(step)s.", step=step
        ),
    }
    return said.get(kind, say.gettext("Thank you. It is recorded: %(step)s.", step=step))


def _came(connection: Connection, say: Speaker, row: AnsweredStep) -> str:
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
    return word_came(say, part.amount_minor, part.paid_minor, part.currency, no_more=no_more)


def _unsaid(connection: Connection, say: Speaker, row: AnsweredStep) -> list[str]:
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
    titles = (one.title for name, one in dates.items() if name in names)
    return [title.en if say.language == "en" else title.sv for title in titles]


def _thanks_for_release(connection: Connection, say: Speaker, reader: Reader, part_id: int) -> str:
    row = connection.execute(select(_INSTALMENT).where(_INSTALMENT.c.id == part_id)).first()
    if row is None:
        return ""
    if row.confirmed_by_id == reader.id:
        return say.gettext("Thank you. The condition is confirmed; the claim may be sent.")
    if row.requested_by_id == reader.id:
        return say.gettext("Thank you. A second person is now asked to confirm.")
    return ""


def word_stale(connection: Connection, say: Speaker, about: FormFor, today: date) -> str:
    """Return why a form does not act any more: who answered and when, or that the sum or the account is another."""
    row = _step(connection, about.id) if about.about == "step" else None
    if row is None:
        changed = _other_sum(connection, say, about) or _other_account(connection, say, about)
        if changed:
            return changed
        return say.gettext("This has changed since you opened the page. Here it is as it stands now.")
    step = _title(connection, say, row)
    found = _last_answer(connection, row.step_id)
    if found is not None and found[0].step_version >= about.state:
        day = say.short_date(found[0].answered_on, today)
        return say.gettext(
            "“%(step)s” was answered by %(who)s on %(day)s. Your answer is not recorded.",
            step=step,
            who=found[1],
            day=day,
        )
    if row.status in SETTLED and row.done_on is not None:
        day = say.short_date(row.done_on, today)
        return say.gettext(
            "“%(step)s” was settled on %(day)s. Your answer is not recorded.", step=step, day=day
        )
    return say.gettext(
        "“%(step)s” has changed since you opened the page. Your answer is not recorded; please look again.",
        step=step,
    )


def word_done_already(say: Speaker, done_at: datetime, zone: ZoneInfo) -> str:
    """Return what a form that is sent once more is answered with."""
    when = say.moment(done_at.astimezone(zone))
    return say.gettext(
        "This was already done on %(when)s. It is recorded once, as it was sent then: what has been changed in the"
        " form since is not recorded.",
        when=when,
    )


def _other_sum(connection: Connection, say: Speaker, about: FormFor) -> str:
    """Return that an instalment has another sum than the form showed; empty when it has the same."""
    part = connection.execute(
        select(_INSTALMENT.c.amount_minor, _GRANT.c.currency)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(_INSTALMENT.c.id == about.id)
    ).first()
    if about.about != "part" or part is None or part.amount_minor in (None, about.sum_minor):
        return ""
    return say.gettext(
        "The sum has changed since you opened the page, from %(was)s to %(now)s. Nothing is confirmed.",
        was=say.money(about.sum_minor, part.currency),
        now=say.money(part.amount_minor, part.currency),
    )


def _other_account(connection: Connection, say: Speaker, about: FormFor) -> str:
    """Return that the money is to come to another account than the form showed; empty when to the same."""
    if about.about != "part":
        return ""
    grant_id = connection.execute(select(_INSTALMENT.c.grant_id).where(_INSTALMENT.c.id == about.id)).scalar()
    payee = payees_of(connection, {grant_id}).get(grant_id) if grant_id else None
    if payee is None or not payee.account or payee.account == about.account:
        return ""
    return say.gettext(
        "The account has changed since you opened the page, to %(now)s. Nothing is confirmed.",
        now=word_account(say, payee.account),
    )


def _step(connection: Connection, step_id: int) -> AnsweredStep | None:
    found = connection.execute(
        select(_STEP, _STEP.c.id.label("step_id"), _GRANT.c.programme_id, _GRANT.c.currency)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.id == step_id)
    )
    return next(iter(shape_rows(AnsweredStep, found)), None)


def _title(connection: Connection, say: Speaker, row: AnsweredStep) -> str:
    rules = {rule.key: rule for rule in load_programme(connection, row.programme_id).steps}
    return word_step_title(say, rules.get(row.template_key), row.kind, row.period)


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


def _rest(say: Speaker) -> str:
    """Return until when what is missing of a payment is asked for."""
    return say.gettext(
        "The payment is still to be recorded, until all of it has come or it is clear that no more comes."
    )
