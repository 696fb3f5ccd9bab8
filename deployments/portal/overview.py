"""The first page: the portfolio in figures, and where each grant stands, as the visitor wishes to see it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.posted_form import check_nonce, read_small_form
from deployments.portal.web.state import page_asked, portal_of
from models.vocabulary import GrantStatus, Phase
from tasks.files.tables import Cell, SheetOut, csv_of, xlsx_of
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
from tasks.overview.standing import GrantStanding
from tasks.overview.titles import next_titles
from tasks.people.saved_lists import drop_list, lists_of, save_list
from tasks.people.visibility import seen_grants
from tasks.store.database import reading
from tasks.store.taken_forms import FormTaken, by_form
from tasks.words.money import word_part
from tasks.words.names import word_name, word_slack
from tasks.words.translator import Translator, capitalised

_LONGEST = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant's line in the table: where it stands, and its next step and its instalments in words."""

    row: GrantStanding
    next_step: str
    slack: str
    late: bool
    soon: bool
    undated: tuple[str, ...]
    instalments: tuple[str, ...]


def show_overview(request: Request) -> Response:
    """Return the page; `?page=2` has the next grants, `?words=...&state=late` fewer of them."""
    portal, visit = portal_of(request), visit_of(request)
    say, today, wish = portal.translator(request), portal.today, _wish(request)
    seen, number = seen_grants(visit.visitor), page_asked(request.query_params.get("page"))
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
        lines=[_line(say, row, titles, today) for row in page.rows],
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


async def change_lists(request: Request) -> Response:
    """Save what the address asks for as a list of the visitor's own, or take the list of a name away."""
    posted = await read_small_form(request)
    return await run_in_threadpool(_change_lists, request, posted)


def _change_lists(request: Request, posted: dict[str, str]) -> Response:
    portal, visit = portal_of(request), visit_of(request)
    person_id, name = visit.visitor.person_id, " ".join(posted.get("name", "").split())[:_LONGEST]
    if person_id is None:
        raise HTTPException(404)
    signed, query = check_nonce(posted, "lists", 0, visit.token, portal.keys), _query(_wish(request))
    engine = by_form(portal.engine, signed.key)
    with suppress(FormTaken):
        if posted.get("act") == "drop":
            drop_list(engine, person_id, name, portal.clock())
        elif name:
            save_list(engine, person_id, name, query, portal.clock())
    return RedirectResponse(f"/?{query}" if query else "/", 303)


def show_leadership(request: Request) -> Response:
    """Return what leadership wants on one page, to print: on time, late, with the funder and at risk, by unit."""
    portal, visit = portal_of(request), visit_of(request)
    say, today = portal.translator(request), portal.today
    with reading(portal.engine) as connection:
        units = sum_units(connection, today, seen_grants(visit.visitor))
    at_risk = Counter[str]()
    for one in units:
        at_risk[one.currency] += one.at_risk_minor
    total = [say.money(minor, currency) for currency, minor in sorted(at_risk.items()) if minor]
    return portal.pages.show("leadership.html", say, visit=visit, today=today, units=units, at_risk=total)


async def give_csv(request: Request) -> Response:
    """Return what the visitor sees on the overview as a CSV file."""
    return await run_in_threadpool(_csv, request)


def _csv(request: Request) -> Response:
    table, today = _table(request)
    return _file(csv_of(table), "text/csv; charset=utf-8", f"grants-{today.isoformat()}.csv")


async def give_xlsx(request: Request) -> Response:
    """Return what the visitor sees on the overview as a spreadsheet."""
    return await run_in_threadpool(_xlsx, request)


def _xlsx(request: Request) -> Response:
    table, today = _table(request)
    return _file(xlsx_of(SheetOut("Grantline", table, WIDTHS)), XLSX, f"grants-{today.isoformat()}.xlsx")


def _table(request: Request) -> tuple[list[list[Cell]], date]:
    portal, visit = portal_of(request), visit_of(request)
    say, today = portal.translator(request), portal.today
    with reading(portal.engine) as connection:
        seen = seen_grants(visit.visitor)
        rows = list_standings(connection, today, wish=_wish(request), seen=seen)
        return portfolio_table(connection, say, rows), today


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _wish(request: Request) -> Wish:
    """Return what is asked for; what is not on offer is not asked for."""
    asked = request.query_params
    state, order = asked.get("state", ""), asked.get("order", "due")
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


def _line(say: Translator, row: GrantStanding, titles: dict[tuple[str, str], str], today: date) -> GrantLine:
    is_open = row.status == GrantStatus.OPEN
    days = row.slack_days if is_open else None

    def title(key: str) -> str:
        return capitalised(titles.get((row.reference, key), key))

    return GrantLine(
        row=row,
        next_step=title(row.next_step) if row.next_step else "",
        slack=word_slack(say, row.due_on, today) if is_open else "",
        late=days is not None and days < 0,
        soon=days is not None and 0 <= days <= SOON.days,
        undated=tuple(title(key) for key, _ in row.undated),
        instalments=tuple(word_part(say, part) for part in row.instalments),
    )
