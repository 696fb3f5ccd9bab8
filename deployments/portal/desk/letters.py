"""The letters of a day to come, whole: what they would say if nothing happened until then."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.answer.values import read_day
from deployments.portal.letter_parts import read_letter, without_links
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from models.errors import UnknownReference
from models.facts.worded_letter import FinishedLetter
from models.rules.dates.calendar import offices_in
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.vocabulary import GrantStatus
from tasks.outbox.deliver import letter_settings
from tasks.round.dry import letters_of_day
from tasks.store.database import reading
from tasks.store.references import find_grant

_GRANT = table_of(Grant)
# With more grants than this a day is shown of one grant at a time: a page is not a round.
MOST_GRANTS = 200


def show_letters_to_come(request: Request) -> Response:
    """Return the letters of a day: `?on=`, or the next working day; of all grants or of one, `?grant=`."""
    portal, settings = portal_of(request), portal_of(request).settings
    next_day = offices_in(settings.country).on_or_after(portal.today + timedelta(days=1))
    day = read_day(request.query_params.get("on", "").replace("\x00", "")) or next_day
    typed = request.query_params.get("grant", "").replace("\x00", "").strip()
    with reading(portal.engine) as connection:
        is_open = select(func.count()).select_from(_GRANT).where(_GRANT.c.status == GrantStatus.OPEN)
        many = connection.execute(is_open).scalar_one() > MOST_GRANTS
    grant, unknown = "", False
    try:
        grant = find_grant(portal.engine, typed).reference if typed else ""
    except UnknownReference:
        unknown = True
    letters = []
    closed = False
    if not unknown and (grant or not many):
        press = letter_settings(settings)
        found = letters_of_day(portal.engine, day, settings.zone, press, settings.country, grant or None)
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
