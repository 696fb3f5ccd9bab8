"""Speak to whoever comes by a link in the language of its reader, also when something is wrong."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import bindparam, or_, select
from starlette.requests import Request

from deployments.portal.web.state import Portal, portal_of
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.tables.person import Person
from tasks.people.links import LinkUse, read_link
from tasks.store.database import reading
from tasks.words.translator import Speaker, speaker

_LETTER, _PERSON = table_of(Letter), table_of(Person)
_USES = {"t": LinkUse.TASKS, "undo": LinkUse.UNDO, "login": LinkUse.LOGIN}
_HERE = or_(_PERSON.c.departed_on.is_(None), _PERSON.c.departed_on > bindparam("today"))
_READER = (
    select(_PERSON.c.language)
    .join(_LETTER, _LETTER.c.person_id == _PERSON.c.id)
    .where(_LETTER.c.link_key == bindparam("link_key"), _HERE)
)


def speaker_of(request: Request) -> Speaker:
    """Return the language of the link's reader, where the address is that of one; else what the page's would be."""
    portal = portal_of(request)
    use, token = _USES.get(request.url.path.split("/")[1]), request.path_params.get("token")
    if use is not None and token:
        with suppress(Exception):  # a page that tells of trouble comes, whatever is broken
            return speaker(_reader_s(portal, token, use))
    return portal.speaker(request)


def _reader_s(portal: Portal, token: str, use: LinkUse) -> str:
    link_key = read_link(token, portal.keys, use)
    with reading(portal.engine) as connection:
        asked = {"link_key": link_key, "today": portal.today}
        return str(connection.execute(_READER, asked).all()[0].language)
