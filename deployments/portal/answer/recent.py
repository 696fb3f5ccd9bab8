"""List what a person has just done, with where it is taken back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection
from sqlmodel import Session

from deployments.portal.answer.outcome import find_undo
from deployments.portal.desk.meetings import bodies_of
from deployments.portal.login.reader import Reader
from deployments.portal.web.state import Portal
from models.forms.spec import ACTS, Act
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

_SINCE = timedelta(hours=24)
_MOST = 5


@dataclass(frozen=True, slots=True)
class JustDone:
    """An act by its spec, what it was about, in which grant, when, and where it is taken back; empty for nowhere."""

    act: Act
    what: str
    of: str
    at: datetime
    undo: str


def find_recent(
    portal: Portal, connection: Connection, say: Translator, reader: Reader, now: datetime
) -> list[JustDone]:
    """Return what the reader did by a form in the last day, the newest first; without what was taken back.

    Of what is undone by a letter each step has one line: only the last that was done of it can be taken back.
    """
    names = _Names(connection, say, portal.local_date(now))
    found = []
    listed = set[int]()
    for row in acts_since(connection, reader.id, now - _SINCE, _MOST):
        act = ACTS[row.act]
        undo = row.undo if _may_take_back(connection, row, reader, names.today) else ""
        if act.reversible_for is not None:
            if row.about_id in listed:
                continue
            listed.add(row.about_id)
            undo, is_undone = find_undo(connection, portal, reader, row.about_id, now)
            if is_undone:
                continue
        what, of = names.of(row, act)
        found.append(JustDone(act, what, of, row.taken_at.astimezone(portal.settings.zone), undo))
    return found


def _may_take_back(connection: Connection, row: AnyRow, reader: Reader, today: date) -> bool:
    """Return whether the form that takes an act back is there for the reader; the desk asks for signing in."""
    undone_by = ACTS.get(ACTS[row.act].undone_by)
    if reader.visit is None or undone_by is None or undone_by.duty is None:
        return False
    if row.about != "step":
        return may_visitor(connection, reader.visit.visitor, undone_by.duty, row.about_id)
    record = find_record_of(connection, row.about_id)
    if record is None:
        return False
    return row.about_id in to_take_back(connection, record.id, record.steps, reader.id, today)


class _Names:
    """What acts were about, in a language."""

    def __init__(self, connection: Connection, say: Translator, today: date) -> None:
        self._connection = connection
        self._session = Session(connection)
        self._say = say
        self.today = today

    def of(self, row: AnyRow, act: Act) -> tuple[str, str]:
        """Return what it was about and in which grant, empty for none."""
        match row.about, act.duty:
            case "step", _:
                record = find_record_of(self._connection, row.about_id)
                if record is None:
                    return "", ""
                step = record.batch.steps_by_id[row.about_id]
                title = word_step_title(self._say, record.rule_of(step), step.kind, step.period)
                return title, record.grant.title
            case "part", _:
                record = find_record_of_part(self._connection, row.about_id)
                return "", record.grant.title if record is not None else ""
            case _, Duty.GRANT | Duty.APPROVAL:
                return "", self._session.get_one(Grant, row.about_id).title
            case _, Duty.MEETINGS:
                return bodies_of(self._connection, self.today)[row.about_id].name, ""
            case _, Duty.PERSON | Duty.HOLDINGS if row.about_id:
                return self._session.get_one(Person, row.about_id).name, ""
        return "", ""
