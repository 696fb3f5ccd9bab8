"""List grants from the database: filter, sort, page and sum them up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, case, exists, func, select

from models.errors import UnknownReference
from models.vocabulary import GrantStatus, InstalmentStatus, Role
from tasks.overview.standing import GRANT, INSTALMENT, PERSON, ROLE, GrantStanding, load_standings
from tasks.store.database import reading

PAGE_ROWS = 25
SOON = timedelta(days=7)
STATES = ("open", "late", "soon", "release", "ended")
_IS_OPEN = GRANT.c.status == str(GrantStatus.OPEN)
_ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "due": (GRANT.c.next_due_on.is_(None), GRANT.c.next_due_on),
    "title": (GRANT.c.search_key,),
    "reference": (),  # which is the last of each order
    "money": (GRANT.c.at_risk_minor.desc(),),
}
ORDERS = tuple(_ORDERS)
_OF_UNIT = (
    select(ROLE.c.grant_id)
    .join(PERSON, PERSON.c.id == ROLE.c.person_id)
    .where(ROLE.c.role == str(Role.COORDINATOR))
)
# The grants that a visitor may see, as a query of their ids; None for all.
Seen = Select[int] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor wants to see: words in title or reference, a phase, who has the ball, a state, a unit, an order.

    A unit is the department of the grant's coordinator.
    """

    words: str = ""
    phase: str = ""
    who: str = ""
    state: str = ""
    unit: str = ""
    order: str = "due"


@dataclass(frozen=True, slots=True)
class Figures:
    """Grants in figures; `at_risk_minor` is by currency, in minor units, of the open ones.

    `holders` are those who have the ball in one: roles, "funder", people who confirm.
    """

    grants: int
    open_grants: int
    late: int
    with_funder: int
    at_risk_minor: tuple[tuple[str, int], ...]
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The open grants of a unit in figures, of one currency; `unit` is its coordinators' department, "" for none."""

    unit: str
    currency: str
    on_time: int
    late: int
    with_funder: int
    at_risk_minor: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what is wished for; `found` is how many grants are, on all `pages`."""

    rows: tuple[GrantStanding, ...]
    found: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.found // PAGE_ROWS))


def load_page(connection: Connection, today: date, *, wish: Wish, page: int, seen: Seen = None) -> Page:
    """Return a page, counted from 1, of the grants that are wished for; without rows beyond the last."""
    conditions = _chosen(wish, today, seen)
    # Counted with the page: who may see which grant takes longer to find than all else here.
    part = _ordered(wish, conditions).add_columns(func.count().over())
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
    """Return where the grants that are wished for stand, in its order: all, or the first `most`."""
    wish = wish or Wish()
    ids = connection.execute(_ordered(wish, _chosen(wish, today, seen)).limit(most)).scalars().all()
    return load_standings(connection, today, ids)


def list_references(connection: Connection) -> list[str]:
    """Return the references of all grants."""
    return list(connection.execute(_ordered(Wish(), []).with_only_columns(GRANT.c.reference)).scalars())


def portfolio(engine: Engine, today: date, reference: str | None = None) -> list[GrantStanding]:
    """Return the standing of all grants, or of one, by due date and reference.

    Raises UnknownReference when the one is not there.
    """
    with reading(engine) as connection:
        if reference is None:
            return list_standings(connection, today)
        ids = connection.execute(select(GRANT.c.id).where(GRANT.c.reference == reference)).scalars().all()
        if not ids:
            raise UnknownReference(reference)
        return load_standings(connection, today, ids)


def sum_units(connection: Connection, today: date, seen: Seen = None) -> list[UnitFigures]:
    """Return the open grants that are seen in figures, by unit and currency, as of a day."""
    late = case((late_grants(today), 1), else_=0)
    unit = func.coalesce(PERSON.c.department, "")
    sums = (
        select(
            unit,
            GRANT.c.currency,
            func.sum(1 - late),
            func.sum(late),
            func.sum(case((GRANT.c.ball_with == "funder", 1), else_=0)),
            func.sum(func.coalesce(GRANT.c.at_risk_minor, 0)),
        )
        .outerjoin(ROLE, (ROLE.c.grant_id == GRANT.c.id) & (ROLE.c.role == str(Role.COORDINATOR)))
        .outerjoin(PERSON, PERSON.c.id == ROLE.c.person_id)
        .where(_IS_OPEN, *_among(seen))
        .group_by(unit, GRANT.c.currency)
        .order_by(unit, GRANT.c.currency)
    )
    return [UnitFigures(row[0], row[1], *map(int, row[2:])) for row in connection.execute(sums)]


def sum_figures(connection: Connection, today: date, seen: Seen = None) -> Figures:
    """Return the grants that are seen in figures, as of a day."""
    with_funder = GRANT.c.ball_with == "funder"
    sums = select(
        GRANT.c.currency,
        GRANT.c.ball_with,
        func.count(),
        func.sum(case((_IS_OPEN, 1), else_=0)),
        func.sum(case((late_grants(today), 1), else_=0)),
        func.sum(case((_IS_OPEN & with_funder, 1), else_=0)),
        func.sum(GRANT.c.at_risk_minor),
    )
    rows = connection.execute(sums.where(*_among(seen)).group_by(GRANT.c.currency, GRANT.c.ball_with)).all()
    at_risk = Counter[str]()
    for row in rows:
        at_risk[row[0]] += int(row[6] or 0)
    return Figures(
        grants=sum(row[2] for row in rows),
        open_grants=sum(row[3] for row in rows),
        late=sum(row[4] for row in rows),
        with_funder=sum(row[5] for row in rows),
        at_risk_minor=tuple(sorted((currency, minor) for currency, minor in at_risk.items() if minor)),
        holders=tuple(sorted({row[1] for row in rows if row[1] is not None})),
    )


def late_grants(today: date) -> ColumnElement[bool]:
    """Return the condition on grants that a step of theirs is late: as models.rules.steps.lateness.is_late.

    What a grant's next due date is, is written down whenever its steps change.
    """
    return and_(_IS_OPEN, GRANT.c.next_due_on < today)


def _among(seen: Seen) -> list[ColumnElement[bool]]:
    return [] if seen is None else [GRANT.c.id.in_(seen)]


def _ordered(wish: Wish, conditions: Sequence[ColumnElement[bool]]) -> Select[int]:
    """Select the ids in an order; open grants come first."""
    order = (case((_IS_OPEN, 0), else_=1), *_ORDERS[wish.order], GRANT.c.reference_key, GRANT.c.reference)
    return select(GRANT.c.id).where(*conditions).order_by(*order)


def _chosen(wish: Wish, today: date, seen: Seen) -> list[ColumnElement[bool]]:
    found = _among(seen)
    if wish.phase:
        found.append(GRANT.c.next_phase == wish.phase)
    if wish.who:
        found.append(GRANT.c.ball_with == wish.who)
    if wish.state:
        found.append(_in_state(wish.state, today))
    if wish.unit:
        found.append(GRANT.c.id.in_(_OF_UNIT.where(PERSON.c.department == wish.unit)))
    words = wish.words.casefold().split()
    return [*found, *(GRANT.c.search_key.contains(word, autoescape=True) for word in words)]


def _in_state(state: str, today: date) -> ColumnElement[bool]:
    due_on = GRANT.c.next_due_on
    match state:
        case "open":
            return _IS_OPEN
        case "late":
            return late_grants(today)
        case "soon":
            return and_(_IS_OPEN, due_on.between(today, today + SOON))
        case "release":
            releasable = str(InstalmentStatus.RELEASABLE)
            return exists().where(INSTALMENT.c.grant_id == GRANT.c.id, INSTALMENT.c.status == releasable)
        case _:
            return GRANT.c.status != str(GrantStatus.OPEN)
