"""The first page: where the grants stand, in figures and one by one; and leadership's page, to print."""

from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import give_spreadsheet, page_asked, portal_of
from models.vocabulary import Duty
from tasks.overview.grants import (
    STATES,
    Wish,
    list_standings,
    load_page,
    sum_figures,
)
from tasks.overview.leadership import load_leadership
from tasks.overview.portfolio import WIDTHS, portfolio_table
from tasks.overview.scope import find_scope
from tasks.overview.titles import next_titles
from tasks.people.holdings import holders_away
from tasks.people.visibility import may_visitor, narrowed_grants
from tasks.store.database import reading

_LONGEST = 100
_ORDER = "need"


def show_overview(request: Request) -> Response:
    """Return the page; `?page=2` has the next grants, `?words=...&state=late&unit=...` fewer of them."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    wish = _wish(request)
    number = page_asked(request.query_params.get("page"))
    with reading(portal.engine) as connection:
        seen = narrowed_grants(connection, visit.visitor)
        page = load_page(connection, today, wish=wish, page=number, seen=seen)
        if number > page.pages:
            raise HTTPException(404)
        figures = sum_figures(connection, today, seen)
        scope = find_scope(connection, visit.visitor, seen)
        steps = {row.reference: row.next_step for row in page.rows}
        titles = next_titles(connection, steps, say)
        away = holders_away(connection, steps, today)
        may_enter = may_visitor(connection, visit.visitor, Duty.NEW_GRANT)
    return portal.pages.show(
        "overview.html",
        say,
        may_enter=may_enter,
        visit=visit,
        today=today,
        figures=figures,
        scope=scope,
        groups=[(stand, list(rows)) for stand, rows in groupby(page.rows, key=attrgetter("stand"))],
        titles=titles,
        away=away,
        wish=wish,
        narrowed=wish != Wish(order=_ORDER),
        query=_query(wish),
        page=number,
        pages=page.pages,
        found=page.found,
    )


def show_leadership(request: Request) -> Response:
    """Return what leadership wants on one page, to print: figures, what needs a head today, units, and what ended."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    with reading(portal.engine) as connection:
        seen = narrowed_grants(connection, visit.visitor)
        leadership = load_leadership(connection, say, today, seen)
        scope = find_scope(connection, visit.visitor, seen)
    return portal.pages.show(
        "leadership.html",
        say,
        visit=visit,
        today=today,
        now=portal.clock().astimezone(portal.settings.zone),
        leadership=leadership,
        scope=scope,
        most=max((one.grants for one in leadership.units), default=1),
    )


def give_table(request: Request) -> Response:
    """Return what the visitor sees on the overview as a spreadsheet."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    with reading(portal.engine) as connection:
        seen = narrowed_grants(connection, visit.visitor)
        rows = list_standings(connection, today, wish=_wish(request), seen=seen)
        table = portfolio_table(connection, say, rows)
    return give_spreadsheet(f"grants-{today.isoformat()}", table, WIDTHS)


def _wish(request: Request) -> Wish:
    """Return what is asked for; what is not on offer is not asked for."""
    query = request.query_params
    state = query.get("state", "")
    return Wish(
        words=" ".join(query.get("words", "").split())[:_LONGEST],
        state=state if state in STATES else "",
        unit=query.get("unit", "")[:_LONGEST],
        order=_ORDER,
    )


def _query(wish: Wish) -> str:
    """Return the wish as an address has it, to be followed by another parameter."""
    return urlencode({name: value for name, value in asdict(wish).items() if value and name != "order"})
