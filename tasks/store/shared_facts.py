"""Load what changes to several grants share, once for all of them: programmes, people and meetings."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col
from sqlmodel import select as select_model

from models.programme.plan import Programme
from models.rules.dates.committee import MeetingFacts
from models.rules.notices.recipients import PersonFacts
from models.tables.columns import table_of
from models.tables.person import Organisation, Person
from models.tables.step import Meeting
from tasks.store.people import load_people
from tasks.store.programmes import load_programmes, record_programme
from tasks.store.queries import columns_of, shape_rows

Meetings = Mapping[str, tuple[MeetingFacts, ...]]

_MEETING = table_of(Meeting)
_ORGANISATION = table_of(Organisation)
_MEETINGS = select_model(*columns_of(MeetingFacts, _MEETING)).order_by(_MEETING.c.held_on)
_MEETINGS_BY_ID = _MEETINGS.where(_MEETING.c.organisation_id == bindparam("organisation"))
_MEETINGS_BY_KEY = _MEETINGS.join(_ORGANISATION).where(_ORGANISATION.c.key == bindparam("organisation"))


class SharedFacts:
    """What changes to several grants need besides their records, each read when first needed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions: dict[int, Programme] = {}
        self._recorded: dict[str, int] = {}
        self._people: dict[int, PersonFacts] = {}
        self._meetings: dict[tuple[int, int], Meetings] = {}
        self._keys: dict[tuple[type[Organisation | Person], str], int | None] = {}

    def version_of(self, programme: Programme, now: datetime) -> int:
        """Return the id of the programme's present version, recorded if it is new."""
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
        """Return the people and everyone up their lines, by id, perhaps with others; `today` is the change's day."""
        unread = set(ids) - self._people.keys()
        if unread:
            self._people |= load_people(self._session.connection(), unread, today)
        return self._people

    def meetings(self, programme: Programme, recipient_id: int) -> Meetings:
        """Return the meetings of each of the programme's bodies, by the body's name there."""
        meetings = self._meetings.get((id(programme), recipient_id))
        if meetings is None:
            meetings = _load_meetings(self._session, programme, recipient_id)
            self._meetings[id(programme), recipient_id] = meetings
        return meetings

    def days_met(self, programme: Programme, recipient_id: int, body: str | None) -> tuple[date, ...]:
        """Return the days on which a body of the programme meets; none for None."""
        meetings = self.meetings(programme, recipient_id).get(body, ()) if body is not None else ()
        return tuple(meeting.held_on for meeting in meetings if not meeting.cancelled)

    def organisation_id(self, key: str) -> int | None:
        """Return the id of the organisation with the key, or None."""
        return self._id_of(Organisation, key)

    def person_id(self, email: str) -> int | None:
        """Return the id of the person with the address, or None."""
        return self._id_of(Person, email)

    def learn_people(self, emails: Iterable[str]) -> None:
        """Read the ids of all the people with the addresses in one query; `person_id` then knows them."""
        unknown = {email for email in emails if (Person, email) not in self._keys}
        self._keys |= dict.fromkeys((Person, email) for email in unknown)
        there = select_model(Person.email, Person.id).where(col(Person.email).in_(unknown))
        self._keys |= {(Person, email): person_id for email, person_id in self._session.exec(there)}

    def _id_of(self, model: type[Organisation | Person], key: str) -> int | None:
        if (model, key) not in self._keys:
            known_by = Person.email if model is Person else Organisation.key
            self._keys[model, key] = self._session.exec(select_model(model.id).where(known_by == key)).first()
        return self._keys[model, key]


def _load_meetings(session: Session, programme: Programme, recipient_id: int) -> Meetings:
    meetings: dict[str, tuple[MeetingFacts, ...]] = {}
    for name, body in programme.bodies.items():
        # Read past the session: there are many, and nobody changes them here.
        query = _MEETINGS_BY_ID if body.organisation is None else _MEETINGS_BY_KEY
        held_by = {"organisation": body.organisation or recipient_id}
        rows = session.connection().execute(query, held_by)
        meetings[name] = tuple(shape_rows(MeetingFacts, rows))
    return meetings
