"""Sign people in: a link that works once and soon, and the session that it begins."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, insert, or_, select, update

from models.errors import UnknownPerson
from models.tables.columns import table_of
from models.tables.person import LoginLink, LoginSession, Person
from models.vocabulary import Access, LetterKind
from tasks.people.links import LinkUse, asked_enough, queue_asked, sign_link
from tasks.settings import Settings
from tasks.store.database import reading, transaction
from tasks.store.journal import Happened, write_journal
from tasks.store.messages import Stored
from tasks.store.queries import is_here
from tasks.store.secrets import load_or_make
from tasks.store.taken_forms import by_form, keep_form

_LINK, _SESSION, _PERSON = table_of(LoginLink), table_of(LoginSession), table_of(Person)
# Made once: every page of who is signed in asks it.
_VISITOR = (
    select(
        _SESSION.c.id,
        _SESSION.c.person_id,
        _SESSION.c.began_at,
        *(_PERSON.c[name] for name in ("name", "language", "access", "is_admin", "departed_on")),
    )
    .outerjoin(_PERSON, _PERSON.c.id == _SESSION.c.person_id)
    .where(_SESSION.c.sha256 == bindparam("sha256"), _SESSION.c.expires_at > bindparam("now"))
)
LOGIN_LINK_LIVES = timedelta(minutes=30)
SESSION_LIVES = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in; the operator of the installation is no person, and sees what an admin sees."""

    person_id: int | None
    name: str
    language: str | None
    access: Access
    is_admin: bool
    session_id: int
    signed_in_at: datetime

    @property
    def sees_all(self) -> bool:
        """Whether every grant may be looked at."""
        return self.is_admin or self.access is not Access.OWN


def mail_login_link(
    engine: Engine, email: str, *, leads_to: str, form_key: str, today: date, now: datetime
) -> bool:
    """Mail a login link to the address, if it is a person's who is still here; return whether one was queued.

    Used, it leads to a page of the portal.

    Who asks must not learn which it was. FormTaken when the form was sent before for the same person.
    """
    with reading(engine) as connection:
        person_id = _person_at(connection, email, today)
        if person_id is None or asked_enough(connection, person_id, now):
            return False
    # Sent again with another address, the form acts again.
    with transaction(by_form(engine, f"{form_key}-{person_id}")) as connection:
        if asked_enough(connection, person_id, now):
            return False
        keep_form(connection, now)
        queued = queue_asked(connection, LetterKind.LOGIN, person_id, today=today, now=now)
        _insert_link(connection, queued.link_key, person_id, now, leads_to)
        told = Happened("login_link_queued", person_id=person_id, detail={"letter": queued.letter_id})
        write_journal(connection, today, now, [told])
    return True


def make_login_link(engine: Engine, person_id: int | None, now: datetime) -> str:
    """Return the key of a new login link for a person, or for the operator; nothing is mailed."""
    link_key = secrets.token_urlsafe(18)
    with transaction(engine) as connection:
        _insert_link(connection, link_key, person_id, now)
    return link_key


def login_address(
    engine: Engine, settings: Settings, person_id: int | None, now: datetime, leads_to: str = ""
) -> str:
    """Return an address that signs in once, a person or the operator, and leads to a page of the portal."""
    link_key = make_login_link(engine, person_id, now)
    token = sign_link(link_key, load_or_make(settings), LinkUse.LOGIN)
    return f"{settings.portal_url}/login/{token}" + (f"?next={leads_to}" if leads_to else "")


def person_to_sign_in(engine: Engine, email: str, today: date) -> int:
    """Return the person with the address; UnknownPerson when there is none, or they have left."""
    with reading(engine) as connection:
        person_id = _person_at(connection, email, today)
    if person_id is None:
        raise UnknownPerson(Stored.NO_PERSON(email=email))
    return person_id


def _insert_link(
    connection: Connection, link_key: str, person_id: int | None, now: datetime, leads_to: str = ""
) -> None:
    row = {"link_key": link_key, "person_id": person_id, "made_at": now, "expires_at": now + LOGIN_LINK_LIVES}
    connection.execute(insert(_LINK).values(row | {"leads_to": leads_to}))


def _person_at(connection: Connection, email: str, today: date) -> int | None:
    query = select(_PERSON.c.id).where(_PERSON.c.email == email.strip().lower(), is_here(today))
    return connection.execute(query).scalar()


def find_login(connection: Connection, link_key: str, now: datetime) -> str | None:
    """Return where a login link leads, empty for nowhere in particular; None when it cannot be used any more."""
    return connection.execute(select(_LINK.c.leads_to).where(*_usable(link_key, now))).scalar()


def _usable(link_key: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _LINK.c.link_key == link_key, _LINK.c.used_at.is_(None), _LINK.c.expires_at > now


def begin_session(
    engine: Engine, link_key: str, *, today: date, now: datetime, signed_in_at: datetime | None = None
) -> str | None:
    """Use a login link up and begin a session; return the cookie's value, or None when the link does not act.

    Who said elsewhere who they are, at `signed_in_at`, is signed in since then.
    """
    token = secrets.token_urlsafe(32)
    with transaction(engine) as connection:
        here = or_(
            _LINK.c.person_id.is_(None), _LINK.c.person_id.in_(select(_PERSON.c.id).where(is_here(today)))
        )
        use = update(_LINK).where(*_usable(link_key, now), here).values(used_at=now)
        used = connection.execute(use.returning(_LINK.c.person_id)).first()
        if used is None:
            return None
        connection.execute(delete(_SESSION).where(_SESSION.c.expires_at <= now))
        row = {
            "person_id": used.person_id,
            "began_at": signed_in_at or now,
            "expires_at": now + SESSION_LIVES,
        }
        connection.execute(insert(_SESSION).values(sha256=_digest(token), **row))
        write_journal(connection, today, now, [Happened("signed_in", person_id=used.person_id)])
    return token


def find_visitor(connection: Connection, token: str, *, today: date, now: datetime) -> Visitor | None:
    """Return who is signed in by the cookie's value; None when it is unknown or over, or the person has left."""
    row = connection.execute(_VISITOR, {"sha256": _digest(token), "now": now}).first()
    if row is None or (row.departed_on is not None and row.departed_on <= today):
        return None
    is_operator = row.person_id is None
    return Visitor(
        row.person_id,
        row.name or "",
        row.language,
        row.access or Access.OWN,
        is_operator or bool(row.is_admin),
        row.id,
        row.began_at,
    )


def end_session(engine: Engine, session_id: int) -> None:
    """Sign a browser out."""
    with transaction(engine) as connection:
        connection.execute(delete(_SESSION).where(_SESSION.c.id == session_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
