"""Add up the money of awarded grants: each one's sums, the totals, and when what is missing is expected."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from sqlalchemy import CTE, ColumnElement, Connection, and_, case, func, literal_column, select

from models.rules.money.expected_day import find_expected_day
from models.rules.organisation_name import name_on
from models.vocabulary import CLAIMED_OR_PAID, Role, StepKind
from tasks.overview.grants import COORDINATED, IS_OPEN, PAGE_ROWS, Seen, among
from tasks.overview.standing import GRANT, INSTALMENT, NAME, PERSON, ROLE, STEP
from tasks.store.database import AnyRow
from tasks.store.lateness import is_unsettled, written_out

# So many months stand one by one, this one first.
MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class MoneyWish:
    """Whose money a visitor wants to see: of a unit, a funder by its id, grants that run in a year, ended ones too."""

    unit: str = ""
    funder: int = 0
    year: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class MoneySums:
    """Sums in minor units: `awarded` is `received`, `to_come` and `lost` together.

    `claimed` is what claims asked for so far, `owed` what is still to come of it. `spent` is what
    reports say, `booked` the ledger, `unspent` what is left of the money that came, once every report is in; None where
    nothing says it.
    """

    awarded: int
    received: int
    to_come: int
    lost: int
    claimed: int
    owed: int
    spent: int | None
    booked: int | None
    unspent: int | None

    @property
    def unclaimed(self) -> int:
        """What is still to come and was not claimed yet."""
        return self.to_come - self.owed


@dataclass(frozen=True, slots=True)
class GrantMoney:
    """A grant with its sums, and who answers for it."""

    reference: str
    title: str
    funder: str
    funder_reference: str
    coordinator: str
    unit: str
    currency: str
    sums: MoneySums


@dataclass(frozen=True, slots=True)
class ExpectedSum:
    """What is expected in a time, in minor units: on days that are known, and on preliminary ones."""

    known: int = 0
    preliminary: int = 0

    @property
    def whole(self) -> int:
        """Both together, in minor units."""
        return self.known + self.preliminary


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to come in a currency, in minor units, by when it is expected; the parts add up to all of it.

    `late` was expected before the day of asking. `months` has the first day of each of `MONTHS_AHEAD` months
    with its sum, `later` what comes after them, and `undated` what nobody knows a day for.
    """

    late: int
    months: tuple[tuple[date, ExpectedSum], ...]
    later: ExpectedSum
    undated: int

    @property
    def preliminary(self) -> int:
        """What is expected on preliminary days, in minor units."""
        return self.later.preliminary + sum(sums.preliminary for _, sums in self.months)


@dataclass(frozen=True, slots=True)
class Total:
    """The money of so many grants in one currency, and when it is expected."""

    currency: str
    grants: int
    sums: MoneySums
    expected: Expected


@dataclass(frozen=True, slots=True)
class Choices:
    """What a page of money can be narrowed to: units, funders by their ids, and years."""

    units: tuple[str, ...]
    funders: tuple[tuple[int, str], ...]
    years: tuple[int, ...]


# Written out: with a parameter in it SQLite works out the same expression again and again.
_NOTHING: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
# The instalment that a step about money is about.
IS_OF_STEP = and_(INSTALMENT.c.grant_id == STEP.c.grant_id, INSTALMENT.c.number == STEP.c.instalment)


def _asked_minor() -> ColumnElement[int]:
    """Return what is or will be claimed of an instalment, equal to models.rules.money.payment.find_claim_of."""
    sums = INSTALMENT.c
    return case((sums.claimed_minor < sums.amount_minor, sums.claimed_minor), else_=sums.amount_minor)


def missing_minor() -> ColumnElement[int]:
    """Return how much of an instalment is still to come, in minor units; 0 if no more comes."""
    sums = INSTALMENT.c
    rest = func.coalesce(_asked_minor(), _NOTHING) - func.coalesce(sums.paid_minor, _NOTHING)
    return case((sums.no_more_why.is_not(None), _NOTHING), else_=_larger(rest, _NOTHING))


def _larger(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


def _money_of(conditions: Sequence[ColumnElement[bool]]) -> CTE:
    """Return the query of each grant's sums, equal to models.rules.money.outstanding.divide_award on every grant."""
    part = INSTALMENT
    is_claimed = part.c.status.in_([written_out(status) for status in CLAIMED_OR_PAID])
    missing = missing_minor()
    parts = (
        select(
            part.c.grant_id,
            func.sum(func.coalesce(part.c.paid_minor, _NOTHING)).label("received"),
            func.sum(missing).label("missing"),
            func.sum(case((is_claimed, func.coalesce(_asked_minor(), _NOTHING)), else_=_NOTHING)).label(
                "claimed"
            ),
            func.sum(case((is_claimed, missing), else_=_NOTHING)).label("owed"),
            func.max(case((part.c.amount_minor.is_(None), _ONE), else_=_NOTHING)).label("unknown"),
        )
        .where(part.c.grant_id.in_(select(GRANT.c.id).where(*conditions)))
        .group_by(part.c.grant_id)
        .subquery()
    )
    received = func.coalesce(parts.c.received, _NOTHING)
    missing_of_all = func.coalesce(parts.c.missing, _NOTHING)
    awarded = _larger(GRANT.c.award_minor, received + missing_of_all)
    rest = awarded - received - missing_of_all
    lost = case((parts.c.unknown == _ONE, _NOTHING), else_=rest)
    return (
        select(
            GRANT.c.id,
            GRANT.c.currency,
            awarded.label("awarded"),
            received.label("received"),
            (awarded - received - lost).label("to_come"),
            lost.label("lost"),
            func.coalesce(parts.c.claimed, _NOTHING).label("claimed"),
            func.coalesce(parts.c.owed, _NOTHING).label("owed"),
            GRANT.c.spent_minor.label("spent"),
            GRANT.c.booked_minor.label("booked"),
            GRANT.c.unspent_minor.label("unspent"),
        )
        .outerjoin(parts, parts.c.grant_id == GRANT.c.id)
        .where(*conditions)
        .cte("money")
    )


def _chosen(wish: MoneyWish, seen: Seen) -> list[ColumnElement[bool]]:
    conditions = [GRANT.c.award_minor.is_not(None), *among(seen)]
    if not wish.ended:
        conditions.append(IS_OPEN)
    if wish.unit:
        conditions.append(GRANT.c.id.in_(COORDINATED.where(PERSON.c.department == wish.unit)))
    if wish.funder:
        conditions.append(GRANT.c.funder_id == wish.funder)
    if wish.year:
        conditions.append(GRANT.c.period_start_on <= date(wish.year, 12, 31))
        conditions.append(GRANT.c.period_end_on >= date(wish.year, 1, 1))
    return conditions


def _sums(row: AnyRow) -> MoneySums:
    """Return a row's sums as whole numbers: a database may give the sum of integers as a decimal."""
    return MoneySums(
        awarded=int(row.awarded),
        received=int(row.received),
        to_come=int(row.to_come),
        lost=int(row.lost),
        claimed=int(row.claimed),
        owed=int(row.owed),
        spent=None if row.spent is None else int(row.spent),
        booked=None if row.booked is None else int(row.booked),
        unspent=None if row.unspent is None else int(row.unspent),
    )


def total_money(connection: Connection, today: date, wish: MoneyWish, seen: Seen = None) -> list[Total]:
    """Return the money of the awarded grants that were asked for, a total a currency."""
    conditions = _chosen(wish, seen)
    money = _money_of(conditions)
    names = ("awarded", "received", "to_come", "lost", "claimed", "owed", "spent", "booked", "unspent")
    totals = (
        select(money.c.currency, func.count().label("grants"))
        .add_columns(*(func.sum(money.c[name]).label(name) for name in names))
        .group_by(money.c.currency)
        .order_by(money.c.currency)
    )
    expected = _expected_by_days(connection, conditions)
    rows = []
    for row in connection.execute(totals):
        sums = _sums(row)
        divided = _divide(expected.get(row.currency, ()), sums.to_come, today)
        rows.append(Total(row.currency, row.grants, sums, divided))
    return rows


class _ExpectedRow(NamedTuple):
    """What is missing of the payments that are due on a day, or are preliminarily."""

    due_on: date | None
    preliminary_on: date | None
    missing_minor: int


def _expected_by_days(
    connection: Connection, conditions: Sequence[ColumnElement[bool]]
) -> Mapping[str, Sequence[_ExpectedRow]]:
    """Return what the payments miss that are waited for, by currency, and by their two days."""
    days = (STEP.c.due_on, STEP.c.preliminary_on)
    missing = func.sum(missing_minor()).label("missing")
    query = (
        select(GRANT.c.currency, *days, missing)
        .select_from(STEP)
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .join(INSTALMENT, IS_OF_STEP)
        .where(STEP.c.kind == str(StepKind.PAYMENT), is_unsettled(STEP), *conditions)
        .group_by(GRANT.c.currency, *days)
    )
    by_currency: dict[str, list[_ExpectedRow]] = defaultdict(list)
    for row in connection.execute(query):
        by_currency[row.currency].append(_ExpectedRow(row.due_on, row.preliminary_on, int(row.missing)))
    return by_currency


def _divide(rows: Iterable[_ExpectedRow], to_come: int, today: date) -> Expected:
    """Divide what is to come by when it is expected; what no row gives a day for is undated."""
    known = Counter[date]()
    preliminary = Counter[date]()
    undated = to_come
    for row in rows:
        day = find_expected_day(row.due_on, row.preliminary_on, today)
        if day is not None:
            (preliminary if day.is_preliminary else known)[_place(day.on, today)] += row.missing_minor
            undated -= row.missing_minor
    months = [today.replace(day=1) + relativedelta(months=ahead) for ahead in range(MONTHS_AHEAD)]
    return Expected(
        late=known[_LATE],
        months=tuple((first, ExpectedSum(known[first], preliminary[first])) for first in months),
        later=ExpectedSum(known[_LATER], preliminary[_LATER]),
        undated=undated,
    )


_LATE = date.min
_LATER = date.max


def _place(day: date, today: date) -> date:
    """Return the first day of a day's month; `_LATE` for a day before today, `_LATER` for one beyond the months."""
    if day < today:
        return _LATE
    beyond = today.replace(day=1) + relativedelta(months=MONTHS_AHEAD)
    return day.replace(day=1) if day < beyond else _LATER


def list_money(
    connection: Connection, today: date, wish: MoneyWish, seen: Seen = None, page: int | None = None
) -> list[GrantMoney]:
    """Return the awarded grants that were asked for, by reference: a page of them, counted from 1, or all."""
    conditions = _chosen(wish, seen)
    order = (GRANT.c.reference_key, GRANT.c.reference)
    if page is not None:  # only the sums of these are added up
        ids = select(GRANT.c.id).where(*conditions).order_by(*order)
        shown = connection.scalars(ids.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
        conditions = [GRANT.c.id.in_(shown)]
    money = _money_of(conditions)
    coordinator = (ROLE.c.grant_id == GRANT.c.id) & (ROLE.c.role == str(Role.COORDINATOR))
    query = (
        select(
            money,
            GRANT.c.reference,
            GRANT.c.title,
            GRANT.c.funder_id,
            GRANT.c.funder_reference,
            func.coalesce(PERSON.c.name, "").label("coordinator"),
            func.coalesce(PERSON.c.department, "").label("unit"),
        )
        .join(GRANT, GRANT.c.id == money.c.id)
        .outerjoin(ROLE, coordinator)
        .outerjoin(PERSON, PERSON.c.id == ROLE.c.person_id)
        .order_by(*order)
    )
    rows = connection.execute(query).all()
    funders = _funders(connection, today)
    return [
        GrantMoney(
            reference=row.reference,
            title=row.title,
            funder=funders[row.funder_id],
            funder_reference=row.funder_reference or "",
            coordinator=row.coordinator,
            unit=row.unit,
            currency=row.currency,
            sums=_sums(row),
        )
        for row in rows
    ]


def list_choices(connection: Connection, today: date, seen: Seen = None) -> Choices:
    """Return what the awarded grants that are seen can be narrowed to, in the order of a list."""
    conditions = [GRANT.c.award_minor.is_not(None), *among(seen)]
    coordinated = COORDINATED.add_columns(PERSON.c.department).subquery()
    units = (
        select(coordinated.c.department)
        .join(GRANT, GRANT.c.id == coordinated.c.grant_id)
        .where(*conditions, coordinated.c.department != "")
        .distinct()
    )
    funders = select(GRANT.c.funder_id).where(*conditions).distinct()
    first, last = connection.execute(
        select(func.min(GRANT.c.period_start_on), func.max(GRANT.c.period_end_on)).where(*conditions)
    ).one()
    names = _funders(connection, today)
    return Choices(
        units=tuple(sorted(connection.scalars(units))),
        funders=tuple(
            sorted(((one, names[one]) for one in connection.scalars(funders)), key=lambda each: each[1])
        ),
        years=tuple(range(last.year, first.year - 1, -1)) if first and last else (),
    )


def _funders(connection: Connection, today: date) -> dict[int, str]:
    """Return what organisations are called on a day, by their ids."""
    names: dict[int, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(select(NAME)):
        names[row.organisation_id].append(row)
    return {organisation: name_on(held, today) for organisation, held in names.items()}
