"""Find whose page it is, by a letter's link or a session, and speak to them in their language, also in trouble."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, exists, or_, select
from starlette.exceptions import HTTPException
from starlette.requests import Request

from deployments.portal.web.guard import Visit, visit_of
from deployments.portal.web.state import PageMessage, Portal, portal_of
from models.commands.clock import LinkHolder
from models.errors import GrantError, LinkInvalid
from models.rules.delivery.links import is_recent, may_open_tasks
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import ASKING, NOTICE_LETTERS, UNSETTLED, GrantStatus
from tasks.people.links import LinkUse, read_link
from tasks.store.database import reading
from tasks.store.queries import is_here
from tasks.words.translator import Translator, translator

_LETTER, _NOTICE, _PERSON = table_of(Letter), table_of(Notice), table_of(Person)
_GRANT, _STEP = table_of(Grant), table_of(Step)

# Whether something in the letter is still its reader's to do, or news of a grant that is open.
_TELLS = exists().where(
    _NOTICE.c.letter_id == _LETTER.c.id,
    _NOTICE.c.revoked_at.is_(None),
    _NOTICE.c.step_id == _STEP.c.id,
    _STEP.c.grant_id == _GRANT.c.id,
    _GRANT.c.status == GrantStatus.OPEN,
    or_(_NOTICE.c.kind.not_in(ASKING), _STEP.c.status.in_(UNSETTLED)),
)
# Made once: making a query takes longer than asking it.
_LINK = (
    select(
        *(_PERSON.c[name] for name in ("id", "name", "email", "language", "departed_on")),
        _LETTER.c.id.label("letter_id"),
        _LETTER.c.link_expires_at,
        or_(_LETTER.c.kind.not_in(NOTICE_LETTERS), _TELLS).label("tells"),
    )
    .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    .where(_LETTER.c.link_key == bindparam("link_key"), _LETTER.c.link_expires_at.is_not(None))
)
_SIGNED_IN = select(*(_PERSON.c[name] for name in ("id", "name", "email", "language"))).where(
    _PERSON.c.id == bindparam("person")
)
_USES = {"t": LinkUse.TASKS, "undo": LinkUse.UNDO, "login": LinkUse.LOGIN}
_LANGUAGE = (
    select(_PERSON.c.language)
    .join(_LETTER, _LETTER.c.person_id == _PERSON.c.id)
    .where(_LETTER.c.link_key == bindparam("link_key"), is_here(bindparam("today")))
)


@dataclass(frozen=True, slots=True)
class Reader:
    """The person whose page it is, with the letter that carried their link, or the visit of who is signed in.

    Forms are bound to the `token`. A link that is `over` opens no tasks any more; `signed_in` is who signed in of
    late.
    """

    id: int
    name: str
    email: str
    language: str
    token: str
    letter_id: int | None = None
    visit: Visit | None = None
    over: bool = False
    signed_in: bool = False

    @property
    def actor(self) -> str | LinkHolder:
        """Who acts by the page's forms."""
        return self.email if self.signed_in else LinkHolder(self.email)

    @property
    def root(self) -> str:
        """With what the addresses of documents begin, for this reader."""
        return "" if self.visit is not None else f"/t/{self.token}"

    @property
    def page(self) -> str:
        """The address of the reader's page."""
        return self.root or "/tasks"


Finder = Callable[[Portal, Request, Connection], Reader]


class LinkOver(GrantError):
    """The link has expired, or what its letter was about is closed or somebody else's now."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        self.said: PageMessage | None = None  # what its page says first
        self.unheard: PageMessage | None = None  # why an answer that came was not taken


def find_reader(
    connection: Connection, token: str, keys: tuple[str, ...], today: date, now: datetime
) -> Reader | None:
    """Return whose link the token is; None when it is forged or unknown, or its person has left."""
    try:
        link_key = read_link(token, keys)
    except LinkInvalid:
        return None
    row = connection.execute(_LINK, {"link_key": link_key}).first()
    if row is None or (row.departed_on is not None and row.departed_on <= today):
        return None
    opens = may_open_tasks(row.link_expires_at, now, still_theirs=row.tells)
    return Reader(row.id, row.name, row.email, row.language, token, row.letter_id, over=not opens)


def reader_by_link(portal: Portal, request: Request, connection: Connection) -> Reader:
    """Return whose link the address has; HTTPException (404) when it is nobody's."""
    now = portal.clock()
    token = request.path_params["token"]
    reader = find_reader(connection, token, portal.keys, portal.local_date(now), now)
    if reader is None:
        raise HTTPException(404)
    return reader


def reader_by_visit(portal: Portal, request: Request, connection: Connection) -> Reader:
    """Return who is signed in; HTTPException (404) for the operator, who is nobody's colleague."""
    visit = visit_of(request)
    row = connection.execute(_SIGNED_IN, {"person": visit.visitor.person_id}).first()
    if row is None:
        raise HTTPException(404)
    of_late = is_signed_in_of_late(portal, visit)
    return Reader(row.id, row.name, row.email, row.language, visit.token, visit=visit, signed_in=of_late)


def is_signed_in_of_late(portal: Portal, visit: Visit) -> bool:
    """Return whether a visit began recently enough for approvals and money."""
    return is_recent(visit.visitor.signed_in_at, portal.clock(), portal.settings.sign_in_hours)


def speaker_of(request: Request) -> Translator:
    """Return the language of the link's reader, where the address is that of one; else what the page's would be."""
    portal = portal_of(request)
    use, token = _USES.get(request.url.path.split("/")[1]), request.path_params.get("token")
    if use is not None and token:
        with suppress(Exception):  # a page that tells of trouble comes, whatever is broken
            return translator(_reader_s(portal, token, use))
    return portal.translator(request)


def _reader_s(portal: Portal, token: str, use: LinkUse) -> str:
    link_key = read_link(token, portal.keys, use)
    with reading(portal.engine) as connection:
        asked = {"link_key": link_key, "today": portal.today}
        return str(connection.execute(_LANGUAGE, asked).all()[0].language)
