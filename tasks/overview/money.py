"""Add up the money of awarded grants: each one's sums, the totals, and when what is missing is expected."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from sqlalchemy import CTE, ColumnElement, Connection, and_, case, func, select

from models.rules.organisation_name import name_on
from models.vocabulary import CLAIMED_OR_PAID, UNSETTLED, Role, StepKind
from tasks.overview.grants import COORDINATED, IS_OPEN, PAGE_ROWS, Seen, among
from tasks.overview.standing import GRANT, INSTALMENT, NAME, PERSON, ROLE, STEP
from tasks.store.database import AnyRow

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
    reports say, `unspent` what is left of the money that came, once every report is in; None where
    nothing says it.
    """

    awarded: int
    received: int
    to_come: int
    lost: int
    claimed: int
    owed: int
    spent: int | None
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
class Expected:
    """What is to come in a currency, in minor units, by when it is expected; the parts add up to all of it.

    `late` was expected before the day of asking. `months` has the first day of each of `MONTHS_AHEAD` months
    with its sum, `later` what comes after them, and `undated` what no day is known for.
    """

    late: int
    months: tuple[tuple[date, int], ...]
    later: int
    undated: int


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


def _asked_minor() -> ColumnElement[int]:
    """Return what is or will be claimed of an instalment, equal to models.rules.money.payment.find_claim_of."""
    sums = INSTALMENT.c
    return case((sums.claimed_minor < sums.amount_minor, sums.claimed_minor), else_=sums.amount_minor)


def missing_minor() -> ColumnElement[int]:
    """Return how much of an instalment is still to come, in minor units; 0 if no more comes."""
    sums = INSTALMENT.c
    rest = func.coalesce(_asked_minor(), 0) - func.coalesce(sums.paid_minor, 0)
    return case((sums.no_more_why.is_not(None), 0), else_=_larger(rest, 0))


def _larger(one: ColumnElement[int], other: ColumnElement[int] | int) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


def _money_of(conditions: Sequence[ColumnElement[bool]]) -> CTE:
    """Return the query of each grant's sums, equal to models.rules.money.outstanding.divide_award on every grant."""
    part = INSTALMENT
    is_claimed = part.c.status.in_([str(status) for status in CLAIMED_OR_PAID])
    missing = missing_minor()
    parts = (
        select(
            part.c.grant_id,
            func.sum(func.coalesce(part.c.paid_minor, 0)).label("received"),
            func.sum(missing).label("missing"),
            func.sum(case((is_claimed, func.coalesce(_asked_minor(), 0)), else_=0)).label("claimed"),
            func.sum(case((is_claimed, missing), else_=0)).label("owed"),
            func.sum(case((part.c.amount_minor.is_(None), 1), else_=0)).label("unknown"),
        )
        .where(part.c.grant_id.in_(select(GRANT.c.id).where(*conditions)))
        .group_by(part.c.grant_id)
        .subquery()
    )
    received = func.coalesce(parts.c.received, 0)
    missing_of_all = func.coalesce(parts.c.missing, 0)
    awarded = _larger(GRANT.c.award_minor, received + missing_of_all)
    rest = awarded - received - missing_of_all
    lost = case((parts.c.unknown > 0, 0), else_=rest)
    return (
        select(
            GRANT.c.id,
            GRANT.c.currency,
            awarded.label("awarded"),
            received.label("received"),
            (awarded - received - lost).label("to_come"),
            lost.label("lost"),
            func.coalesce(parts.c.claimed, 0).label("claimed"),
            func.coalesce(parts.c.owed, 0).label("owed"),
            GRANT.c.spent_minor.label("spent"),
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
        unspent=None if row.unspent is None else int(row.unspent),
    )


def total_money(connection: Connection, today: date, wish: MoneyWish, seen: Seen = None) -> list[Total]:
    """Return the money of the awarded grants that were asked for, a total a currency."""
    conditions = _chosen(wish, seen)
    money = _money_of(conditions)
    names = ("awarded", "received", "to_come", "lost", "claimed", "owed", "spent", "unspent")
    totals = (
        select(money.c.currency, func.count().label("grants"))
        .add_columns(*(func.sum(money.c[name]).label(name) for name in names))
        .group_by(money.c.currency)
        .order_by(money.c.currency)
    )
    expected = _expected_by_day(connection, conditions)
    rows = []
    for row in connection.execute(totals):
        sums = _sums(row)
        rows.append(
            Total(row.currency, row.grants, sums, _divide(expected[row.currency], sums.to_come, today))
        )
    return rows


def _expected_by_day(
    connection: Connection, conditions: Sequence[ColumnElement[bool]]
) -> Mapping[str, Mapping[date, int]]:
    """Return what instalments miss, in minor units, by currency and by the day on which it is expected."""
    part = INSTALMENT
    missing = missing_minor()
    query = (
        select(GRANT.c.currency, STEP.c.due_on, func.sum(missing).label("missing"))
        .join(STEP, STEP.c.grant_id == GRANT.c.id)
        .join(part, and_(part.c.grant_id == GRANT.c.id, part.c.number == STEP.c.instalment))
        .where(
            *conditions,
            STEP.c.kind == str(StepKind.PAYMENT),
            STEP.c.status.in_([str(status) for status in UNSETTLED]),
            STEP.c.due_on.is_not(None),
        )
        .group_by(GRANT.c.currency, STEP.c.due_on)
    )
    by_currency: dict[str, Counter[date]] = defaultdict(Counter)
    for row in connection.execute(query):
        by_currency[row.currency][row.due_on] += int(row.missing)
    return by_currency


def _divide(by_day: Mapping[date, int], to_come: int, today: date) -> Expected:
    first = today.replace(day=1)
    months = {first + relativedelta(months=ahead): 0 for ahead in range(MONTHS_AHEAD)}
    late = 0
    later = 0
    for day, minor in by_day.items():
        if day < today:
            late += minor
        elif day.replace(day=1) in months:
            months[day.replace(day=1)] += minor
        else:
            later += minor
    undated = to_come - late - later - sum(months.values())
    return Expected(late, tuple(months.items()), later, undated)


def list_money(
    connection: Connection, today: date, wish: MoneyWish, seen: Seen = None, page: int | None = None
) -> list[GrantMoney]:
    """Return the awarded grants that were asked for, by reference: a page of them, counted from 1, or all."""
    conditions = _chosen(wish, seen)
    money = _money_of(conditions)
    order = (GRANT.c.reference_key, GRANT.c.reference)
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
    if page is not None:
        query = query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
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
