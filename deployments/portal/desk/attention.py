"""The page of what needs attention, each with what to do; and the letters of a day to come."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.letter_parts import read_letter, without_links
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import grant_path, portal_of
from models.errors import UnknownReference
from models.facts.worded_letter import FinishedLetter
from models.forms.field import Field, Kind, read_fields
from models.reading.day import Side
from models.rules.dates.calendar import offices_in
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.vocabulary import GrantStatus
from tasks.overview.admin_decisions import Awaited, WaitingDecision, find_waiting, word_waiting
from tasks.people.visibility import seen_grants
from tasks.round.dry_run import letters_of_day
from tasks.store.database import AnyRow, reading
from tasks.store.grant_lookup import find_grant
from tasks.watch.last_findings import kept_findings

_GRANT = table_of(Grant)


def show_attention(request: Request) -> Response:
    """Return what waits in the grants that the visitor sees; for an administrator also what the watch found."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    now = portal.clock()
    with reading(portal.engine) as connection:
        waiting = word_waiting(connection, find_waiting(connection, portal.today, now), say)
        seen = seen_grants(visit.visitor)
        is_admin = visit.visitor.is_admin
        query = select(_GRANT.c.reference, _GRANT.c.title)
        query = query.where(_GRANT.c.reference.in_({one.reference for one in waiting.rows}))
        rows = connection.execute(query if seen is None else query.where(_GRANT.c.id.in_(seen)))
        grants = {row.reference: row for row in rows}
    lines = [
        _line(one, grants.get(one.reference))
        for one in waiting.rows
        if one.reference in grants or (is_admin and not one.reference)
    ]
    found = kept_findings(portal.settings.watch_folder) if is_admin else None
    return portal.pages.show(
        "desk/attention.html",
        say,
        visit=visit,
        today=portal.today,
        lines=lines,
        more=waiting.more if is_admin else 0,
        has_imports=is_admin and sum(one.kind is Awaited.IMPORT for one in waiting.rows) > 1,
        found=found,
        found_at=datetime.fromisoformat(found.at) if found else None,
    )


def _line(one: WaitingDecision, grant: AnyRow | None) -> dict[str, object]:
    """Return what waits, and on which grant."""
    page = grant_path(one.reference) if one.reference else ""
    return {"row": one, "title": grant.title if grant else "", "page": page}


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
        letters = [
            (one.recipient, one.subject, without_links(read_letter(one.content)).text)
            for one in found or ()
            if isinstance(one, FinishedLetter)
        ]
    return portal.pages.show(
        "desk/letters.html",
        portal.translator(request),
        visit=visit_of(request),
        today=portal.today,
        day=day,
        typed=typed,
        letters=letters,
        closed=closed,
        unknown=unknown,
        choose=many and not grant,
    )
