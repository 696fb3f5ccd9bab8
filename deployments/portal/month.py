"""The calendar of a month: what falls due on each day, and what is left from before, in the grants that one sees."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Date, Select, bindparam, func, select
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from models.rules.dates.calendar import offices_in
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Step
from tasks.overview.titles import StepTitles
from tasks.people.visibility import is_seen
from tasks.store.database import AnyRow, reading
from tasks.store.queries import late_steps, pending_steps
from tasks.words.translator import Translator, capitalised

_STEP = table_of(Step)
_GRANT = table_of(Grant)
_PERSON = table_of(Person)
_FIRST: BindParameter[date] = bindparam("first", type_=Date)
_LAST: BindParameter[date] = bindparam("last", type_=Date)
# A day shows so many, and says how many more there are; so does what is left from before this month.
_MOST_OF_A_DAY = 5
_MOST_LEFT = 10
_NEXT_YEARS = 50
# Those of Saturday and Sunday; they are narrow where nothing stands in them.
_WEEKEND_COLUMNS = (6, 7)
# What stands on a line of the page.
_SHOWN = (
    _STEP.c.due_on,
    _STEP.c.key,
    _STEP.c.template_key,
    _STEP.c.kind,
    _STEP.c.period,
    _STEP.c.status,
    _STEP.c.with_funder,
    _STEP.c.owner_role,
    _PERSON.c.name.label("owner"),
    _GRANT.c.reference,
    _GRANT.c.title,
    _GRANT.c.programme_id,
)
# Ours first: what the funder does is only waited for.
_OURS_FIRST = (_STEP.c.with_funder, _STEP.c.id)
# Counted with ids alone: a day can have thousands, of which a few are shown.
_DUE = (
    select(
        _STEP.c.id,
        func.count().over(partition_by=_STEP.c.due_on).label("of_day"),
        func.row_number().over(partition_by=_STEP.c.due_on, order_by=_OURS_FIRST).label("place"),
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_STEP.c.due_on.between(_FIRST, _LAST), pending_steps())
)

Lines = list[tuple[str, AnyRow]]


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of the month: what falls due in which grant, and how much more than that.

    Where offices are closed, `is_off`; `holiday` is the name of a holiday, also of one on a weekend.
    """

    on: date
    lines: Lines
    more: int
    is_off: bool
    holiday: str


def show_month(request: Request) -> Response:
    """Return the calendar of a month, `?of=2026-12`, or of this one."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    today = portal.today
    first = _month_asked(request.query_params.get("of", ""), today)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    seen = is_seen(visit.visitor)
    with reading(portal.engine) as connection:
        due = _due_lines(connection, say, _DUE if seen is None else _DUE.where(seen), first, last)
        is_now = first <= today <= last
        nothing: tuple[Lines, int] = ([], 0)
        ours, funders = _lines_left(connection, say, first, seen) if is_now else (nothing, nothing)
    offices = offices_in(portal.settings.country)
    days = []
    for number in range(last.day):
        on = first + timedelta(days=number)
        lines, more = due.get(on, ([], 0))
        days.append(MonthDay(on, lines, more, not offices.is_working(on), offices.holiday(on, say.language)))
    return portal.pages.show(
        "month.html",
        say,
        visit=visit,
        today=today,
        first=first,
        days=days,
        week=[first + timedelta(days=number - first.weekday()) for number in range(7)],
        weekends_are_free=not any(day.lines for day in days if day.on.isoweekday() in _WEEKEND_COLUMNS),
        left=ours[0],
        more_left=ours[1],
        awaited=funders[0],
        more_awaited=funders[1],
        before=first - timedelta(days=1),
        after=last + timedelta(days=1),
    )


def _due_lines(
    connection: Connection, say: Translator, due: Select[Any], first: date, last: date
) -> dict[date, tuple[Lines, int]]:
    """Return the first of what falls due between two days, by day, and how much more that day has."""
    day_steps = due.subquery()
    query = (
        select(day_steps.c.of_day, *_SHOWN)
        .join(day_steps, day_steps.c.id == _STEP.c.id)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
        .where(day_steps.c.place <= _MOST_OF_A_DAY)
        .order_by(_STEP.c.due_on, day_steps.c.place)
    )
    rows = connection.execute(query, {"first": first, "last": last}).all()
    titles = StepTitles(connection, say)
    by_day = {on: list(of_day) for on, of_day in groupby(rows, attrgetter("due_on"))}
    return {on: (_lines(titles, shown), shown[0].of_day - len(shown)) for on, shown in by_day.items()}


def _lines_left(
    connection: Connection, say: Translator, first: date, seen: ColumnElement[bool] | None
) -> tuple[tuple[Lines, int], tuple[Lines, int]]:
    """Return the oldest of what was due before the month, ours and the funder's, each with how much more there is."""
    side = _STEP.c.with_funder
    oldest_first = func.row_number().over(partition_by=side, order_by=(_STEP.c.due_on, _STEP.c.id))
    left = (
        select(_STEP.c.id, func.count().over(partition_by=side).label("of_all"), oldest_first.label("place"))
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(late_steps(first))
    )
    found = (left if seen is None else left.where(seen)).subquery()
    query = (
        select(found.c.of_all, *_SHOWN)
        .join(found, found.c.id == _STEP.c.id)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
        .where(found.c.place <= _MOST_LEFT)
        .order_by(_STEP.c.due_on, _STEP.c.id)
    )
    rows = connection.execute(query).all()
    titles = StepTitles(connection, say)
    sides = [[row for row in rows if row.with_funder is with_funder] for with_funder in (False, True)]
    ours, funders = ((_lines(titles, one), one[0].of_all - len(one) if one else 0) for one in sides)
    return ours, funders


def _lines(titles: StepTitles, rows: Sequence[AnyRow]) -> Lines:
    return [(capitalised(titles.of(row.programme_id, row)), row) for row in rows]


def _month_asked(text: str, today: date) -> date:
    """Return the first day of the month that is asked for; of this month for what is none near to us."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.min
    return first if abs(first.year - today.year) <= _NEXT_YEARS else today.replace(day=1)
