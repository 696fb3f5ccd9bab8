"""Where each grant stands: phase, next step, slack, who has the ball, and the money at risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Select, select

from models.errors import UnknownReference
from models.reading.reference import natural_order
from models.rules.money.at_risk import at_risk_minor
from models.rules.steps.next import ball_with, undated
from models.vocabulary import InstalmentStatus, StepKind
from tasks.overview.queries import (
    DIGESTS,
    GRANTS,
    GRANTS_OF,
    MISSING,
    MISSING_OF,
    PARTS,
    PARTS_OF,
    UNSETTLED_STEPS,
    UNSETTLED_STEPS_OF,
    VERSION,
)
from tasks.store.database import AnyRow, reading


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in minor units of a currency."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class InstalmentStanding:
    """An instalment, with what came of it; `missing` are the condition steps that do not stand approved.

    Of one that came in part, `expected_on` is when the rest is expected, `no_more_why` why no more comes.
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
    """Where a grant is. `slack_days` is the time to the next due date, negative when it is late.

    `at_risk` is what the funder has not paid yet of the award, or what a late step could cost of it if that is more.
    `ball_with` is "funder" or a role. `undated` are the steps of an awarded grant that wait for a date or sum which no
    decision gives, each with its name: nobody is reminded of them.
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

    def as_json(self) -> dict[str, Any]:
        """Return the standing as plain JSON values: what `grants status --json` promises, and no more."""
        found = asdict(self)
        del found["status"]
        found["due_on"] = self.due_on.isoformat() if self.due_on else None
        found["undated"] = [{"step": step, "date": name} for step, name in found["undated"]]
        found["instalments"] = [{**part, "missing": list(part["missing"])} for part in found["instalments"]]
        return found


def portfolio(engine: Engine, today: date, reference: str | None = None) -> list[GrantStanding]:
    """Return the standing of all grants, or of one: latest first in trouble, then by due date and reference.

    Raises UnknownReference when the one is not there.
    """
    with reading(engine) as connection:
        found = standings(connection, today, None if reference is None else [reference])
    if reference is not None and not found:
        raise UnknownReference(reference)
    return found


def standings(
    connection: Connection, today: date, references: Collection[str] | None = None
) -> list[GrantStanding]:
    """Return the standing of all grants, or of those among the references, in the order of `portfolio`."""
    if references is None:
        grants, ids = connection.execute(GRANTS).all(), None
    else:
        grants = connection.execute(GRANTS_OF, {"references": list(references)}).all()
        ids = [grant.id for grant in grants]
    steps = _next_steps(connection, ids)
    instalments = _instalments(connection, ids)
    terms = _terms(connection, {grant.programme_id for grant in grants})
    found = [
        _standing(grant, steps.get(grant.id, []), instalments[grant.id], terms[grant.programme_id], today)
        for grant in grants
    ]
    return sorted(
        found, key=lambda row: (row.due_on is None, row.due_on or today, natural_order(row.reference))
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a programme says of its steps: the largest part of the award that each costs late, and the dates awaited."""

    costs: Mapping[str, str]
    awaits: Mapping[str, str]


def _terms(connection: Connection, programme_ids: Collection[int]) -> dict[int, _Terms]:
    """Return, by programme, what it says of its steps.

    The file is read as it was stored: a status that parsed whole programmes would keep people waiting.
    """
    found = {}
    for version_id, digest in connection.execute(DIGESTS, {"ids": list(programme_ids)}).all():
        if digest not in _known:
            query = select(VERSION.c.body).where(VERSION.c.id == version_id)
            body = connection.execute(query).scalar_one()
            costs = {step["key"]: step["late"][-1]["loses"] for step in body["steps"] if step.get("late")}
            _known[digest] = _Terms(costs, _awaited_dates(body))
        found[version_id] = _known[digest]
    return found


# Versions never change: what one says, by its hash, is read once a process.
_known: dict[str, _Terms] = {}


def _awaited_dates(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the steps that count from a date which a decision must give, each with the first such date."""
    dates = body.get("dates", {}).items()
    wanted = {name for name, date in dates if date["given_by"] == "decision" and date.get("required", True)}
    found = {
        step["key"]: [name for name in _names_in(step["due"]) if name in wanted] for step in body["steps"]
    }
    return {key: names[0] for key, names in found.items() if names}


def _names_in(rule: object) -> Iterator[str]:
    if isinstance(rule, str):
        yield rule
    elif isinstance(rule, dict | list):
        for one in rule.values() if isinstance(rule, dict) else rule:
            yield from _names_in(one)


def _next_steps(connection: Connection, grant_ids: Collection[int] | None) -> dict[int, list[AnyRow]]:
    """Return each grant's unsettled steps: the dated ones by date, then the rest by position."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in _asked(connection, (UNSETTLED_STEPS, UNSETTLED_STEPS_OF), grant_ids):
        found[row.grant_id].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.due_on is None, row.due_on or date.max, row.position))
    return found


def _instalments(
    connection: Connection, grant_ids: Collection[int] | None
) -> dict[int, list[tuple[AnyRow, tuple[str, ...]]]]:
    waits: dict[int, list[str]] = defaultdict(list)
    for instalment_id, key in _asked(connection, (MISSING, MISSING_OF), grant_ids):
        waits[instalment_id].append(key)
    found: dict[int, list[tuple[AnyRow, tuple[str, ...]]]] = defaultdict(list)
    for row in _asked(connection, (PARTS, PARTS_OF), grant_ids):
        found[row.grant_id].append((row, tuple(waits[row.id])))
    return found


def _asked(
    connection: Connection, queries: tuple[Select[Any], Select[Any]], grant_ids: Collection[int] | None
) -> Sequence[AnyRow]:
    """Return the rows of the first query, which is for all grants, or else of the second."""
    whole, part = queries
    return (
        connection.execute(whole).all()
        if grant_ids is None
        else connection.execute(part, {"ids": list(grant_ids)}).all()
    )


# A released one shows what it waits for as well: an approval withdrawn since then keeps its claim.
_UNCLAIMED = (
    InstalmentStatus.PLANNED,
    InstalmentStatus.WITHHELD,
    InstalmentStatus.RELEASABLE,
    InstalmentStatus.RELEASED,
)


def _standing(
    grant: AnyRow,
    steps: Sequence[AnyRow],
    instalments: Sequence[tuple[AnyRow, tuple[str, ...]]],
    terms: _Terms,
    today: date,
) -> GrantStanding:
    rows = [row for row, _ in instalments]
    following = steps[0] if steps else None
    due_on = following.due_on if following else None
    awarded = grant.status == "open" and grant.award_minor is not None
    at_risk = at_risk_minor(grant, rows, steps, terms.costs)
    expected = {step.instalment: step.expected_on for step in steps if step.kind == StepKind.PAYMENT}
    parts = tuple(
        InstalmentStanding(
            row.number,
            row.amount_minor,
            row.paid_minor,
            grant.currency,
            row.status,
            missing if row.status in _UNCLAIMED else (),
            expected.get(row.number) if row.paid_minor is not None else None,
            row.no_more_why,
        )
        for row, missing in instalments
    )
    return GrantStanding(
        grant.reference,
        grant.title,
        following.phase if following else grant.status,
        following.key if following else None,
        due_on,
        (due_on - today).days if due_on else None,
        ball_with(following, rows),
        Money(at_risk, grant.currency),
        parts,
        grant.status,
        tuple(undated(steps, rows, terms.awaits)) if awarded else (),
    )
