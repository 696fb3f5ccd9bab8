"""The page of what needs an administrator's attention, and the letters of a day to come."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from operator import itemgetter

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.letter_parts import read_letter, without_links
from deployments.portal.tasks.matters import word_matters
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import Portal, portal_of
from models.errors import UnknownReference
from models.facts.worded_letter import FinishedLetter
from models.forms.field import Field, Kind, read_fields
from models.reading.day import Side
from models.rules.dates.calendar import offices_in
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.vocabulary import GrantStatus
from tasks.overview.admin_decisions import Awaited, find_waiting
from tasks.programmes.folders import programme_folders
from tasks.programmes.own import list_drafts
from tasks.round.dry_run import letters_of_day
from tasks.store.database import reading
from tasks.store.grant_lookup import find_grant
from tasks.watch.last_findings import kept_findings

_GRANT = table_of(Grant)
_PERSON = table_of(Person)


def show_attention(request: Request) -> Response:
    """Return what waits for a decision, by grant, and what the watch found."""
    portal = portal_of(request)
    say = portal.translator(request)
    with reading(portal.engine) as connection:
        waiting = find_waiting(connection, portal.today, portal.clock())
        matters = word_matters(connection, say, waiting)
    found = kept_findings(portal.settings.watch_folder)
    own_folder, _ = programme_folders(portal.settings.office_folder)
    return portal.pages.show(
        "desk/attention.html",
        say,
        visit=visit_of(request),
        today=portal.today,
        matters=matters,
        more=waiting.more,
        has_imports=sum(one.kind is Awaited.IMPORT for one in waiting.rows) > 1,
        found=found,
        found_at=datetime.fromisoformat(found.at) if found else None,
        programmes=[one for one in list_drafts(own_folder) if one.waits],
    )


def _names_of(portal: Portal, addresses: Collection[str]) -> Mapping[str, str]:
    """Return the names of the people who have the addresses."""
    query = select(_PERSON.c.email, _PERSON.c.name).where(_PERSON.c.email.in_(addresses))
    with reading(portal.engine) as connection:
        return {row.email: row.name for row in connection.execute(query)}


# With more grants than this a day is shown of one grant at a time: a page is not a round.
MOST_GRANTS = 200


def show_letters_to_come(request: Request) -> Response:
    """Return the letters of a day: `?on=`, or the next working day; of all grants or of one, `?grant=`."""
    portal = portal_of(request)
    settings = portal_of(request).settings
    next_day = offices_in(settings.country).on_or_after(portal.today + timedelta(days=1))
    asked = Field("on", Kind.DAY, side=Side.COMING)
    day = read_fields([asked], request.query_params, portal.today)[0].value or next_day
    typed = request.query_params.get("grant", "").replace("\x00", "").strip()
    with reading(portal.engine) as connection:
        is_open = select(func.count()).select_from(_GRANT).where(_GRANT.c.status == GrantStatus.OPEN)
        many = connection.execute(is_open).scalar_one() > MOST_GRANTS
    grant = ""
    unknown = False
    try:
        grant = find_grant(portal.engine, typed).reference if typed else ""
    except UnknownReference:
        unknown = True
    letters = []
    closed = False
    if not unknown and (grant or not many):
        found = letters_of_day(portal.engine, day, settings, grant or None)
        closed = found is None
        written = [one for one in found or () if isinstance(one, FinishedLetter)]
        names = _names_of(portal, [one.recipient for one in written])
        letters = [
            (names.get(one.recipient, ""), one, without_links(read_letter(one.content)).text)
            for one in written
        ]
    return portal.pages.show(
        "desk/letters.html",
        portal.translator(request),
        visit=visit_of(request),
        today=portal.today,
        day=day,
        typed=typed,
        letters=sorted(letters, key=itemgetter(0)),
        closed=closed,
        unknown=unknown,
        choose=many and not grant,
    )
