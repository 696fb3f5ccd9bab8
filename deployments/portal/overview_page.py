"""The first page: the portfolio in figures, and where each grant stands, late ones first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk_state import portal_of
from deployments.portal.guard import visit_of
from deployments.portal.overview_rows import PortfolioIndex
from deployments.portal.page_words import (
    word_grant_status,
    word_instalment_status,
    word_phase,
    word_role,
    word_slack,
)
from models.columns import table_of
from models.grant import Grant
from models.step import Step
from models.vocabulary import GrantStatus
from tasks.database import reading
from tasks.standing import GrantStanding, InstalmentStanding, standings
from tasks.standing_words import next_titles
from tasks.visibility import seen_grants
from tasks.words import Speaker, capitalised

_GRANT, _STEP = table_of(Grant), table_of(Step)
PAGE_ROWS = 25
# Page numbers beyond this are nobody's question.
_MOST_DIGITS = 6


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


def show_overview(request: Request) -> Response:
    """Return the page; `?page=2` has the next grants."""
    portal, visit = portal_of(request), visit_of(request)
    say, today = portal.speaker(request), portal.today
    with reading(portal.engine) as connection:
        index = portal.index.get(connection, today, seen_grants(visit.visitor))
        pages = max(1, -(-len(index.references) // PAGE_ROWS))
        page = _page(request.query_params.get("page"), pages)
        references = index.references[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
        steps = next_titles(connection, references, say)
        places = {reference: place for place, reference in enumerate(references)}
        rows = sorted(standings(connection, today, references), key=lambda row: places[row.reference])
    lines = [_line(say, row, steps, today) for row in rows]
    return portal.pages.show(
        "overview.html",
        say,
        visit=visit,
        today=today,
        figures=_figures(say, index),
        lines=lines,
        page=page,
        pages=pages,
        total=len(index.references),
    )


def _page(asked: str | None, pages: int) -> int:
    if asked is None:
        return 1
    if not (
        asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS and 1 <= int(asked) <= pages
    ):
        raise HTTPException(404)
    return int(asked)


def _figures(say: Speaker, index: PortfolioIndex) -> list[tuple[str, str, bool]]:
    """Return the headline figures: the number, what it counts, and whether it asks for attention."""
    sums = [say.money(total, currency) for currency, total in index.unpaid_minor]
    return [
        (str(index.open_grants), say.ngettext("open grant", "open grants", index.open_grants), False),
        (str(index.late), say.ngettext("is late", "are late", index.late), index.late > 0),
        (
            str(index.with_funder),
            say.ngettext("waits for the funder", "wait for the funder", index.with_funder),
            False,
        ),
        (say.listed(sums) if sums else "0", say.gettext("not paid yet"), False),
    ]


def _line(say: Speaker, row: GrantStanding, steps: dict[tuple[str, str], str], today: date) -> GrantLine:
    is_open = row.status == GrantStatus.OPEN
    title = steps.get((row.reference, row.next_step), row.next_step) if row.next_step else ""
    return GrantLine(
        reference=row.reference,
        title=row.title,
        phase=word_phase(say, row.phase) if row.next_step else word_grant_status(say, row.status),
        next_step=capitalised(title),
        due_on=row.due_on,
        due=say.short_date(row.due_on, today) if row.due_on else "",
        slack=word_slack(say, row.due_on, today) if is_open else "",
        late=is_open and row.slack_days is not None and row.slack_days < 0,
        soon=is_open and row.slack_days is not None and 0 <= row.slack_days <= 7,
        ball_with=capitalised(word_role(say, row.ball_with)) if row.ball_with else "",
        at_risk=say.money(row.at_risk.amount_minor, row.at_risk.currency) if row.at_risk.amount_minor else "",
        instalments=tuple(_part(say, part) for part in row.instalments),
    )


def _part(say: Speaker, part: InstalmentStanding) -> str:
    status = word_instalment_status(say, part.status)
    if part.amount_minor is None:
        return say.gettext("Part %(number)s: %(status)s", number=part.number, status=status.lower())
    money = say.money(part.amount_minor, part.currency)
    return say.gettext("%(money)s: %(status)s", money=money, status=status.lower())
