"""What a person holds, and passing it on; their private calendar address."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.web.guard import Visit, visit_of
from deployments.portal.web.posted_form import check_nonce, read_small_form
from deployments.portal.web.state import Portal, id_asked, page_asked, portal_of
from models.commands.clock import Clock
from models.commands.people import SettleAbsence
from models.errors import BadInput, NotAllowed
from models.programme.plan import Programme
from models.rules.duties import Duty
from models.tables.columns import table_of
from models.tables.letter import MailReply
from models.tables.person import Person
from tasks.people.feeds import feed_of, renew_feed, revoke_feed
from tasks.people.holdings import Holding, holdings_of
from tasks.people.links import LinkUse, sign_link
from tasks.people.visibility import may_see_person, may_visitor, team_of
from tasks.perform import perform
from tasks.store.database import reading
from tasks.store.programmes import load_programmes
from tasks.store.queries import shape_rows
from tasks.store.taken_forms import FormTaken, by_form, taken_at
from tasks.words.names import word_name, word_slack, word_step_title
from tasks.words.translator import Translator, capitalised

log = logging.getLogger(__name__)

_PERSON = table_of(Person)
_REPLY = table_of(MailReply)
_AWAY = (
    select(_REPLY.c.id, _REPLY.c.away_until_on)
    .where(
        _REPLY.c.person_id == bindparam("person"),
        _REPLY.c.away_until_on >= bindparam("today"),
        _REPLY.c.settled_on.is_(None),
    )
    .order_by(_REPLY.c.id)
)
_MOST_PEOPLE = 200
PAGE_GRANTS = 25
_LONGEST_FIELD = 254


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person, by whom a page is headed."""

    id: int
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant in which the person holds something, in words."""

    reference: str
    title: str
    roles: tuple[str, ...]
    steps: tuple[
        tuple[str, date | None, str, bool], ...
    ]  # what, by when, how far that is, whether it is late


def show_people(request: Request) -> Response:
    """Return the list of those whose holdings the visitor may see; `?name=` has those with a part of a name."""
    portal, visit = portal_of(request), visit_of(request)
    name = request.query_params.get("name", "").replace("\x00", "").strip()[:_LONGEST_FIELD]
    query = select(*(_PERSON.c[name] for name in ("id", "name", "title", "departed_on")))
    if not visit.visitor.is_admin and visit.visitor.person_id is not None:
        query = query.where(_PERSON.c.id.in_(select(team_of(visit.visitor.person_id).c.id)))
    if name:
        query = query.where(_PERSON.c.name.icontains(name, autoescape=True))
    with reading(portal.engine) as connection:
        rows = connection.execute(query.order_by(_PERSON.c.name, _PERSON.c.id).limit(_MOST_PEOPLE)).all()
    people = [row for row in rows if row.departed_on is None or row.departed_on > portal.today]
    return portal.pages.show(
        "people.html",
        portal.translator(request),
        people=people,
        visit=visit,
        name=name,
        searching=bool(name) or len(rows) == _MOST_PEOPLE,
        cut=len(rows) == _MOST_PEOPLE,
        has_directory=bool(portal.settings.directory),
    )


def show_person(request: Request) -> Response:
    """Return the page of a person: what they hold, and for themselves their calendar address; `?page=` has more."""
    return _page(request)


def _page(
    request: Request,
    fault: str = "",
) -> Response:
    """Return the person's page, with the name of what is wrong with what was posted."""
    portal, visit = portal_of(request), visit_of(request)
    say, today = portal.translator(request), portal.today
    with reading(portal.engine) as connection:
        person = _person(connection, request, visit)
        page = page_asked(request.query_params.get("page"))
        shown, grants = holdings_of(connection, person.id, (page - 1) * PAGE_GRANTS, PAGE_GRANTS)
        if not shown and page > 1:  # all that stood there is passed on
            page = 1
            shown, grants = holdings_of(connection, person.id, 0, PAGE_GRANTS)
        programmes = load_programmes(connection, {one.programme_id for one in shown})
        held = [_held(say, programmes[one.programme_id], one, today) for one in shown]
        own = visit.visitor.person_id == person.id
        feed_key = feed_of(connection, person.id) if own else None
        may = {
            duty: may_visitor(connection, visit.visitor, duty, person.id)
            for duty in (Duty.PERSON, Duty.HOLDINGS)
        }
        away = connection.execute(_AWAY, {"person": person.id, "today": today}).all()
    return portal.pages.show(
        "person.html",
        say,
        status=422 if fault else 200,
        visit=visit,
        person=person,
        held=held,
        grants=grants,
        page=page,
        pages=-(-grants // PAGE_GRANTS),
        own=own,
        absences=away if visit.visitor.is_admin or not own else (),
        feed=_feed_address(portal, feed_key) if feed_key else "",
        today=today,
        fault=fault,
        may=may,
        admin=visit.visitor.is_admin,
    )


def _person(connection: Connection, request: Request, visit: Visit) -> PersonLine:
    number = request.path_params["person_id"]
    # An id that no database holds would be an error in the driver.
    if number >= 2**31 or not may_see_person(connection, visit.visitor, number):
        raise HTTPException(404)
    columns = (_PERSON.c[name] for name in ("id", "name", "title"))
    return shape_rows(PersonLine, connection.execute(select(*columns).where(_PERSON.c.id == number)))[0]


def _held(say: Translator, programme: Programme, holding: Holding, today: date) -> HeldGrant:
    rules = {rule.key: rule for rule in programme.steps}
    steps = tuple(
        (
            capitalised(word_step_title(say, rules.get(step.template_key), step.kind, step.period)),
            step.due_on,
            word_slack(say, step.due_on, today),
            step.due_on is not None and step.due_on < today,
        )
        for step in holding.steps
    )
    roles = tuple(word_name(say, "role", role) for role in holding.roles)
    return HeldGrant(holding.reference, holding.title, roles, steps)


def _feed_address(portal: Portal, feed_key: str) -> str:
    token = sign_link(feed_key, portal.keys, LinkUse.CALENDAR)
    return f"{portal.settings.portal_url}/c/{token}.ics"


async def settle_absence(request: Request) -> Response:
    """Confirm what an automatic reply says of the person's absence, or say that it is not so."""
    posted = await read_small_form(request)
    return await run_in_threadpool(_settle_absence, request, posted)


def _settle_absence(request: Request, posted: dict[str, str]) -> Response:
    portal, visit, now = portal_of(request), visit_of(request), portal_of(request).clock()
    with reading(portal.engine) as connection:
        person = _person(connection, request, visit)
        signed = check_nonce(posted, "absence", person.id, visit.token, portal.keys)
        done_at = taken_at(connection, signed.key)
    command = SettleAbsence(id_asked(posted.get("reply", "")) or 0, posted.get("act") == "confirm")
    clock = Clock(portal.local_date(now), now)
    try:
        if done_at is None:
            perform(by_form(portal.engine, signed.key), command, visit.visitor.person_id, clock)
    except FormTaken:
        pass
    except NotAllowed as error:
        raise HTTPException(404) from error
    except BadInput as error:
        return _page(request, type(error).__name__)
    return RedirectResponse(f"/people/{person.id}", 303)


async def change_feed(request: Request) -> Response:
    """Make, renew or revoke the visitor's own calendar address."""
    posted = await read_small_form(request)
    return await run_in_threadpool(_change_feed, request, posted)


def _change_feed(request: Request, posted: dict[str, str]) -> Response:
    portal, visit = portal_of(request), visit_of(request)
    person_id = request.path_params["person_id"]
    if visit.visitor.person_id != person_id:
        raise HTTPException(404)
    signed = check_nonce(posted, "feed", person_id, visit.token, portal.keys)
    now = portal.clock()
    with reading(portal.engine) as connection:
        done = taken_at(connection, signed.key) is not None
    if not done:
        change = revoke_feed if posted.get("act") == "revoke" else renew_feed
        with suppress(FormTaken):
            change(by_form(portal.engine, signed.key), person_id, today=portal.local_date(now), now=now)
    return RedirectResponse(f"/people/{person_id}#calendar", 303)
