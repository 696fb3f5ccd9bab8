"""Find who reads a page: the person of a letter's link, or of a session."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, exists, or_
from sqlmodel import Session
from sqlmodel import select as select_models
from starlette.exceptions import HTTPException
from starlette.requests import Request

from deployments.portal.web.guard import Visit, visit_of
from deployments.portal.web.posted_form import FormTarget
from deployments.portal.web.state import Portal
from deployments.portal.web.thanks import Thanks
from models.commands.clock import LinkHolder, SignedIn
from models.errors import GrantError, LinkInvalid
from models.message import Remark
from models.notice_kinds import LAPSING
from models.rules.duties import has_left
from models.rules.lifetimes import is_recent, may_open_tasks
from models.tables.columns import id_of, table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import NOTICE_LETTERS, GrantStatus
from tasks.people.links import LinkUse, read_link
from tasks.store.queries import IS_UNSETTLED

_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_PERSON = table_of(Person)
_GRANT = table_of(Grant)
_STEP = table_of(Step)

# Whether something in the letter is still its reader's to do, or news of a grant that is open.
_TELLS = exists().where(
    _NOTICE.c.letter_id == _LETTER.c.id,
    _NOTICE.c.revoked_at.is_(None),
    _NOTICE.c.step_id == _STEP.c.id,
    _STEP.c.grant_id == _GRANT.c.id,
    _GRANT.c.status == GrantStatus.OPEN,
    or_(_NOTICE.c.kind.not_in(LAPSING), IS_UNSETTLED),
)
_LINK = (
    select_models(Person, Letter, or_(_LETTER.c.kind.not_in(NOTICE_LETTERS), _TELLS))
    .join(Letter, _LETTER.c.person_id == _PERSON.c.id)
    .where(_LETTER.c.link_key == bindparam("link_key"), _LETTER.c.link_expires_at.is_not(None))
)


@dataclass(frozen=True, slots=True)
class Reader:
    """The person whose page it is, with the letter that carried their link, or the visit of who is signed in.

    Forms are bound to the `token`. A link that is `over` opens no tasks any more; `signed_in` is who signed in of
    late, within `sign_in_hours`.
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
    sign_in_hours: int = 0

    @property
    def actor(self) -> SignedIn | LinkHolder:
        """Who acts by the page's forms."""
        if self.visit is None:
            return LinkHolder(self.email)
        return SignedIn(self.email, self.visit.visitor.signed_in_at, self.sign_in_hours)

    @property
    def root(self) -> str:
        """With what the addresses of documents begin, for this reader."""
        return "" if self.visit is not None else f"/t/{self.token}"

    @property
    def page(self) -> str:
        """The address of the reader's page."""
        return self.root or "/tasks"

    @property
    def masked_email(self) -> str:
        """The reader's address with most of it left out: a letter may have been passed on."""
        name, _, domain = self.email.partition("@")
        return f"{name[:1]}…@{domain}"


# What the form is about that mails the reader of a letter a link to sign in.
SIGNS_IN = FormTarget("sign-in", 0, 0)


class LinkOver(GrantError):
    """The link has expired, or what its letter was about is closed or somebody else's now."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        self.said: Thanks | None = None  # what its page says first
        self.unheard: Remark | None = None  # why an answer that came was not taken


def find_reader(
    connection: Connection, token: str, keys: tuple[str, ...], today: date, now: datetime
) -> Reader | None:
    """Return whose link the token is; None when it is forged or unknown, or its person has left."""
    try:
        link_key = read_link(token, keys)
    except LinkInvalid:
        return None
    with Session(connection) as session:
        row = session.exec(_LINK, params={"link_key": link_key}).first()
    if row is None:
        return None
    person, letter, tells = row
    if has_left(person.departed_on, today):
        return None
    over = letter.link_expires_at is None or not may_open_tasks(
        letter.link_expires_at, now, still_theirs=tells
    )
    return Reader(
        id=id_of(person),
        name=person.name,
        email=person.email,
        language=person.language,
        token=token,
        letter_id=letter.id,
        over=over,
    )


def link_key_of(portal: Portal, request: Request, use: LinkUse) -> str:
    """Return the key of the link that the address has; HTTPException (404) for one that is forged."""
    try:
        return read_link(request.path_params["token"], portal.keys, use)
    except LinkInvalid as error:
        raise HTTPException(404) from error


def reader_of(portal: Portal, request: Request, connection: Connection) -> Reader:
    """Return whose link the address has, else who is signed in; HTTPException (404) for nobody.

    Nobody is also the operator, who is nobody's colleague.
    """
    token = request.path_params.get("token")
    if token is not None:
        now = portal.clock()
        reader = find_reader(connection, token, portal.keys, portal.local_date(now), now)
    else:
        reader = _signed_in(portal, visit_of(request), connection)
    if reader is None:
        raise HTTPException(404)
    return reader


def _signed_in(portal: Portal, visit: Visit, connection: Connection) -> Reader | None:
    number = visit.visitor.person_id
    late = is_signed_in_of_late(portal, visit)
    with Session(connection) as session:
        row = session.get(Person, number) if number is not None else None
    if row is None:
        return None
    return Reader(
        id_of(row),
        row.name,
        row.email,
        row.language,
        visit.token,
        visit=visit,
        signed_in=late,
        sign_in_hours=portal.settings.sign_in_hours,
    )


def is_signed_in_of_late(portal: Portal, visit: Visit) -> bool:
    """Return whether a visit began recently enough for approvals and money."""
    return is_recent(visit.visitor.signed_in_at, portal.clock(), portal.settings.sign_in_hours)
