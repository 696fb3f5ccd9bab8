"""The standing of each grant: phase, next step, slack, who must act next, and the money at risk."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial

from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    Connection,
    Date,
    Integer,
    Text,
    bindparam,
    column,
    select,
    table,
)

from models.rules.money.conditions import find_missing_conditions
from models.rules.money.outstanding import Outstanding, divide_award
from models.rules.money.payment import find_stated_minor
from models.rules.organisation_name import name_on
from models.rules.steps.stand import ENDED, FUNDER, Stand, stand_of
from models.vocabulary import CLAIMED_OR_PAID, GrantStatus, StepKind
from tasks.store.database import AnyRow, in_batches
from tasks.store.lateness import is_late_with_us, is_unsettled, late_steps_of_ours

# A test compares them with the models.
GRANT = table(
    "grant",
    column("id", Integer),
    *(column(name, Text) for name in ("reference", "title", "currency", "status")),
    *(column(name, Text) for name in ("next_step", "next_phase", "ball_with", "reference_key", "search_key")),
    *(
        column(name, Date)
        for name in ("awarded_on", "next_due_on", "closed_on", "period_start_on", "period_end_on")
    ),
    column("at_risk_minor", BigInteger),
    column("award_minor", BigInteger),
    column("spent_minor", BigInteger),
    column("booked_minor", BigInteger),
    column("unspent_minor", BigInteger),
    column("funder_reference", Text),
    *(column(name, Integer) for name in ("funder_id", "programme_id")),
    column("undated", JSON),
    column("quiet", Boolean),
)
STEP = table(
    "step",
    *(column(name, Integer) for name in ("id", "grant_id", "position", "instalment", "owner_id")),
    *(column(name, Text) for name in ("key", "template_key", "kind", "period", "status", "owner_role")),
    *(column(name, Date) for name in ("due_on", "preliminary_on", "expected_on")),
    column("with_funder", Boolean),
    column("repays_minor", BigInteger),
    column("receipt", JSON),
)
INSTALMENT = table(
    "instalment",
    *(column(name, Integer) for name in ("id", "grant_id", "number")),
    *(column(name, BigInteger) for name in ("amount_minor", "claimed_minor", "paid_minor")),
    *(column(name, Text) for name in ("status", "no_more_why")),
    column("requested_by_id", Integer),
)
CONDITION = table("instalment_condition", column("instalment_id", Integer), column("step_id", Integer))
ROLE = table(
    "grant_role", *(column(name, Integer) for name in ("grant_id", "person_id")), column("role", Text)
)
PERSON = table(
    "person",
    *(column(name, Integer) for name in ("id", "manager_id")),
    *(column(name, Text) for name in ("department", "name")),
)
NAME = table(
    "organisation_name",
    column("organisation_id", Integer),
    column("name", Text),
    column("valid_from_on", Date),
)
TABLES = (GRANT, STEP, INSTALMENT, CONDITION, ROLE, PERSON, NAME)


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in minor units of a currency."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class InstalmentStanding:
    """An instalment, with its outcome; `missing` are the condition steps that are not approved.

    `amount_minor` is its sum by `find_stated_minor`. If a part of it was paid, `expected_on` is when the
    rest is expected, `no_more_why` why there will be no more.
    """

    number: int
    amount_minor: int | None
    paid_minor: int | None
    currency: str
    status: str
    missing: tuple[str, ...]
    expected_on: date | None = None
    no_more_why: str | None = None


@dataclass(frozen=True, slots=True)
class GrantStanding:
    """The standing of a grant. `slack_days` is the time to the next due date, negative if it is late.

    `at_risk` is what the funder has not paid yet of the award, or what a late step could cost if
    that is more. `stand` is a `Stand`, or ENDED. `ball_with` is "funder" or the role that must
    act next, `holder` that person's name, if there is one; `expected_on` is the day that they named
    for the next step. Where a step of ours is late and the next one is the funder's, ours is named,
    with its day and who has it. `undated` are the steps of an awarded grant that wait for a date or sum which
    no decision gives, each with its name: nobody is reminded of them. `quiet` means that it was
    imported with late steps which nobody has confirmed: nobody is told of anything.
    """

    reference: str
    title: str
    phase: str
    next_step: str | None
    due_on: date | None
    slack_days: int | None
    ball_with: str | None
    at_risk: Money
    instalments: tuple[InstalmentStanding, ...]
    status: str
    undated: tuple[tuple[str, str], ...] = ()
    quiet: bool = False
    stand: str = ENDED
    holder: str = ""
    expected_on: date | None = None
    money: Outstanding = field(default_factory=partial(Outstanding, 0, 0, 0, 0))

    @property
    def is_late(self) -> bool:
        """Whether one of its steps is late with us."""
        return self.stand == Stand.LATE

    @property
    def is_with_funder(self) -> bool:
        """Whether the next move is the funder's, and nothing is late with us."""
        return self.stand == Stand.WITH_FUNDER

    def as_json(self) -> dict[str, JsonValue]:
        """Return the standing as plain JSON values: exactly what `grants status --json` promises."""
        values: dict[str, JsonValue] = json.loads(json.dumps(asdict(self), default=str))
        for name in ("status", "stand", "holder", "expected_on", "money"):
            del values[name]
        return values | {"undated": [{"step": step, "date": name} for step, name in self.undated]}


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_TODAY = bindparam("today", type_=Date)
_GRANTS = select(GRANT, is_late_with_us(GRANT, STEP, _TODAY).label("is_late")).where(GRANT.c.id.in_(_IDS))
_PARTS = (
    select(INSTALMENT, GRANT.c.currency)
    .join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
    .where(INSTALMENT.c.grant_id.in_(_IDS))
    .order_by(INSTALMENT.c.grant_id, INSTALMENT.c.number)
)
# The kind is no condition: with it SQLite reads the unsettled payments of all grants to find those of a few.
_EXPECTED = select(STEP.c.grant_id, STEP.c.instalment, STEP.c.expected_on, STEP.c.kind).where(
    STEP.c.grant_id.in_(_IDS), is_unsettled(STEP)
)
_CONDITIONS = (
    select(CONDITION.c.instalment_id, STEP.c.key, STEP.c.status)
    .join(STEP, STEP.c.id == CONDITION.c.step_id)
    .where(STEP.c.grant_id.in_(_IDS))
    .order_by(STEP.c.position)
)


_HOLDERS = (
    select(GRANT.c.id, PERSON.c.name, STEP.c.owner_role, STEP.c.expected_on)
    .join(STEP, (STEP.c.grant_id == GRANT.c.id) & (STEP.c.key == GRANT.c.next_step))
    .outerjoin(PERSON, PERSON.c.id == STEP.c.owner_id)
    .where(GRANT.c.id.in_(_IDS))
)
_LATE_OURS = (
    select(STEP.c.grant_id, STEP.c.key, STEP.c.due_on, STEP.c.owner_role, STEP.c.expected_on, PERSON.c.name)
    .outerjoin(PERSON, PERSON.c.id == STEP.c.owner_id)
    .where(STEP.c.grant_id.in_(_IDS), late_steps_of_ours(STEP, _TODAY))
    .order_by(STEP.c.due_on.desc(), STEP.c.position.desc())
)
_FUNDERS = (
    select(GRANT.c.id, NAME.c.name, NAME.c.valid_from_on)
    .join(NAME, NAME.c.organisation_id == GRANT.c.funder_id)
    .where(GRANT.c.id.in_(_IDS))
)


def load_standings(connection: Connection, today: date, grant_ids: Sequence[int]) -> list[GrantStanding]:
    """Return the standing of the grants on a day, in the order of the ids."""
    standings = []
    for ids in in_batches(grant_ids):
        standings += _load_chunk(connection, today, ids)
    return standings


def _load_chunk(connection: Connection, today: date, grant_ids: Sequence[int]) -> list[GrantStanding]:
    given = {"ids": list(grant_ids)}
    parts = _load_instalments(connection, grant_ids)
    rows = {row.id: row for row in connection.execute(_GRANTS, given | {"today": today})}
    holders = {row.id: row for row in connection.execute(_HOLDERS, given)}
    behind_funder = [row.id for row in rows.values() if row.is_late and row.ball_with == FUNDER]
    late = _load_late(connection, today, behind_funder)
    funders: dict[int, list[AnyRow]] = defaultdict(list)
    for name in connection.execute(_FUNDERS, given):
        funders[name.id].append(name)
    standings = []
    for row in (rows[grant_id] for grant_id in grant_ids if grant_id in rows):
        next_step = holders.get(row.id)
        with_funder = row.ball_with == FUNDER
        person = next_step.name if next_step and next_step.owner_role == row.ball_with else None
        is_open = row.status == GrantStatus.OPEN
        standing = GrantStanding(
            reference=row.reference,
            title=row.title,
            phase=row.next_phase or row.status,
            next_step=row.next_step,
            due_on=row.next_due_on,
            slack_days=(row.next_due_on - today).days if row.next_due_on else None,
            ball_with=row.ball_with,
            at_risk=Money(row.at_risk_minor, row.currency),
            instalments=tuple(parts[row.id]),
            status=row.status,
            undated=tuple((step, name) for step, name in row.undated),
            quiet=row.quiet,
            stand=stand_of(row.ball_with, is_late=bool(row.is_late)) if is_open else ENDED,
            holder=name_on(funders[row.id], today) if with_funder else person or "",
            expected_on=next_step.expected_on if next_step else None,
            money=divide_award(row.award_minor, parts[row.id]),
        )
        ours = late.get(row.id)
        standings.append(standing if ours is None else _late_with_us(standing, ours, today))
    return standings


def _load_late(connection: Connection, today: date, grant_ids: Sequence[int]) -> Mapping[int, AnyRow]:
    """Return the step of ours that has been late longest in each of the grants, by their ids."""
    if not grant_ids:
        return {}
    given = {"ids": list(grant_ids), "today": today}
    return {row.grant_id: row for row in connection.execute(_LATE_OURS, given)}


def _late_with_us(standing: GrantStanding, step: AnyRow, today: date) -> GrantStanding:
    """Return a standing that names a late step of ours in place of the funder's."""
    return replace(
        standing,
        next_step=step.key,
        due_on=step.due_on,
        slack_days=(step.due_on - today).days,
        ball_with=step.owner_role,
        holder=step.name or "",
        expected_on=step.expected_on,
    )


def _load_instalments(
    connection: Connection, grant_ids: Sequence[int]
) -> Mapping[int, Sequence[InstalmentStanding]]:
    given = {"ids": list(grant_ids)}
    conditions: dict[int, list[AnyRow]] = defaultdict(list)
    for condition in connection.execute(_CONDITIONS, given):
        conditions[condition.instalment_id].append(condition)
    expected = {
        (step.grant_id, step.instalment): step.expected_on
        for step in connection.execute(_EXPECTED, given)
        if step.kind == StepKind.PAYMENT
    }
    by_grant: dict[int, list[InstalmentStanding]] = defaultdict(list)
    for row in connection.execute(_PARTS, given):
        # A released one also shows what it waits for: an approval withdrawn since then keeps its claim.
        missing = () if row.status in CLAIMED_OR_PAID else find_missing_conditions(conditions[row.id])
        standing = InstalmentStanding(
            number=row.number,
            amount_minor=find_stated_minor(
                row.amount_minor, row.claimed_minor, no_more=row.no_more_why is not None
            ),
            paid_minor=row.paid_minor,
            currency=row.currency,
            status=row.status,
            missing=tuple(step.key for step in missing),
            expected_on=expected.get((row.grant_id, row.number)) if row.paid_minor is not None else None,
            no_more_why=row.no_more_why,
        )
        by_grant[row.grant_id].append(standing)
    return by_grant
