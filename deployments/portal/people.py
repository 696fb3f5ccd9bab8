"""A person's page: who stands in, when they are away, what they hold, and their private calendar address."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, Engine, bindparam, select
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.desk.people import absences_of, word_days
from deployments.portal.web.guard import Visit, act_once, visit_of
from deployments.portal.web.posted_form import FormTarget
from deployments.portal.web.state import LARGEST_ID, Portal, id_asked, page_asked, portal_of
from models.commands.clock import Clock
from models.commands.people import SettleAbsence
from models.errors import NotAllowed
from models.rules.duties import has_left
from models.rules.notices.recipients import find_last_day_away
from models.tables.columns import table_of
from models.tables.letter import MailReply
from models.tables.person import Person
from models.vocabulary import Duty
from tasks.commands.people import AbsenceSettled
from tasks.overview.titles import StepTitles
from tasks.people.holdings import Holding, StepHeld, StoodIn, holdings_of, stood_in_by
from tasks.people.links import LinkUse, sign_link
from tasks.people.preferences import feed_of, renew_feed, revoke_feed
from tasks.people.visibility import may_see_person, may_visitor, team_of
from tasks.perform import perform
from tasks.store.database import AnyRow, reading
from tasks.store.queries import away_until
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_name

_PERSON = table_of(Person)
_REPLY = table_of(MailReply)
_REPLIES = (
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


def show_people(request: Request) -> Response:
    """Return the list of those whose holdings the visitor may see; `?name=` has those with a part of a name.

    Who would see themselves alone is led to their own page.
    """
    portal = portal_of(request)
    visit = visit_of(request)
    if not visit.visitor.sees_people:
        return RedirectResponse(f"/people/{visit.visitor.person_id}", 303)
    name = request.query_params.get("name", "").replace("\x00", "").strip()[:_LONGEST_FIELD]
    away = away_until(_PERSON.c.id, portal.today).label("away_until")
    query = select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.title, _PERSON.c.departed_on, away)
    if not visit.visitor.is_admin and visit.visitor.person_id is not None:
        query = query.where(_PERSON.c.id.in_(select(team_of(visit.visitor.person_id).c.id)))
    if name:
        query = query.where(_PERSON.c.name.icontains(name, autoescape=True))
    with reading(portal.engine) as connection:
        rows = connection.execute(query.order_by(_PERSON.c.name, _PERSON.c.id).limit(_MOST_PEOPLE)).all()
    people = [row for row in rows if not has_left(row.departed_on, portal.today)]
    return portal.pages.show(
        "people.html",
        portal.translator(request),
        people=people,
        today=portal.today,
        visit=visit,
        name=name,
        searching=bool(name) or len(rows) == _MOST_PEOPLE,
        cut=len(rows) == _MOST_PEOPLE,
        has_directory=bool(portal.settings.directory),
    )


def show_person(request: Request, *, too_late: bool = False) -> Response:
    """Return the page of a person: what they hold, and for themselves their calendar address; `?page=` has more.

    It says that what was just confirmed or denied on it was settled before, where it came `too_late`.
    """
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    with reading(portal.engine) as connection:
        person = _person(connection, request, visit)
        person_id = request.path_params["person_id"]
        page = page_asked(request.query_params.get("page"))
        shown, grants = holdings_of(connection, person_id, today, (page - 1) * PAGE_GRANTS, PAGE_GRANTS)
        if not shown and page > 1:  # all that stood there is passed on
            page = 1
            shown, grants = holdings_of(connection, person_id, today, 0, PAGE_GRANTS)
        held = _by_roles(connection, say, shown)
        stood_in = _stood_in(connection, say, person_id, today)
        own = visit.visitor.person_id == person_id
        feed_key = feed_of(connection, person_id) if own else None
        may = {
            duty: may_visitor(connection, visit.visitor, duty, person_id)
            for duty in (Duty.PERSON, Duty.HOLDINGS)
        }
        replies = connection.execute(_REPLIES, {"person": person_id, "today": today}).all()
        absences = absences_of(connection, person_id, today)
        names = _names(connection, today, person.deputy_id, person.manager_id)
    return portal.pages.show(
        "person.html",
        say,
        status=409 if too_late else 200,
        too_late=too_late,
        visit=visit,
        person=person,
        deputy=names.get(person.deputy_id),
        manager=names.get(person.manager_id),
        held=held,
        stood_in=stood_in,
        grants=grants,
        page=page,
        pages=-(-grants // PAGE_GRANTS),
        own=own,
        absences=[(one, word_days(say, one, today)) for one in absences],
        away_until=find_last_day_away(((one.from_on, one.to_on) for one in absences), today),
        replies=replies if visit.visitor.is_admin or not own else (),
        feed=_feed_address(portal, feed_key) if feed_key else "",
        today=today,
        may=may,
        admin=visit.visitor.is_admin,
    )


HeldGrant = tuple[Holding, list[tuple[StepHeld, str]]]


def _stood_in(
    connection: Connection, say: Translator, person_id: int, today: date
) -> list[tuple[StoodIn, str]]:
    """Return what the person has today in place of others, each step with its title."""
    titles = StepTitles(connection, say)
    steps = stood_in_by(connection, person_id, today)
    return [(step, capitalised(titles.of(step.programme_id, step))) for step in steps]


def _by_roles(
    connection: Connection, say: Translator, holdings: Sequence[Holding]
) -> dict[str, list[HeldGrant]]:
    """Return what somebody holds by the roles in which they do, each grant with its dated steps in words."""
    titles = StepTitles(connection, say)
    by_roles: dict[str, list[HeldGrant]] = {}
    for held in holdings:
        steps = [
            (step, capitalised(titles.of(held.programme_id, step)))
            for step in held.steps
            if step.due_on is not None
        ]
        roles = say.listed([word_name(say, "role", role) for role in held.roles])
        by_roles.setdefault(capitalised(roles), []).append((held, steps))
    return by_roles


def _names(connection: Connection, today: date, *ids: int | None) -> dict[int | None, AnyRow]:
    """Return the names of people by their ids, with up to which day they are away."""
    away = away_until(_PERSON.c.id, today).label("away_until")
    rows = connection.execute(select(_PERSON.c.id, _PERSON.c.name, away).where(_PERSON.c.id.in_(ids)))
    return {row.id: row for row in rows}


def _person(connection: Connection, request: Request, visit: Visit) -> Person:
    """Return the person whose page it is; HTTPException (404) for nobody whom the visitor may see."""
    number = request.path_params["person_id"]
    if number > LARGEST_ID or not may_see_person(connection, visit.visitor, number):
        raise HTTPException(404)
    with Session(connection) as session:
        return session.get_one(Person, number)


def _feed_address(portal: Portal, feed_key: str) -> str:
    token = sign_link(feed_key, portal.keys, LinkUse.CALENDAR)
    return f"{portal.settings.portal_url}/c/{token}.ics"


def settle_absence(request: Request, posted: dict[str, str]) -> Response:
    """Confirm what an automatic reply says of the person's absence, or say that it is not so."""
    portal = portal_of(request)
    visit = visit_of(request)
    now = portal_of(request).clock()
    with reading(portal.engine) as connection:
        _person(connection, request, visit)
    person_id = request.path_params["person_id"]
    command = SettleAbsence(id_asked(posted.get("reply", "")) or 0, posted.get("act") == "confirm")
    clock = Clock(portal.local_date(now), now)

    def settle(engine: Engine) -> None:
        perform(engine, command, visit.visitor.person_id, clock)

    try:
        act_once(portal, posted, FormTarget("absence", person_id, 0), visit.token, settle)
    except AbsenceSettled:
        return show_person(request, too_late=True)
    except NotAllowed as error:
        raise HTTPException(404) from error
    return RedirectResponse(f"/people/{person_id}", 303)


def change_feed(request: Request, posted: dict[str, str]) -> Response:
    """Make, renew or revoke the visitor's own calendar address."""
    portal = portal_of(request)
    visit = visit_of(request)
    person_id = request.path_params["person_id"]
    now = portal_of(request).clock()
    if visit.visitor.person_id != person_id:
        raise HTTPException(404)
    change = revoke_feed if posted.get("act") == "revoke" else renew_feed

    def renew(engine: Engine) -> None:
        change(engine, person_id, today=portal.local_date(now), now=now)

    act_once(portal, posted, FormTarget("feed", person_id, 0), visit.token, renew)
    return RedirectResponse(f"/people/{person_id}#calendar", 303)
