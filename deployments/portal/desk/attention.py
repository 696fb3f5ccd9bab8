"""What needs somebody's attention: what waits for a decision, and what the watch found, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.render import grant_path
from deployments.portal.web.state import portal_of
from models.tables.columns import table_of
from models.tables.grant import Grant
from tasks.overview.waiting import Awaited, WaitingDecision, find_waiting, word_waiting
from tasks.people.visibility import seen_grants
from tasks.store.database import AnyRow, reading
from tasks.watch.found import kept_findings

_GRANT = table_of(Grant)
# The form in which a decision that waits is made, by what is waited for; the other ones are made on the grant's page.
_FORMS = {
    Awaited.DATE: "correct",
    Awaited.READING: "confirm-reading",
    Awaited.MEETING: "add-meeting",
    Awaited.IMPORT: "confirm-import",
}


@dataclass(frozen=True, slots=True)
class AttentionLine:
    """What waits, on which grant and step, and the address at which it is put right."""

    row: WaitingDecision
    title: str
    page: str
    form: str


def show_attention(request: Request) -> Response:
    """Return what waits in the grants that the visitor sees; for an administrator also what the watch found."""
    portal, visit = portal_of(request), visit_of(request)
    say, now = portal.translator(request), portal.clock()
    with reading(portal.engine) as connection:
        waiting = word_waiting(connection, find_waiting(connection, portal.today, now), say)
        seen, is_admin = seen_grants(visit.visitor), visit.visitor.is_admin
        query = select(*(_GRANT.c[name] for name in ("id", "reference", "title", "recipient_id")))
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
        found=found,
        found_at=datetime.fromisoformat(found.at) if found else None,
    )


def _line(one: WaitingDecision, grant: AnyRow | None) -> AttentionLine:
    form = _FORMS.get(one.kind)
    if grant is None or form is None:
        letter = f"/mailbox/{one.about}" if one.kind.startswith("letter_") else ""
        return AttentionLine(one, grant.title if grant else "", _page(one), letter)
    about = grant.recipient_id if one.kind is Awaited.MEETING else grant.id
    return AttentionLine(one, grant.title, _page(one), f"/desk/{form}/{about}")


def _page(one: WaitingDecision) -> str:
    return grant_path(one.reference) if one.reference else ""
