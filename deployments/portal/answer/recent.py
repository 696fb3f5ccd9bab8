"""List what a person has just done, with where it is taken back, or why it cannot be."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection
from sqlmodel import Session

from deployments.portal.answer.answer_faults import WHY_KEPT, Kept
from deployments.portal.answer.outcome import find_undo
from deployments.portal.desk.bodies import bodies_of
from deployments.portal.login.reader import Reader
from deployments.portal.tasks.report import find_given
from deployments.portal.web.state import Portal, grant_path
from models.commands.command import OnInstalment
from models.commands.steps import NotMe, Undo
from models.forms.spec import ACTS, Act, find_act
from models.message import Remark
from models.reading.plain_text import one_line
from models.rules.steps.undo import UNDO_WITHIN, UndoReason
from models.tables.grant import Grant
from models.tables.person import Person
from models.vocabulary import Duty
from tasks.grant.records import find_record_of, find_record_of_part
from tasks.people.visibility import may_visitor
from tasks.people.withdrawers import to_take_back
from tasks.store.database import AnyRow
from tasks.store.form_keys import acts_since
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_step_title

_MOST = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act was about: its title, the grant that it is in, and the page that shows it; each empty for none.

    At the address `answer` what was answered is read again. A step that was handed over has a new `holder`.
    """

    title: str = ""
    grant: str = ""
    page: str = ""
    answer: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class RecentAct:
    """An act by its spec, what it was about, and at which local time it was done.

    It is taken back at the address `undo`; where that is empty, `kept` says why it cannot be.
    """

    act: Act
    about: Subject
    at: datetime
    undo: str
    kept: Remark | None


def recent_acts(
    connection: Connection, reader: Reader, now: datetime, *, portal: Portal, say: Translator
) -> list[RecentAct]:
    """Return what the reader did by a form in the last day, the newest first; without what was taken back.

    Of what is undone by a letter each step has one line: only the last that was done of it can be taken back.
    """
    subjects = _Subjects(connection, say, portal.local_date(now))
    found = []
    listed = set[int]()
    for row in acts_since(connection, reader.id, now - UNDO_WITHIN, _MOST):
        act = find_act(row.act)
        if act is None or act.command is Undo:
            continue
        kept = _why_kept(connection, row, act, reader, subjects.today)
        undo = "" if kept is not None else row.undo
        if act.reversible_for is not None:
            if row.about_id in listed:
                continue
            listed.add(row.about_id)
            undo, reason = find_undo(connection, portal, reader, row.about_id, now)
            if reason is UndoReason.UNDONE:
                continue
            kept = None if reason.accepted else WHY_KEPT[reason]()
        at = row.taken_at.astimezone(portal.settings.zone)
        found.append(RecentAct(act, subjects.of(row, act), at, undo, kept))
    return found


def _why_kept(connection: Connection, row: AnyRow, act: Act, reader: Reader, today: date) -> Remark | None:
    """Return why the reader cannot open the form that takes an act back; None where they can."""
    undone_by = ACTS.get(act.undone_by)
    if undone_by is None or undone_by.duty is None or not row.undo:
        is_money = issubclass(act.command, OnInstalment)
        return Kept.MONEY() if is_money else Kept.RECORD_WHAT_IS_RIGHT()
    is_approval = undone_by.duty is Duty.APPROVAL
    if reader.visit is None:
        return Kept.SIGN_IN_TO_WITHDRAW() if is_approval else Kept.SIGN_IN()
    if not is_approval:
        about = int(urlsplit(row.undo).path.rpartition("/")[2])
        is_theirs = may_visitor(connection, reader.visit.visitor, undone_by.duty, about)
    else:
        record = find_record_of(connection, row.about_id)
        is_theirs = record is not None and row.about_id in to_take_back(
            connection, record.id, record.steps, reader.id, today
        )
    if is_theirs:
        return None
    return Kept.NOT_THEIRS_TO_WITHDRAW() if is_approval else Kept.NOT_THEIRS()


class _Subjects:
    """What acts were about, in a language."""

    def __init__(self, connection: Connection, say: Translator, today: date) -> None:
        self._connection = connection
        self._session = Session(connection)
        self._say = say
        self.today = today

    def of(self, row: AnyRow, act: Act) -> Subject:
        """Return what an act was about."""
        match row.about, act.duty:
            case "step", _:
                record = find_record_of(self._connection, row.about_id)
                if record is None:
                    return Subject()
                step = record.batch.steps_by_id[row.about_id]
                title = word_step_title(self._say, record.rule_of(step), step.kind, step.period)
                answer = f"/answers/{step.id}" if find_given(record, step) is not None else ""
                passed_on = act.command is NotMe
                holder = one_line(record.person(step.owner_id), 120) if passed_on else ""
                return _in_grant(record.grant, title, answer, holder)
            case "part", _:
                record = find_record_of_part(self._connection, row.about_id)
                return _in_grant(record.grant) if record is not None else Subject()
            case _, Duty.GRANT | Duty.APPROVAL if row.about_id:
                return _in_grant(self._session.get_one(Grant, row.about_id))
            case _, Duty.MEETINGS:
                body = bodies_of(self._connection, self.today)[row.about_id]
                return Subject(body.name, page=f"/meetings?body={row.about_id}")
            case _, Duty.PERSON | Duty.HOLDINGS if row.about_id:
                person = self._session.get_one(Person, row.about_id)
                return Subject(person.name, page=f"/people/{row.about_id}")
        return Subject()


def _in_grant(grant: Grant, title: str = "", answer: str = "", holder: str = "") -> Subject:
    return Subject(title, grant.title, grant_path(grant.reference), answer, holder)
