"""The page of money: what was awarded, came and is to come, grant by grant and month by month; and its spreadsheet."""

from dataclasses import asdict
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import give_spreadsheet, id_asked, page_asked, portal_of
from models.vocabulary import Duty
from tasks.overview.grants import PAGE_ROWS
from tasks.overview.money import Choices, MoneyWish, list_choices, list_money, total_money
from tasks.overview.money_awaited import list_awaited
from tasks.overview.money_moves import list_moves
from tasks.overview.money_sheet import WIDTHS, money_table
from tasks.overview.scope import find_scope
from tasks.people.visibility import may_visitor, narrowed_grants
from tasks.store.database import reading


def show_money(request: Request) -> Response:
    """Return the page; `?page=2` has the next grants, `?unit=...&funder=3&year=2026&ended=1` those of some."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    number = page_asked(request.query_params.get("page"))
    with reading(portal.engine) as connection:
        seen = narrowed_grants(connection, visit.visitor)
        choices = list_choices(connection, today, seen)
        wish = _wish(request, choices)
        totals = total_money(connection, today, wish, seen)
        found = sum(total.grants for total in totals)
        pages = max(1, -(-found // PAGE_ROWS))
        if number > pages:
            raise HTTPException(404)
        rows = list_money(connection, today, wish, seen, number)
        awaited = list_awaited(connection, say, today, [row.reference for row in rows])
        moves = list_moves(connection, say, today, seen)
        scope = find_scope(connection, visit.visitor, seen)
        keeps_books = may_visitor(connection, visit.visitor, Duty.BOOKS)
    return portal.pages.show(
        "money.html",
        say,
        visit=visit,
        today=today,
        scope=scope,
        totals=totals,
        found=found,
        rows=rows,
        awaited=awaited,
        moves=moves,
        keeps_books=keeps_books,
        choices=choices,
        wish=wish,
        narrowed=wish != MoneyWish(),
        query=_query(wish),
        page=number,
        pages=pages,
    )


def give_money(request: Request) -> Response:
    """Return the same sums as a spreadsheet, all grants of the page's choice in it."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    with reading(portal.engine) as connection:
        seen = narrowed_grants(connection, visit.visitor)
        wish = _wish(request, list_choices(connection, today, seen))
        rows = list_money(connection, today, wish, seen)
        totals = total_money(connection, today, wish, seen)
    return give_spreadsheet(f"money-{today.isoformat()}", money_table(say, rows, totals), WIDTHS)


def _wish(request: Request, choices: Choices) -> MoneyWish:
    """Return what is asked for; what is not on offer is not asked for."""
    query = request.query_params
    unit = query.get("unit", "")
    funder = id_asked(query.get("funder")) or 0
    year = id_asked(query.get("year")) or 0
    return MoneyWish(
        unit=unit if unit in choices.units else "",
        funder=funder if funder in dict(choices.funders) else 0,
        year=year if year in choices.years else 0,
        ended=query.get("ended") == "1",
    )


def _query(wish: MoneyWish) -> str:
    """Return the wish as an address has it, to be followed by another parameter."""
    return urlencode(
        {name: int(value) if value is True else value for name, value in asdict(wish).items() if value}
    )
