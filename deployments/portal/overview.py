"""The first page: the portfolio in figures, and a list of grants to filter, sort and save."""

from collections import Counter
from dataclasses import asdict
from urllib.parse import urlencode

from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.web.guard import act_once, visit_of
from deployments.portal.web.posted_form import FormFor
from deployments.portal.web.state import page_asked, portal_of
from models.vocabulary import Phase
from tasks.files.table_writer import SheetOut, csv_of, xlsx_of
from tasks.overview.grants import (
    ORDERS,
    SOON,
    STATES,
    Wish,
    list_standings,
    load_page,
    sum_figures,
    sum_units,
)
from tasks.overview.portfolio import WIDTHS, portfolio_table
from tasks.overview.titles import next_titles
from tasks.people.preferences import drop_list, lists_of, save_list
from tasks.people.visibility import seen_grants
from tasks.store.database import reading
from tasks.words.translator import capitalised
from tasks.words.vocabulary import word_name

_LONGEST = 100
TABLES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def show_overview(request: Request) -> Response:
    """Return the page; `?page=2` has the next grants, `?words=...&state=late` fewer of them."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    wish = _wish(request)
    seen = seen_grants(visit.visitor)
    number = page_asked(request.query_params.get("page"))
    with reading(portal.engine) as connection:
        page = load_page(connection, today, wish=wish, page=number, seen=seen)
        if number > page.pages:
            raise HTTPException(404)
        figures = sum_figures(connection, today, seen)
        titles = next_titles(connection, [row.reference for row in page.rows], say)
        saved = lists_of(connection, visit.visitor.person_id or 0)
    return portal.pages.show(
        "overview.html",
        say,
        visit=visit,
        today=today,
        figures=figures,
        rows=page.rows,
        titles=titles,
        soon=SOON.days,
        wish=wish,
        narrowed=wish != Wish(order=wish.order),
        at_risk=[say.money(total, currency) for currency, total in figures.at_risk_minor],
        holders=sorted(
            ((one, capitalised(word_name(say, "role", one))) for one in figures.holders),
            key=lambda one: one[1],
        ),
        phases=list(Phase),
        states=STATES,
        orders=ORDERS,
        query=_query(wish),
        saved=saved,
        page=number,
        pages=page.pages,
        found=page.found,
        total=figures.grants,
    )


def change_lists(request: Request, posted: dict[str, str]) -> Response:
    """Save what the address asks for as a list of the visitor's own, or take the list of a name away."""
    portal = portal_of(request)
    visit = visit_of(request)
    query = _query(_wish(request))
    person_id = visit.visitor.person_id
    name = " ".join(posted.get("name", "").split())[:_LONGEST]
    if person_id is None:
        raise HTTPException(404)

    def change(engine: Engine) -> None:
        if posted.get("act") == "drop":
            drop_list(engine, person_id, name, portal.clock())
        elif name:
            save_list(engine, person_id, name, query, portal.clock())

    act_once(portal, posted, FormFor("lists", 0, 0), visit.token, change)
    return RedirectResponse(f"/?{query}" if query else "/", 303)


def show_leadership(request: Request) -> Response:
    """Return what leadership wants on one page, to print: on time, late, with the funder and at risk, by unit."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    with reading(portal.engine) as connection:
        units = sum_units(connection, today, seen_grants(visit.visitor))
    at_risk = Counter[str]()
    for one in units:
        at_risk[one.currency] += one.at_risk_minor
    total = [say.money(minor, currency) for currency, minor in sorted(at_risk.items()) if minor]
    return portal.pages.show("leadership.html", say, visit=visit, today=today, units=units, at_risk=total)


def give_table(request: Request, ending: str) -> Response:
    """Return what the visitor sees on the overview as a spreadsheet, or as a CSV file."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    seen = seen_grants(visit.visitor)
    with reading(portal.engine) as connection:
        rows = list_standings(connection, today, wish=_wish(request), seen=seen)
        table = portfolio_table(connection, say, rows)
    content = csv_of(table) if ending == "csv" else xlsx_of(SheetOut("Grantline", table, WIDTHS))
    headers = {"Content-Disposition": f'attachment; filename="grants-{today.isoformat()}.{ending}"'}
    return Response(content, media_type=TABLES[ending], headers=headers)


def _wish(request: Request) -> Wish:
    """Return what is asked for; what is not on offer is not asked for."""
    asked = request.query_params
    state = asked.get("state", "")
    order = asked.get("order", "due")
    return Wish(
        words=" ".join(asked.get("words", "").split())[:_LONGEST],
        phase=asked.get("phase", "")[:_LONGEST],
        who=asked.get("who", "")[:_LONGEST],
        state=state if state in STATES else "",
        unit=asked.get("unit", "")[:_LONGEST],
        order=order if order in ORDERS else "due",
    )


def _query(wish: Wish) -> str:
    """Return the wish as an address has it, to be followed by another parameter."""
    said = {
        name: value for name, value in asdict(wish).items() if value and (name, value) != ("order", "due")
    }
    return urlencode(said)
