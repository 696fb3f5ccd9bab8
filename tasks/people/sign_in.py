"""Sign people in: a login link that works once and briefly, a session, and their lifetimes.

A row of either only refers to its event in the journal, which says who it is and since when. A row
written by hand opens nothing.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import Connection, Engine, bindparam, delete, exists, insert, select, update

from models.errors import UnknownPerson
from models.events import OfficeEvent
from models.reading.address import as_compared
from models.rules.duties import has_left, may_see_all
from models.rules.lifetimes import LOGIN_LINK_LIVES, SESSION_LIVES
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.journal import JournalEvent
from models.tables.person import LoginLink, LoginSession, Person
from models.vocabulary import Access, LetterKind, Role
from tasks.people.link_letters import asked_enough, queue_asked
from tasks.people.links import LinkUse, sign_link
from tasks.settings import Settings
from tasks.store.database import AnyRow, reading, transaction
from tasks.store.database_faults import Stored
from tasks.store.form_keys import by_form, keep_form
from tasks.store.journal import Event, last_event, write_journal
from tasks.store.queries import is_here
from tasks.store.secrets import load_or_make

_LINK = table_of(LoginLink)
_SESSION = table_of(LoginSession)
_PERSON = table_of(Person)
_EVENT = table_of(JournalEvent)
_BELOW = _PERSON.alias("below")
_ROLE = table_of(GrantRole)
_SAID = tuple(_EVENT.c[name] for name in ("event", "at", "person_id", "detail"))
_VISITOR = (
    select(
        _SESSION.c.id,
        _SESSION.c.sha256,
        *_SAID,
        _PERSON.c.name,
        _PERSON.c.language,
        _PERSON.c.access,
        _PERSON.c.is_admin,
        _PERSON.c.departed_on,
        exists().where(_BELOW.c.manager_id == _PERSON.c.id).label("leads"),
        exists().where(_ROLE.c.person_id == _PERSON.c.id, _ROLE.c.role == Role.COMMITTEE).label("for_body"),
    )
    .join(_EVENT, _EVENT.c.id == _SESSION.c.event_id)
    .outerjoin(_PERSON, _PERSON.c.id == _EVENT.c.person_id)
    .where(_SESSION.c.sha256 == bindparam("sha256"))
)
_SIGNED_IN = OfficeEvent.SIGNED_IN
_LINK_MADE = (OfficeEvent.LOGIN_LINK_QUEUED, OfficeEvent.LOGIN_LINK_MADE)
# In an event's detail: the hash of the token, that of the browser in which a link was asked for, and since when the
# person is signed in, if that is known.
_MARK = "mark"
_BROWSER = "browser"
_SINCE = "since"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in; the operator is not a person, and sees what an administrator sees.

    `signed_in_at` is None if the office's provider did not give it. `today` is the day of the visit: it decides for
    whom they stand in. Who `leads` has somebody below them; who acts `for_body` is a committee's secretary in a grant.
    """

    person_id: int | None
    name: str
    language: str | None
    access: Access
    is_admin: bool
    session_id: int
    signed_in_at: datetime | None
    today: date
    leads: bool = False
    for_body: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether every grant may be looked at."""
        return may_see_all(self.access, is_admin=self.is_admin)

    @property
    def keeps_meetings(self) -> bool:
        """Whether meetings are their work, and not only to be looked up."""
        return self.is_admin or self.for_body

    @property
    def sees_people(self) -> bool:
        """Whether they see what others hold, and not themselves alone."""
        return self.is_admin or self.leads


@dataclass(frozen=True, slots=True)
class UsableLink:
    """Whom a login link signs in, None for the operator; where it leads, if anywhere; which browser asked, hashed."""

    person_id: int | None
    leads_to: str
    browser: str

    def was_asked_in(self, browser: str) -> bool:
        """Return whether a browser with this secret asked for it: no mail scanner, and nobody else's link."""
        return bool(browser) and self.browser == _digest(browser)


def mail_login_link(
    engine: Engine, email: str, *, leads_to: str, form_key: str, browser: str, today: date, now: datetime
) -> bool:
    """Mail a login link to the address, if it belongs to an active person; return whether one was queued.

    The link leads to a page of the portal. `browser` is the secret of the browser that asks, empty if it has none:
    there its own link signs in without a press. The visitor must not learn whether one was sent.
    FormTaken if the form was sent before for the same person.
    """
    with reading(engine) as connection:
        person_id = _person_at(connection, email, today)
        if person_id is None or asked_enough(connection, person_id, now):
            return False
    # If it is sent again with another address, the form acts again.
    with transaction(by_form(engine, f"{form_key}-{person_id}")) as connection:
        if asked_enough(connection, person_id, now):
            return False
        keep_form(connection, now)
        queued = queue_asked(connection, LetterKind.LOGIN, person_id, today=today, now=now)
        detail = {"letter": queued.letter_id, _MARK: _digest(queued.link_key)}
        detail |= {_BROWSER: _digest(browser)} if browser else {}
        made = Event(OfficeEvent.LOGIN_LINK_QUEUED, person_id=person_id, detail=detail)
        write_journal(connection, today, now, [made])
        _insert_link(connection, queued.link_key, leads_to)
    return True


def make_login_link(engine: Engine, person_id: int | None, *, today: date, now: datetime) -> str:
    """Return what a new login link's token for a person, or the operator, is signed from; mail nothing."""
    link_key = secrets.token_urlsafe(18)
    made = Event(OfficeEvent.LOGIN_LINK_MADE, person_id=person_id, detail={_MARK: _digest(link_key)})
    with transaction(engine) as connection:
        write_journal(connection, today, now, [made])
        _insert_link(connection, link_key)
    return _for_person(link_key, person_id)


def login_address(
    engine: Engine, settings: Settings, person_id: int | None, now: datetime, leads_to: str = ""
) -> str:
    """Return an address that signs a person or the operator in once, and leads to a page of the portal."""
    today = settings.local_date(now)
    signed = make_login_link(engine, person_id, today=today, now=now)
    token = sign_link(signed, load_or_make(settings), LinkUse.LOGIN)
    return f"{settings.portal_url}/login/{token}" + (f"?next={leads_to}" if leads_to else "")


def login_token(link_key: str, person_id: int, keys: tuple[str, ...]) -> str:
    """Return the token in a login letter's link, for the person who gets the letter.

    The reader of somebody else's letter gets no link of theirs.
    """
    return sign_link(_for_person(link_key, person_id), keys, LinkUse.LOGIN)


def _for_person(link_key: str, person_id: int | None) -> str:
    return f"{link_key}.{person_id or 0}"


def person_to_sign_in(engine: Engine, email: str, today: date) -> int:
    """Return the person with the address; UnknownPerson if there is none, or they have left."""
    with reading(engine) as connection:
        person_id = _person_at(connection, email, today)
    if person_id is None:
        raise UnknownPerson(Stored.NO_PERSON(email=email))
    return person_id


def _insert_link(connection: Connection, link_key: str, leads_to: str = "") -> None:
    """Insert the link whose event the caller has just written."""
    row = {"link_key": link_key, "event_id": last_event(connection), "leads_to": leads_to}
    connection.execute(insert(_LINK).values(row))


def _person_at(connection: Connection, email: str, today: date) -> int | None:
    query = select(_PERSON.c.id).where(_PERSON.c.email == as_compared(email), is_here(today))
    return connection.execute(query).scalar()


def find_login(connection: Connection, signed: str, now: datetime) -> UsableLink | None:
    """Return a login link; None if it cannot be used any more. `signed` is what its token was signed from."""
    link = _usable_link(connection, signed, now)
    if link is None:
        return None
    return UsableLink(link.person_id, link.leads_to, link.detail.get(_BROWSER, ""))


def _usable_link(connection: Connection, signed: str, now: datetime) -> AnyRow | None:
    link_key = signed.rpartition(".")[0]
    query = select(_LINK, *_SAID).join(_EVENT, _EVENT.c.id == _LINK.c.event_id)
    link = connection.execute(query.where(_LINK.c.link_key == link_key, _LINK.c.used_at.is_(None))).first()
    if link is None or not _is_told(link, _LINK_MADE, _digest(link.link_key)):
        return None
    if signed != _for_person(link.link_key, link.person_id):
        return None
    return link if now < link.at + LOGIN_LINK_LIVES else None


def _is_told(row: AnyRow, events: tuple[str, ...], mark: str) -> bool:
    """Return whether the event that a row refers to is of its kind, and about the row's own token."""
    return row.event in events and row.detail.get(_MARK) == mark


def begin_session(engine: Engine, signed: str, *, today: date, now: datetime) -> str | None:
    """Use up a login link and begin a session; return the cookie's value, None if the link does not act."""
    with transaction(engine) as connection:
        link = _usable_link(connection, signed, now)
        if link is None or not _may_sign_in(connection, link.person_id, today):
            return None
        # If two use it at once, one finds it used.
        use = update(_LINK).where(_LINK.c.id == link.id, _LINK.c.used_at.is_(None)).values(used_at=now)
        if connection.execute(use).rowcount != 1:
            return None
        return _open_session(connection, link.person_id, today, now, {_SINCE: now.isoformat()})


def _may_sign_in(connection: Connection, person_id: int | None, today: date) -> bool:
    here = select(_PERSON.c.id).where(_PERSON.c.id == person_id, is_here(today))
    return person_id is None or connection.execute(here).first() is not None


def sign_in_named(
    engine: Engine,
    person_id: int,
    *,
    today: date,
    now: datetime,
    signed_in_at: datetime | None,
    noted: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Begin the session of a person whom the office's provider has named; return the cookie's value.

    They are signed in since they identified themselves there, None if that is not known. `noted`
    goes into the event.
    """
    since = {_SINCE: signed_in_at.isoformat()} if signed_in_at else {}
    with transaction(engine) as connection:
        return _open_session(connection, person_id, today, now, {**noted, **since})


def _open_session(
    connection: Connection, person_id: int | None, today: date, now: datetime, detail: Mapping[str, object]
) -> str:
    token = secrets.token_urlsafe(32)
    over = select(_EVENT.c.id).where(_EVENT.c.id == _SESSION.c.event_id, _EVENT.c.at <= now - SESSION_LIVES)
    connection.execute(delete(_SESSION).where(over.exists()))
    signed_in = Event(_SIGNED_IN, person_id=person_id, detail={**detail, _MARK: _digest(token)})
    write_journal(connection, today, now, [signed_in])
    row = {"sha256": _digest(token), "event_id": last_event(connection)}
    connection.execute(insert(_SESSION).values(row))
    return token


def find_visitor(connection: Connection, token: str, *, today: date, now: datetime) -> Visitor | None:
    """Return who is signed in by the cookie's value.

    None if the session is unknown or expired, if the journal has no sign-in for it, or if the
    person has left.
    """
    row = connection.execute(_VISITOR, {"sha256": _digest(token)}).first()
    if row is None or not _is_told(row, (_SIGNED_IN,), row.sha256) or now >= row.at + SESSION_LIVES:
        return None
    if has_left(row.departed_on, today):
        return None
    is_operator = row.person_id is None
    since = row.detail.get(_SINCE)
    return Visitor(
        person_id=row.person_id,
        name=row.name or "",
        language=row.language,
        access=row.access or Access.OWN,
        is_admin=is_operator or bool(row.is_admin),
        session_id=row.id,
        signed_in_at=datetime.fromisoformat(since) if since else None,
        today=today,
        leads=bool(row.leads),
        for_body=bool(row.for_body),
    )


def end_session(engine: Engine, session_id: int) -> None:
    """Sign a browser out."""
    with transaction(engine) as connection:
        connection.execute(delete(_SESSION).where(_SESSION.c.id == session_id))


def untold_rows(connection: Connection) -> Iterator[str]:
    """Yield the sessions and login links, by table and id, without an event in the journal."""
    sessions = select(_SESSION, *_SAID).outerjoin(_EVENT, _EVENT.c.id == _SESSION.c.event_id)
    for row in connection.execute(sessions.order_by(_SESSION.c.id)):
        if not _is_told(row, (_SIGNED_IN,), row.sha256):
            yield f"{_SESSION.name} {row.id}"
    links = select(_LINK, *_SAID).outerjoin(_EVENT, _EVENT.c.id == _LINK.c.event_id)
    for row in connection.execute(links.order_by(_LINK.c.id)).yield_per(1000):
        if not _is_told(row, _LINK_MADE, _digest(row.link_key)):
            yield f"{_LINK.name} {row.id}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
