"""Read once what grants that are worked on together share: programmes, people, meetings, and what is told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, Connection, Executable, bindparam, select
from sqlmodel import Session, col, func
from sqlmodel import select as select_model

from models.programme.plan import Programme
from models.rules.dates.committee import MeetingFacts
from models.rules.notices.ladder import Told
from models.rules.notices.recipients import PersonFacts
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.letter import Notice
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Absence, Organisation, Person
from models.tables.step import Answer, Meeting, Step
from models.vocabulary import AnswerKind
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes, record_programme
from tasks.store.queries import columns_of, shape_rows

_PERSON = table_of(Person)
_ABSENCE = table_of(Absence)
_ROLE = table_of(GrantRole)
# Made once: making a query takes longer than asking it.
_COLUMNS = tuple(_PERSON.c[name] for name in ("id", "manager_id", "deputy_id", "departed_on", "bounced_at"))
_LINE = select(*_COLUMNS).where(_PERSON.c.id.in_(bindparam("people", expanding=True))).cte(recursive=True)
# UNION, not UNION ALL: two who stand in for each other are found once.
_REACHED = _LINE.union(
    select(*_COLUMNS).join(_LINE, _PERSON.c.id.in_((_LINE.c.manager_id, _LINE.c.deputy_id)))
)
# Each of them once for every absence, or once without.
_PEOPLE = select(_REACHED, _ABSENCE.c.from_on, _ABSENCE.c.to_on).outerjoin(
    _ABSENCE, (_ABSENCE.c.person_id == _REACHED.c.id) & (_ABSENCE.c.to_on >= bindparam("today"))
)
_HELD = select(_ROLE.c.grant_id, _ROLE.c.role, _ROLE.c.person_id).where(
    _ROLE.c.grant_id.in_(bindparam("grants", expanding=True))
)


def load_people(connection: Connection, ids: Iterable[int], today: date) -> dict[int, PersonFacts]:
    """Return the people and everyone up their lines, by id, with absences that are not over."""
    rows = connection.execute(_PEOPLE, {"people": list(set(ids)), "today": today}).all()
    away: dict[int, list[tuple[date, date]]] = {}
    for row in rows:
        if row.from_on is not None:
            away.setdefault(row.id, []).append((row.from_on, row.to_on))
    return {
        row.id: PersonFacts(
            row.id,
            row.manager_id,
            row.deputy_id,
            row.departed_on,
            row.bounced_at is not None,
            tuple(away.get(row.id, ())),
        )
        for row in rows
    }


def load_roles(connection: Connection, grant_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return who holds which role in the grants, by grant and role."""
    found: dict[int, dict[str, int]] = {grant_id: {} for grant_id in grant_ids}
    for grant_id, role, person_id in connection.execute(_HELD, {"grants": list(found)}).all():
        found.setdefault(grant_id, {})[role] = person_id
    return found


Meetings = Mapping[str, tuple[MeetingFacts, ...]]

# Made once: what a change to one grant pays for is the making of its queries.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_STEP, _NOTICE, _ANSWER = table_of(Step), table_of(Notice), table_of(Answer)
_PART, _CONDITION = table_of(Instalment), table_of(InstalmentCondition)
_MEETING, _ORGANISATION = table_of(Meeting), table_of(Organisation)
_CONDITIONS = (
    select_model(_CONDITION.c.instalment_id, _CONDITION.c.step_id)
    .join(_PART, _PART.c.id == _CONDITION.c.instalment_id)
    .where(_PART.c.grant_id.in_(_IDS))
)
# Whom the steps were told to: what is told of each, after its id and the due date at which it was.
TOLD = select_model(
    _NOTICE.c.step_id, _NOTICE.c.due_on, *columns_of(Told, _NOTICE, failed=_NOTICE.c.failed_at.is_not(None))
)
_TOLD = (
    TOLD.join(_STEP, _STEP.c.id == _NOTICE.c.step_id).where(_STEP.c.grant_id.in_(_IDS)).order_by(_NOTICE.c.id)
)
_RETURNS = (
    select_model(_STEP.c.grant_id, _STEP.c.key, func.max(_ANSWER.c.answered_on))
    .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
    .where(_STEP.c.grant_id.in_(_IDS), _ANSWER.c.kind == AnswerKind.RETURNED)
    .group_by(_STEP.c.grant_id, _STEP.c.key)
)
_MEETINGS = select_model(*columns_of(MeetingFacts, _MEETING)).order_by(_MEETING.c.held_on)
_MEETINGS_BY_ID = _MEETINGS.where(_MEETING.c.organisation_id == bindparam("organisation"))
_MEETINGS_BY_KEY = _MEETINGS.join(_ORGANISATION).where(_ORGANISATION.c.key == bindparam("organisation"))


class SharedFacts:
    """What changes to these grants need, each read when it is first asked for, within one transaction.

    `grant_ids` are the grants that are in the database already. After a change to what was told, or a report that is
    sent back, `forget` is called.
    """

    def __init__(self, session: Session, grant_ids: Iterable[int] = ()) -> None:
        self._session = session
        self._ids = list(grant_ids)
        self._versions: dict[int, Programme] = {}
        self._recorded: dict[str, int] = {}
        self._people: dict[int, PersonFacts] = {}
        self._meetings: dict[tuple[int, int], Meetings] = {}
        self._keys: dict[tuple[type[Organisation | Person], str], int | None] = {}

    def forget(self) -> None:
        """Read again what was told and sent back."""
        for name in ("told", "_returns"):
            vars(self).pop(name, None)

    def version_of(self, programme: Programme, now: datetime) -> int:
        """Return the id of the version of a programme as the registry has it now, recorded if it is new."""
        if programme.programme not in self._recorded:
            version = record_programme(self._session.connection(), programme, now)
            self._recorded[programme.programme] = version
        return self._recorded[programme.programme]

    def programme(self, version_id: int) -> Programme:
        """Return a recorded programme."""
        if version_id not in self._versions:
            self._versions |= load_programmes(self._session.connection(), [version_id])
        return self._versions[version_id]

    def people(self, ids: Iterable[int], today: date) -> Mapping[int, PersonFacts]:
        """Return the people and everyone up their lines, by id, and perhaps others; `today` is the change's day."""
        unread = set(ids) - self._people.keys()
        if unread:
            self._people |= load_people(self._session.connection(), unread, today)
        return self._people

    def meetings(self, programme: Programme, recipient_id: int) -> Meetings:
        """Return the meetings that each of the programme's bodies holds, by the body's name there."""
        found = self._meetings.get((id(programme), recipient_id))
        if found is None:
            found = _load_meetings(self._session, programme, recipient_id)
            self._meetings[id(programme), recipient_id] = found
        return found

    def organisation_id(self, key: str) -> int | None:
        """Return the id of the organisation with the key, or None."""
        return self._id_of(Organisation, key)

    def person_id(self, email: str) -> int | None:
        """Return the id of the person with the address, or None."""
        return self._id_of(Person, email)

    def learn_people(self, emails: Iterable[str]) -> None:
        """Read the ids of all the people with the addresses at once; `person_id` then knows them."""
        unknown = {email for email in emails if (Person, email) not in self._keys}
        self._keys |= dict.fromkeys((Person, email) for email in unknown)
        there = select_model(Person.email, Person.id).where(col(Person.email).in_(unknown))
        self._keys |= {(Person, email): person_id for email, person_id in self._session.exec(there)}

    def _id_of(self, model: type[Organisation | Person], key: str) -> int | None:
        if (model, key) not in self._keys:
            known_by = Person.email if model is Person else Organisation.key
            self._keys[model, key] = self._session.exec(select_model(model.id).where(known_by == key)).first()
        return self._keys[model, key]

    @cached_property
    def conditions(self) -> dict[int, set[int]]:
        """The ids of the steps that each instalment waits for, by its id; who adds one adds it here."""
        found: dict[int, set[int]] = defaultdict(set)
        for instalment_id, step_id in self._of_grants(_CONDITIONS):
            found[instalment_id].add(step_id)
        return found

    @cached_property
    def given_by_name(self) -> set[int]:
        """The ids of the steps that their owner gave to a colleague by name."""
        if not self._ids:
            return set()
        rows = self._session.exec(
            select_model(Answer.step_id)
            .join(Step, col(Step.id) == col(Answer.step_id))
            .where(col(Step.grant_id).in_(self._ids), Answer.kind == AnswerKind.NOT_ME)
        )
        return set(rows)

    @cached_property
    def told(self) -> Mapping[tuple[int, date | None], list[Told]]:
        """Whom the steps were told to, by the step's id and the due date at which it was."""
        return told_in(self._of_grants(_TOLD))

    def returns(self, grant_id: int) -> Mapping[str, date]:
        """Return the last day on which each of the grant's approvals sent its report back, by the step's key."""
        return self._returns.get(grant_id, {})

    @cached_property
    def _returns(self) -> Mapping[int, dict[str, date]]:
        found: dict[int, dict[str, date]] = defaultdict(dict)
        for of_grant, key, last in self._of_grants(_RETURNS):
            found[of_grant][key] = last
        return found

    def _of_grants(self, query: Executable) -> Iterable[Any]:
        """Return the rows of a query for the grants that are in the database."""
        return self._session.connection().execute(query, {"ids": self._ids}) if self._ids else ()


def told_in(rows: Iterable[AnyRow]) -> dict[tuple[int, date | None], list[Told]]:
    """Return the rows of `TOLD` by the step's id and the due date at which it was told."""
    found: dict[tuple[int, date | None], list[Told]] = {}
    for row in rows:
        found.setdefault((row.step_id, row.due_on), []).extend(shape_rows(Told, [row]))
    return found


def _load_meetings(session: Session, programme: Programme, recipient_id: int) -> Meetings:
    found: dict[str, tuple[MeetingFacts, ...]] = {}
    for name, body in programme.bodies.items():
        # Read past the session: there are many, and nobody changes them here.
        query = _MEETINGS_BY_ID if body.organisation is None else _MEETINGS_BY_KEY
        held_by = {"organisation": body.organisation or recipient_id}
        rows = session.connection().execute(query, held_by)
        found[name] = tuple(shape_rows(MeetingFacts, rows))
    return found
