"""Find what became of an answer: recorded, refused, or too late."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from deployments.portal.answer.answer_faults import NotTaken
from deployments.portal.answer.form import CardForm
from deployments.portal.answer.page import next_steps
from deployments.portal.login.reader import Reader
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import Portal, id_asked
from deployments.portal.web.thanks import Thanks
from models.errors import FileNotApproved, GrantError, NotAllowed, Unreadable
from models.forms.faults import Amount, Fault
from models.message import Common, Remark
from models.rules.answers.answer import AnswerReason
from models.rules.money.claim import ClaimReason
from models.rules.money.payment import PaymentReason
from models.rules.steps.undo import UNDOABLE_KINDS
from models.tables.grant import Decision, Grant
from models.tables.journal import JournalEvent
from models.tables.letter import Confirmation, Letter
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Answer, Step
from models.vocabulary import SETTLED, SETTLING, AnswerKind, StepKind
from tasks.commands.answers.undo import may_undo
from tasks.commands.replan.confirmation_letters import find_confirmed
from tasks.overview.titles import StepTitles
from tasks.people.links import LinkUse, sign_link
from tasks.store.programmes import load_programme
from tasks.words.translator import Translator

# By which the journal tells what was recorded of a step, and of a decision.
_OF_STEP = ("step_done", "step_approved", "step_settled_by_decision", "instalment_paid", "rest_lost")
_DECIDED = ("decision_recorded", "decision_corrected")


def find_thanks(
    connection: Connection, say: Translator, reader: Reader, anchor: str, today: date
) -> Thanks | None:
    """Return thanks for an answer that the rows really hold, today's and the reader's own; None otherwise."""
    number = id_asked(anchor[1:]) or 0
    with Session(connection) as session:
        part = session.get(Instalment, number) if anchor.startswith("p") else None
        said = part and ((part.confirmed_by_id, part.released_on), (part.requested_by_id, part.requested_on))
        if part is not None and said is not None and (reader.id, today) in said:
            return Thanks("second to confirm" if part.confirmed_by_id == reader.id else "first to confirm")
        step = session.get(Step, number) if anchor.startswith("s") else None
        if step is None:
            return None
        last, _ = _last_answer(session, number) or (None, "")
        if last is not None and last.kind in SETTLING and step.status not in SETTLED:
            return None  # it was undone, or sent back
        if last is not None and (last.by_id != reader.id or last.answered_on != today):
            last = None
        done_on = step.done_on if step.done_by_id == reader.id else None
        if last is None and not _has_recorded(session, reader, step, today):
            return None
        return Thanks(
            kind=last.kind if last is not None else AnswerKind.DONE,
            step=_title(session, say, step),
            expected_on=last.expected_on if last is not None else None,
            promised_on=step.promised_on,
            undoable=bool(done_on and last is not None and step.kind in UNDOABLE_KINDS),
            next=next_steps(connection, say, number) if step.status in SETTLED else [],
        )


def _has_recorded(session: Session, reader: Reader, step: Step, today: date) -> bool:
    """Return whether the reader did the step today, or recorded a part of its money, its decision or its date."""
    own = select(JournalEvent.step_id, JournalEvent.event).where(
        JournalEvent.grant_id == step.grant_id, JournalEvent.person_id == reader.id, JournalEvent.on == today
    )
    events = {*session.exec(own)}
    if any((step.id, event) in events for event in _OF_STEP):
        return True
    if not any((None, event) in events for event in _DECIDED):
        return False
    return step.kind is StepKind.FUNDER or _has_dated(session, reader, step)


def _has_dated(session: Session, reader: Reader, step: Step) -> bool:
    """Return whether the last decision that the reader recorded gave a date by which the step is due."""
    own = select(Decision).where(Decision.grant_id == step.grant_id, Decision.recorded_by_id == reader.id)
    last = session.exec(own.order_by(col(Decision.id).desc())).first()
    before = session.get(Decision, last.corrects_id) if last and last.corrects_id else None
    known = before.dates if before else {}
    given = {name for name, one in last.dates.items() if known.get(name) != one} if last else set()
    programme = load_programme(session.connection(), session.get_one(Grant, step.grant_id).programme_id)
    rule = next((one for one in programme.steps if one.key == step.template_key), None)
    return rule is not None and not given.isdisjoint(rule.day_names)


def find_change(connection: Connection, say: Translator, about: FormFor) -> Remark:
    """Return why a form does not act any more: who answered and when, or that something else has changed."""
    with Session(connection) as session:
        step = session.get(Step, about.id) if about.about == "step" else None
        if step is None:
            return NotTaken.CHANGED()
        found = _last_answer(session, about.id)
        title = _title(session, say, step)
        if found is not None and found[0].step_version >= about.state:
            return NotTaken.ANSWERED_BY(step=title, who=found[1], day=found[0].answered_on)
        return NotTaken.STEP_CHANGED(step=title)


def find_undo(
    connection: Connection, portal: Portal, reader: Reader, step_id: int, now: datetime
) -> tuple[str, bool]:
    """Return the address at which the reader undoes what they just recorded of a step: that of the letter.

    It is empty where it cannot be undone; and whether that is because it was undone.
    """
    last = (
        select(Letter.link_key, Confirmation.undone_at)
        .join(Letter, col(Letter.id) == Confirmation.letter_id)
        .where(Confirmation.step_id == step_id, Confirmation.person_id == reader.id)
        .order_by(col(Confirmation.id).desc())
    )
    with Session(connection) as session:
        found = session.exec(last).first()
    confirmed = find_confirmed(connection, found[0] or "") if found else None
    if found is None or confirmed is None:
        return "", False
    reason = may_undo(connection, confirmed, today=portal.local_date(now), now=now)
    link = f"/undo/{sign_link(found[0] or '', portal.keys, LinkUse.UNDO)}"
    return link if reason.accepted else "", found[1] is not None


def _title(session: Session, say: Translator, step: Step) -> str:
    return StepTitles(session.connection(), say).of(session.get_one(Grant, step.grant_id).programme_id, step)


def _last_answer(session: Session, step_id: int) -> tuple[Answer, str] | None:
    """Return the step's last answer, and who gave it."""
    query = select(Answer, Person.name).join(Person, col(Person.id) == col(Answer.by_id))
    return session.exec(query.where(Answer.step_id == step_id).order_by(col(Answer.id).desc())).first()


_TOO_EARLY = (
    AnswerReason.PAPER_TOO_EARLY,
    ClaimReason.BEFORE_RELEASE,
    PaymentReason.BEFORE_CLAIM,
    PaymentReason.BEFORE_LAST,
)


def problem_of(error: GrantError | Unreadable) -> Remark:
    """Return why an answer was refused, as far as its reader can correct it."""
    reason = error.facts.get("reason")
    if isinstance(error, NotAllowed):
        return NotTaken.NO_PART_ANY_MORE()
    if reason is PaymentReason.TOO_MUCH:
        return NotTaken.MORE_THAN_MISSING()
    if reason in _TOO_EARLY:
        return NotTaken.BEFORE_WHAT_IT_FOLLOWS()
    if reason is AnswerReason.NO_MEETING:
        return NotTaken.NO_MEETING_THAT_DAY()
    if isinstance(error, FileNotApproved):
        return NotTaken.OTHER_VERSION(other=error.facts.get("other"))
    return NotTaken.CANNOT_BE_RECORDED()


def with_problem(form: CardForm, error: GrantError | Unreadable) -> CardForm | None:
    """Return the form with what its reader can say of what is wrong at its fields; None where nothing can be said."""
    reason = error.facts.get("reason")
    name = error.facts.get("name")
    if reason in (ClaimReason.MORE_THAN_SPENT, ClaimReason.ALL_TOO_MUCH):
        shown = replace(form, fields=tuple(replace(field, spare=False) for field in form.fields))
        fault = Fault.ALL_TOO_MUCH if reason is ClaimReason.ALL_TOO_MUCH else Fault.MORE_THAN_SPENT
        return shown.with_errors({"over": fault(sum=Amount(int(str(error.facts["over"])), form.currency))})
    if reason is ClaimReason.NO_WHY:
        return form.with_errors({"note": Fault.MISSING()})
    if isinstance(error, FileNotApproved) and name:
        other = Fault.OTHER_VERSION(other=error.facts["other"])
        return form.with_errors({"files": Common.AT(place=name, why=other)})
    return None
