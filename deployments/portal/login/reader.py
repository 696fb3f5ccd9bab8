"""Find whose link it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, exists, or_, select

from models.errors import GrantError, LinkInvalid
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import NOTICE_LETTERS, GrantStatus
from tasks.people.links import read_link

_LETTER, _NOTICE, _PERSON = table_of(Letter), table_of(Notice), table_of(Person)
_GRANT, _STEP = table_of(Grant), table_of(Step)

# Whether something in the letter is still its reader's, in a grant that is open.
_TELLS = exists().where(
    _NOTICE.c.letter_id == _LETTER.c.id,
    _NOTICE.c.revoked_at.is_(None),
    _NOTICE.c.step_id == _STEP.c.id,
    _STEP.c.grant_id == _GRANT.c.id,
    _GRANT.c.status == GrantStatus.OPEN,
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


@dataclass(frozen=True, slots=True)
class Reader:
    """The person whose link it is, and the letter that carried it; one that is `over` opens no tasks any more."""

    id: int
    name: str
    email: str
    language: str
    letter_id: int
    over: bool = False


class LinkOver(GrantError):
    """The link has expired, or what its letter was about is closed or somebody else's now."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        self.said = ""  # what its page says first
        self.unheard = False  # whether an answer came, and was not taken


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
    over = row.link_expires_at <= now or not row.tells
    return Reader(row.id, row.name, row.email, row.language, row.letter_id, over)
