"""List grants from the database: filter, sort, page and total them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, case, func, select

from models.errors import UnknownReference
from models.rules.steps.stand import ENDED, FUNDER, HANGS_AHEAD, Stand
from models.vocabulary import GrantStatus, Role
from tasks.overview.standing import GRANT, PERSON, ROLE, STEP, GrantStanding, load_standings
from tasks.store.database import reading
from tasks.store.lateness import has_passed, is_late_with_us

PAGE_ROWS = 25
STATES = ("open", *Stand, ENDED)
IS_OPEN = GRANT.c.status == str(GrantStatus.OPEN)
_WITH_FUNDER = func.coalesce(GRANT.c.ball_with, "") == FUNDER
_BY_DAY = (GRANT.c.next_due_on.is_(None), GRANT.c.next_due_on)
# The grants that somebody coordinates, with that person.
COORDINATED = (
    select(ROLE.c.grant_id)
    .join(PERSON, PERSON.c.id == ROLE.c.person_id)
    .where(ROLE.c.role == str(Role.COORDINATOR))
)
# Sums in minor units by currency, without zeros.
Sums = tuple[tuple[str, int], ...]
# The grants that a visitor may see, as a query of their ids; None for all.
Seen = Select[int] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor wants to see: words in title or reference, a state, a unit, an order.

    A unit is the department of the grant's coordinator. The orders are by day ("due"), by what
    needs us, what can be lost, then by day ("need"), and by reference.
    """

    words: str = ""
    state: str = ""
    unit: str = ""
    order: str = "due"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures over grants: each open one is late with us, on time with us, or with the funder.

    Of those with the funder, `overdue` take longer than expected. Sums are by currency, in minor
    units: what is at risk in all, in late grants, and in those where we must act within `HANGS_AHEAD`.
    """

    grants: int
    late: int
    on_time: int
    with_funder: int
    overdue: int
    at_risk_minor: Sums
    late_minor: Sums
    ahead_minor: Sums

    @property
    def open_grants(self) -> int:
        """How many are open."""
        return self.late + self.on_time + self.with_funder


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Figures over a unit's open grants in one currency; `unit` is its coordinators' department, "" for none.

    `head` is who is above its coordinators, "" if that is nobody or several. Each grant is counted in one of the
    three states; sums are in minor units.
    """

    unit: str
    head: str
    currency: str
    late: int
    on_time: int
    with_funder: int
    late_minor: int
    at_risk_minor: int

    @property
    def grants(self) -> int:
        """How many grants it has."""
        return self.late + self.on_time + self.with_funder


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the grants that were asked for; `found` is how many there are on all `pages`."""

    rows: tuple[GrantStanding, ...]
    found: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // PAGE_ROWS))


def load_page(connection: Connection, today: date, *, wish: Wish, page: int, seen: Seen = None) -> Page:
    """Return a page, counted from 1, of the grants that were asked for; beyond the last it has no rows."""
    conditions = _chosen(wish, today, seen)
    # Counted with the page: finding who may see which grant takes longer than all the rest.
    part = _ordered(wish, conditions, today).add_columns(func.count().over())
    rows = connection.execute(part.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
    if rows or page == 1:
        found = rows[0][1] if rows else 0
    else:
        found = connection.execute(select(func.count()).select_from(GRANT).where(*conditions)).scalar_one()
    return Page(tuple(load_standings(connection, today, [row[0] for row in rows])), found, page)


def list_standings(
    connection: Connection,
    today: date,
    *,
    wish: Wish | None = None,
    seen: Seen = None,
    most: int | None = None,
) -> list[GrantStanding]:
    """Return the standing of the grants that were asked for, in order: all, or the first `most`."""
    wish = wish or Wish()
    ids = connection.execute(_ordered(wish, _chosen(wish, today, seen), today).limit(most)).scalars().all()
    return load_standings(connection, today, ids)


def list_references(connection: Connection) -> list[str]:
    """Return the references of all grants."""
    order = (GRANT.c.reference_key, GRANT.c.reference)
    return list(connection.execute(select(GRANT.c.reference).order_by(*order)).scalars())


def portfolio(engine: Engine, today: date, reference: str | None = None) -> list[GrantStanding]:
    """Return the standing of all grants, or of one, by due date and reference.

    Raises UnknownReference if that one does not exist.
    """
    with reading(engine) as connection:
        if reference is None:
            return list_standings(connection, today)
        ids = connection.execute(select(GRANT.c.id).where(GRANT.c.reference == reference)).scalars().all()
        if not ids:
            raise UnknownReference(reference)
        return load_standings(connection, today, ids)


# How many grants each list on the leadership's page names.
MOST_NAMED = 8


def list_urgent(connection: Connection, today: date, seen: Seen = None) -> list[GrantStanding]:
    """Return the grants that need a head today: those late with us, first those on which money hangs, then by day."""
    late = Wish(state=Stand.LATE, order="need")
    return list_standings(connection, today, wish=late, seen=seen, most=MOST_NAMED)


def list_ended(connection: Connection, today: date, seen: Seen = None) -> list[GrantStanding]:
    """Return the grants that ended in the year of a day, the latest first, at most `MOST_NAMED`."""
    ended = (~IS_OPEN, GRANT.c.closed_on.between(date(today.year, 1, 1), today))
    query = select(GRANT.c.id).where(*ended, *among(seen)).order_by(GRANT.c.closed_on.desc(), GRANT.c.id)
    return load_standings(connection, today, connection.scalars(query.limit(MOST_NAMED)).all())


def sum_units(connection: Connection, today: date, seen: Seen = None) -> list[UnitFigures]:
    """Return figures over the open grants that are seen, by unit and currency, as of a day."""
    stands = _stands(today)
    unit = func.coalesce(PERSON.c.department, "")
    above = PERSON.alias()
    head = case((func.count(above.c.id.distinct()) == 1, func.min(above.c.name)), else_="")
    sums = (
        select(
            unit,
            head,
            GRANT.c.currency,
            *(func.sum(case((stands == stand, 1), else_=0)) for stand in Stand),
            func.sum(case((stands == Stand.LATE, GRANT.c.at_risk_minor), else_=0)),
            func.sum(GRANT.c.at_risk_minor),
        )
        .outerjoin(ROLE, (ROLE.c.grant_id == GRANT.c.id) & (ROLE.c.role == str(Role.COORDINATOR)))
        .outerjoin(PERSON, PERSON.c.id == ROLE.c.person_id)
        .outerjoin(above, above.c.id == PERSON.c.manager_id)
        .where(IS_OPEN, *among(seen))
        .group_by(unit, GRANT.c.currency)
        .order_by(unit, GRANT.c.currency)
    )
    return [UnitFigures(row[0], row[1], row[2], *map(int, row[3:])) for row in connection.execute(sums)]


def sum_figures(connection: Connection, today: date, seen: Seen = None) -> Figures:
    """Return figures over the grants that are seen, as of a day."""
    stand = _stands(today)
    risk = GRANT.c.at_risk_minor
    is_ahead = GRANT.c.next_due_on.between(today, today + HANGS_AHEAD)
    is_overdue = has_passed(GRANT.c.next_due_on, today)
    query = select(
        stand.label("stand"),
        GRANT.c.currency.label("currency"),
        func.count().label("grants"),
        func.sum(case((is_overdue, 1), else_=0)).label("overdue"),
        func.sum(risk).label("risk"),
        func.sum(case((is_ahead, risk), else_=0)).label("ahead"),
    )
    rows = connection.execute(query.where(*among(seen)).group_by(stand, GRANT.c.currency)).all()
    counts = Counter[str]()
    overdue = Counter[str]()
    at_risk = Counter[str]()
    late = Counter[str]()
    ahead = Counter[str]()
    for row in rows:
        counts[row.stand] += row.grants
        overdue[row.stand] += row.overdue
        at_risk[row.currency] += int(row.risk)
        if row.stand == Stand.LATE:
            late[row.currency] += int(row.risk)
        if row.stand == Stand.ON_TIME:
            ahead[row.currency] += int(row.ahead)
    return Figures(
        grants=counts.total(),
        late=counts[Stand.LATE],
        on_time=counts[Stand.ON_TIME],
        with_funder=counts[Stand.WITH_FUNDER],
        overdue=overdue[Stand.WITH_FUNDER],
        at_risk_minor=_sums(at_risk),
        late_minor=_sums(late),
        ahead_minor=_sums(ahead),
    )


def _sums(by_currency: Counter[str]) -> Sums:
    return tuple((currency, minor) for currency, minor in sorted(by_currency.items()) if minor)


def _stands(today: date) -> ColumnElement[str]:
    """Return each grant's state, as models.rules.steps.stand computes it; ENDED if it is not open."""
    return case(
        (~IS_OPEN, ENDED),
        (is_late_with_us(GRANT, STEP, today), str(Stand.LATE)),
        (_WITH_FUNDER, str(Stand.WITH_FUNDER)),
        else_=str(Stand.ON_TIME),
    )


def _can_be_lost(today: date) -> ColumnElement[bool]:
    """Return the condition equal to models.rules.notices.order.can_be_lost, on a grant and its next day.

    Where nothing is decided yet, the grant itself can be lost.
    """
    holds_money = (GRANT.c.at_risk_minor > 0) | GRANT.c.awarded_on.is_(None)
    return holds_money & (GRANT.c.next_due_on <= today + HANGS_AHEAD)


def among(seen: Seen) -> list[ColumnElement[bool]]:
    """Return the condition that a grant is one of those that are seen; none where all are."""
    return [] if seen is None else [GRANT.c.id.in_(seen)]


def _ordered(wish: Wish, conditions: Sequence[ColumnElement[bool]], today: date) -> Select[int]:
    """Return the select of ids in an order; open grants come first."""
    stands = _stands(today)
    by_need = case(*((stands == stand, rank) for rank, stand in enumerate(Stand)), else_=len(Stand))
    orders: dict[str, tuple[ColumnElement[Any], ...]] = {
        "need": (by_need, case((_can_be_lost(today), 0), else_=1), *_BY_DAY),
        "due": _BY_DAY,
        "reference": (),  # every order ends with the reference
    }
    order = (case((IS_OPEN, 0), else_=1), *orders[wish.order], GRANT.c.reference_key, GRANT.c.reference)
    return select(GRANT.c.id).where(*conditions).order_by(*order)


def _chosen(wish: Wish, today: date, seen: Seen) -> list[ColumnElement[bool]]:
    conditions = among(seen)
    if wish.state == "open":
        conditions.append(IS_OPEN)
    elif wish.state:
        conditions.append(_stands(today) == wish.state)
    if wish.unit:
        conditions.append(GRANT.c.id.in_(COORDINATED.where(PERSON.c.department == wish.unit)))
    words = wish.words.casefold().split()
    return [*conditions, *(GRANT.c.search_key.contains(word, autoescape=True) for word in words)]
