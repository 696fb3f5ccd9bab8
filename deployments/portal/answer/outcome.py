"""Find what became of an answer: recorded, refused, or too late."""

from datetime import date, datetime

from sqlalchemy import Connection, select

from deployments.portal.answer.answer_faults import NotTaken, PassedOn
from deployments.portal.answer.form import CardForm
from deployments.portal.answer.page import next_steps
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.queries import passed_on
from deployments.portal.web.posted_form import FormTarget
from deployments.portal.web.state import Portal, id_asked
from deployments.portal.web.thanks import Thanks
from models.currency import Amount
from models.errors import FileNotApproved, GrantError, NotAllowed, Unreadable
from models.events import GrantEvent
from models.facts.letter import Task
from models.forms.faults import Fault
from models.message import Common, Remark
from models.rules.answers.answer import AnswerReason
from models.rules.money.claim import ClaimReason
from models.rules.money.payment import PaymentReason
from models.rules.notices.task_kind import decide_task
from models.rules.steps.approvals import is_by_one_of_us
from models.rules.steps.needs import goes_to_funder
from models.rules.steps.undo import UndoReason
from models.tables.columns import id_of, table_of
from models.tables.journal import JournalEvent
from models.tables.letter import Confirmation, Letter
from models.tables.step import Answer, Step
from models.vocabulary import SETTLED, SETTLING, AnswerKind, StepKind
from tasks.commands.answers.undo import may_undo
from tasks.commands.replan.confirmation_letters import find_confirmed
from tasks.grant.records import GrantRecord, find_record_of, find_record_of_part
from tasks.people.links import LinkUse, sign_link
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_step_title

_EVENT, _CONFIRMATION, _LETTER = (table_of(one) for one in (JournalEvent, Confirmation, Letter))
# By which the journal tells what was recorded of a step, and of a decision.
_OF_STEP = (
    GrantEvent.STEP_DONE,
    GrantEvent.STEP_APPROVED,
    GrantEvent.STEP_SETTLED_BY_DECISION,
    GrantEvent.INSTALMENT_PAID,
    GrantEvent.REST_LOST,
)
_OF_ITEM = (GrantEvent.ITEM_ON_AGENDA, GrantEvent.ITEM_OFF_AGENDA, GrantEvent.ITEM_DEFERRED)
_DECIDED = (GrantEvent.DECISION_RECORDED, GrantEvent.DECISION_CORRECTED)


def find_thanks(
    connection: Connection, say: Translator, reader: Reader, anchor: str, today: date
) -> Thanks | None:
    """Return thanks for an answer that the rows really hold, today's and the reader's own; None otherwise."""
    number = id_asked(anchor[1:]) or 0
    if anchor.startswith("p"):
        return _thanks_for_part(connection, reader, number, today)
    return _thanks_for_step(connection, say, reader, number, today) if anchor.startswith("s") else None


def _thanks_for_part(connection: Connection, reader: Reader, part_id: int, today: date) -> Thanks | None:
    record = find_record_of_part(connection, part_id)
    if record is None:
        return None
    part = next(one for one in record.instalments if one.id == part_id)
    if (reader.id, today) == (part.confirmed_by_id, part.released_on):
        return Thanks("second to confirm")
    has_requested = (reader.id, today) == (part.requested_by_id, part.requested_on)
    return Thanks("first to confirm") if has_requested else None


def _thanks_for_step(
    connection: Connection, say: Translator, reader: Reader, step_id: int, today: date
) -> Thanks | None:
    record = find_record_of(connection, step_id)
    if record is None:
        return None
    step = record.batch.steps_by_id[step_id]
    last = _last_answer(record, step)
    if last is not None and last.kind in SETTLING and step.status not in SETTLED:
        return None  # it was undone, or sent back
    if last is not None and (last.by_id != reader.id or last.answered_on != today):
        last = None
    item = _last_of_item(connection, reader, step, today)
    if item:
        return Thanks(item, _title(record, say, step), promised_on=step.promised_on)
    if last is None and not _has_recorded(connection, record, reader, step, today):
        return None
    kind = last.kind if last is not None else AnswerKind.DONE
    # What follows one's own approval was said where it was given.
    own = kind is AnswerKind.APPROVED and is_by_one_of_us(step, record.body_of(step))
    is_about_draft = kind is AnswerKind.RETURNED or _approves_draft(record, step, kind)
    corrected = record.report_of(step) if is_about_draft else None
    return Thanks(
        kind=_kind_said(record, step, kind),
        step=_title(record, say, corrected or step),
        expected_on=last.expected_on if last is not None else None,
        promised_on=step.promised_on,
        next=next_steps(record, say, step, today) if step.status in SETTLED and not own else [],
    )


def _kind_said(record: GrantRecord, step: Step, kind: str) -> str:
    """Return what was recorded, where that is more than the kind of the answer says."""
    if kind is AnswerKind.DONE and _is_sent(record, step):
        return "sent"
    return "draft approved" if _approves_draft(record, step, kind) else kind


def _approves_draft(record: GrantRecord, step: Step, kind: str) -> bool:
    """Return whether a draft was read and approved on its way to who signs it."""
    rule = record.rule_of(step)
    task = decide_task(StepKind(step.kind), rule, record.programme, with_funder=step.with_funder)
    return kind is AnswerKind.APPROVED and task is Task.READ


def _is_sent(record: GrantRecord, step: Step) -> bool:
    """Return whether what was done is that something was sent to the funder."""
    rule = record.rule_of(step)
    return step.kind is StepKind.CLAIM or (rule is not None and goes_to_funder(rule, record.programme))


def _last_of_item(connection: Connection, reader: Reader, step: Step, today: date) -> str:
    """Return what the reader recorded last today of an unsettled item before a body; empty for nothing."""
    own = (_EVENT.c.step_id == step.id, _EVENT.c.person_id == reader.id, _EVENT.c.on == today)
    last = select(_EVENT.c.event).where(*own, _EVENT.c.event.in_(_OF_ITEM)).order_by(_EVENT.c.id.desc())
    said = connection.execute(last.limit(1)).scalar()
    return str(said or "") if step.status not in SETTLED else ""


def _has_recorded(
    connection: Connection, record: GrantRecord, reader: Reader, step: Step, today: date
) -> bool:
    """Return whether the reader did the step today, or recorded a part of its money, its decision or its date."""
    own = select(_EVENT.c.step_id, _EVENT.c.event).where(
        _EVENT.c.grant_id == record.id, _EVENT.c.person_id == reader.id, _EVENT.c.on == today
    )
    events = {(row.step_id, row.event) for row in connection.execute(own)}
    if any((step.id, event) in events for event in _OF_STEP):
        return True
    if not any((None, event) in events for event in _DECIDED):
        return False
    return step.kind is StepKind.FUNDER or _has_dated(record, reader, step)


def _has_dated(record: GrantRecord, reader: Reader, step: Step) -> bool:
    """Return whether the last decision that the reader recorded gave a date by which the step is due."""
    own = [one for one in record.decisions if one.recorded_by_id == reader.id]
    rule = record.rule_of(step)
    if not own or rule is None:
        return False
    last = max(own, key=id_of)
    before = record.corrected_by(last)
    known = before.dates if before is not None else {}
    given = {name for name, one in last.dates.items() if known.get(name) != one}
    return not given.isdisjoint(rule.day_names)


def find_change(connection: Connection, say: Translator, about: FormTarget) -> Remark:
    """Return why a form does not act any more: who answered and when, or that something else has changed."""
    record = find_record_of(connection, about.id) if about.kind == "step" else None
    if record is None:
        return NotTaken.CHANGED()
    step = record.batch.steps_by_id[about.id]
    title = _title(record, say, step)
    last = _last_answer(record, step)
    if last is not None and last.step_version >= about.state:
        return NotTaken.ANSWERED_BY(step=title, who=record.person(last.by_id), day=last.answered_on)
    return NotTaken.STEP_CHANGED(step=title)


def list_passed_on(connection: Connection, say: Translator, reader: Reader) -> list[Remark]:
    """Return who has now what the letter behind the reader's link told as theirs; nothing for who is signed in."""
    if reader.letter_id is None:
        return []
    told = []
    for step_id in connection.scalars(passed_on(reader.letter_id, reader.id)):
        record = find_record_of(connection, step_id)
        if record is not None:
            step = record.batch.steps_by_id[step_id]
            name = record.person(step.owner_id)
            told.append(PassedOn.HAS_IT(name=name, step=_title(record, say, step), grant=record.grant.title))
    return told


def find_undo(
    connection: Connection, portal: Portal, reader: Reader, step_id: int, now: datetime
) -> tuple[str, UndoReason]:
    """Return the address at which the reader undoes what they just recorded of a step: that of the letter.

    It is empty where it cannot be undone, for that reason.
    """
    query = (
        select(_LETTER.c.link_key)
        .join(_LETTER, _LETTER.c.id == _CONFIRMATION.c.letter_id)
        .where(_CONFIRMATION.c.step_id == step_id, _CONFIRMATION.c.person_id == reader.id)
        .order_by(_CONFIRMATION.c.id.desc())
    )
    link_key = connection.execute(query).scalars().first() or ""
    confirmed = find_confirmed(connection, link_key)
    if confirmed is None:
        return "", UndoReason.NEVER
    reason = may_undo(connection, confirmed, today=portal.local_date(now), now=now)
    address = f"/undo/{sign_link(link_key, portal.keys, LinkUse.UNDO)}"
    return address if reason.accepted else "", reason


def _title(record: GrantRecord, say: Translator, step: Step) -> str:
    return word_step_title(say, record.rule_of(step), step.kind, step.period)


def _last_answer(record: GrantRecord, step: Step) -> Answer | None:
    answers = record.answers_of(step)
    return answers[-1] if answers else None


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
    at = form.spec.refused_at.get(str(reason), "")
    match reason:
        case ClaimReason.MORE_THAN_SPENT | ClaimReason.ALL_TOO_MUCH:
            fault = Fault.ALL_TOO_MUCH if reason is ClaimReason.ALL_TOO_MUCH else Fault.MORE_THAN_SPENT
            over = Amount(int(str(error.facts["over"])), form.currency)
            return form.with_spares().with_errors({at: fault(sum=over)})
        case ClaimReason.NO_WHY:
            return form.with_errors({at: Fault.MISSING_REASON()})
        case PaymentReason.TOO_MUCH:
            return form.with_errors({at: NotTaken.MORE_THAN_MISSING()})
    if isinstance(error, FileNotApproved) and name:
        other = Fault.OTHER_VERSION(other=error.facts["other"])
        return form.with_errors({"files": Common.AT(place=name, why=other)})
    return None
