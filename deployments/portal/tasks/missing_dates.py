"""Find the dates that a decision should have given and did not, and the steps that wait for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, Connection, bindparam, select

from models.programme.plan import Programme
from models.tables.columns import table_of
from models.tables.grant import Decision
from models.vocabulary import DecisionKind
from tasks.store.programmes import load_programme, load_programmes
from tasks.store.queries import HOLDS

_DECISION = table_of(Decision)
_GRANTS: BindParameter[list[int]] = bindparam("grants", expanding=True)
_DECIDED = select(*(_DECISION.c[name] for name in ("grant_id", "kind", "dates"))).where(
    _DECISION.c.grant_id.in_(_GRANTS), HOLDS
)


@dataclass(frozen=True, slots=True)
class StepOfGrant:
    """A step, with what says which dates it counts from."""

    step_id: int
    grant_id: int
    programme_id: int
    template_key: str
    due_on: date | None


def dates_to_ask(connection: Connection, rows: Iterable[StepOfGrant]) -> dict[int, tuple[str, ...]]:
    """Return the names of the dates that undated steps of awarded grants wait for, by the steps' ids."""
    undated = [row for row in rows if row.due_on is None]
    # Once for each kind of step: who takes part in every grant has thousands of them.
    kinds = {(row.programme_id, row.template_key) for row in undated}
    programmes = load_programmes(connection, {programme for programme, _ in kinds})
    wanted = {kind: wanted_by(programmes[kind[0]], kind[1]) for kind in kinds}
    waiting = {
        row.step_id: (row.grant_id, names)
        for row in undated
        if (names := wanted[row.programme_id, row.template_key])
    }
    if not waiting:
        return {}
    given: dict[int, set[str]] = {}
    awarded = set()
    for one in connection.execute(_DECIDED, {"grants": list({grant for grant, _ in waiting.values()})}).all():
        given.setdefault(one.grant_id, set()).update(one.dates)
        if one.kind == DecisionKind.AWARD:
            awarded.add(one.grant_id)
    found = {
        step: tuple(name for name in names if name not in given[grant])
        for step, (grant, names) in waiting.items()
        if grant in awarded
    }
    return {step: names for step, names in found.items() if names}


def has_given_date(connection: Connection, person_id: int, step: StepOfGrant) -> bool:
    """Return whether the person recorded a decision that gives a date that the step counts from."""
    names = wanted_by(load_programme(connection, step.programme_id), step.template_key)
    recorded = select(_DECISION.c.dates).where(
        _DECISION.c.grant_id == step.grant_id, _DECISION.c.recorded_by_id == person_id, HOLDS
    )
    return bool(names) and any(
        name in dates for dates in connection.execute(recorded).scalars() for name in names
    )


def wanted_by(programme: Programme, template_key: str) -> tuple[str, ...]:
    """Return the dates of a decision that the programme wants and that a step counts from."""
    rule = next((one for one in programme.steps if one.key == template_key), None)
    wanted = {name for name, one in programme.dates.items() if one.given_by == "decision" and one.required}
    return tuple(name for name in rule.day_names if name in wanted) if rule is not None else ()
