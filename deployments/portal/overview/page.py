"""The first page: the portfolio in figures, and where each grant stands, as the visitor wishes to see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from deployments.portal.web.words import word_order, word_state
from models.vocabulary import GrantStatus, Phase
from tasks.files.tables import Cell, SheetOut, csv_of, xlsx_of
from tasks.overview.grants import (
    ORDERS,
    SOON,
    STATES,
    Figures,
    Wish,
    list_holders,
    list_standings,
    load_page,
    sum_figures,
)
from tasks.overview.portfolio_sheet import WIDTHS, portfolio_table
from tasks.overview.standing import GrantStanding
from tasks.overview.titles import next_titles
from tasks.people.visibility import seen_grants
from tasks.store.database import reading
from tasks.words.money import word_part
from tasks.words.names import word_grant_status, word_phase, word_role
from tasks.words.steps import word_slack
from tasks.words.translator import Speaker, capitalised

# Page numbers beyond this are nobody's question.
_MOST_DIGITS = 6
_LONGEST = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant's line in the table, in words."""

    reference: str
    title: str
    phase: str
    next_step: str
    due_on: date | None
    due: str
    slack: str
    late: bool
    soon: bool
    ball_with: str
    at_risk: str
    instalments: tuple[str, ...]
    notes: tuple[str, ...]


def show_overview(request: Request) -> Response:
    """Return the page; `?page=2` has the next grants, `?words=...&state=late` fewer of them."""
    portal, visit = portal_of(request), visit_of(request)
    say, today, wish = portal.speaker(request), portal.today, _wish(request)
    seen, number = seen_grants(visit.visitor), _page(request.query_params.get("page"))
    with reading(portal.engine) as connection:
        page = load_page(connection, today, wish=wish, page=number, seen=seen)
        if number > page.pages:
            raise HTTPException(404)
        figures, holders = sum_figures(connection, today, seen), list_holders(connection, seen)
        titles = next_titles(connection, [row.reference for row in page.rows], say)
    return portal.pages.show(
        "overview.html",
        say,
        visit=visit,
        today=today,
        figures=_figures(say, figures),
        lines=[_line(say, row, titles, today) for row in page.rows],
        wish=wish,
        narrowed=wish != Wish(order=wish.order),
        choices=_choices(say, holders),
        query=_query(wish),
        page=number,
        pages=page.pages,
        found=page.found,
        total=figures.grants,
    )


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
    say, today = portal.speaker(request), portal.today
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
        order=order if order in ORDERS else "due",
    )


def _query(wish: Wish) -> str:
    """Return the wish as an address has it, to be followed by another parameter."""
    said = {
        name: value for name, value in asdict(wish).items() if value and (name, value) != ("order", "due")
    }
    return urlencode(said)


def _choices(say: Speaker, holders: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen in each list, as keys and words."""
    return {
        "phase": [("", say.gettext("All phases")), *((str(one), word_phase(say, one)) for one in Phase)],
        "who": [
            ("", say.gettext("Everyone")),
            *sorted(((one, capitalised(word_role(say, one))) for one in holders), key=lambda one: one[1]),
        ],
        "state": [("", say.gettext("All states")), *((one, word_state(say, one)) for one in STATES)],
        "order": [(one, word_order(say, one)) for one in ORDERS],
    }


def _page(asked: str | None) -> int:
    if asked is None:
        return 1
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS and int(asked) >= 1):
        raise HTTPException(404)
    return int(asked)


def _figures(say: Speaker, figures: Figures) -> list[tuple[str, str, bool]]:
    """Return the headline figures: the number, what it counts, and whether it asks for attention."""
    sums = [say.money(total, currency) for currency, total in figures.at_risk_minor]
    return [
        (str(figures.open_grants), say.ngettext("open grant", "open grants", figures.open_grants), False),
        (str(figures.late), say.ngettext("is late", "are late", figures.late), figures.late > 0),
        (
            str(figures.with_funder),
            say.ngettext("waits for the funder", "wait for the funder", figures.with_funder),
            False,
        ),
        (say.listed(sums) if sums else "0", say.gettext("at risk"), False),
    ]


def _notes(say: Speaker, row: GrantStanding, titles: dict[tuple[str, str], str]) -> Iterator[str]:
    """Yield what is to know of a grant: that it is quiet, and which steps wait for a date that no decision gives."""
    if row.quiet:
        yield say.gettext("Quiet: what was late at the import is not confirmed yet")
    for key, _ in row.undated:
        yield say.gettext("%(step)s: no date yet", step=capitalised(titles.get((row.reference, key), key)))


def _line(say: Speaker, row: GrantStanding, titles: dict[tuple[str, str], str], today: date) -> GrantLine:
    is_open = row.status == GrantStatus.OPEN
    title = titles.get((row.reference, row.next_step), row.next_step) if row.next_step else ""
    return GrantLine(
        reference=row.reference,
        title=row.title,
        phase=word_phase(say, row.phase) if row.next_step else word_grant_status(say, row.status),
        next_step=capitalised(title),
        due_on=row.due_on,
        due=say.short_date(row.due_on, today) if row.due_on else "",
        slack=word_slack(say, row.due_on, today) if is_open else "",
        late=is_open and row.slack_days is not None and row.slack_days < 0,
        soon=is_open and row.slack_days is not None and 0 <= row.slack_days <= SOON.days,
        ball_with=capitalised(word_role(say, row.ball_with)) if row.ball_with else "",
        at_risk=say.money(row.at_risk.amount_minor, row.at_risk.currency) if row.at_risk.amount_minor else "",
        instalments=tuple(word_part(say, part) for part in row.instalments),
        notes=tuple(_notes(say, row, titles)),
    )
