"""Forecast what of a grant will be unspent on its last day, from what its periodic reports say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, select

from models.facts.money import Forecast
from models.programme.plan import Programme
from models.rules.money.forecast import Pace, decide_forecast
from models.rules.money.shares import share_of
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Answer, Step
from models.vocabulary import AnswerKind, StepKind, StepStatus
from tasks.commands.sums.spending import add_up_answers
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes

_GRANT, _STEP, _ANSWER = (table_of(one) for one in (Grant, Step, Answer))
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_DAYS = ("until_on", "ends_on")
_GRANTS = select(
    *(
        _GRANT.c[name]
        for name in ("id", "currency", "programme_id", "award_minor", "period_start_on", "period_end_on")
    )
).where(_GRANT.c.id.in_(_IDS), _GRANT.c.award_minor > 0, _GRANT.c.period_start_on.is_not(None))
_REPORTED = (
    select(
        *(_STEP.c[name] for name in ("id", "grant_id", "template_key", "period_start_on", "period_end_on")),
        _ANSWER.c.data,
    )
    .join(_ANSWER, and_(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind == AnswerKind.DONE))
    .where(
        _STEP.c.grant_id.in_(_IDS),
        _STEP.c.status.in_((StepStatus.DONE, StepStatus.APPROVED)),
        _STEP.c.period_end_on.is_not(None),
    )
    .order_by(_STEP.c.position, _STEP.c.id, _ANSWER.c.id)
)


def forecasts_of(connection: Connection, grants: Collection[int], today: date) -> dict[int, Forecast]:
    """Return the forecasts, by the grants' ids, of those in which money will be left at the pace so far."""
    ids = {"ids": list(grants)}
    known = connection.execute(_GRANTS, ids).all() if grants else []
    programmes = load_programmes(connection, {row.programme_id for row in known}) if known else {}
    reported: dict[int, dict[int, AnyRow]] = defaultdict(dict)
    for row in connection.execute(_REPORTED, ids) if known else ():
        reported[row.grant_id][row.id] = row  # the last answer stands
    found = {}
    for grant in known:
        one = _forecast(grant, programmes[grant.programme_id], reported[grant.id], today)
        if one is not None:
            found[grant.id] = one
    return found


def _forecast(
    grant: AnyRow, programme: Programme, reported: Mapping[int, AnyRow], today: date
) -> Forecast | None:
    names, part = spending_asked(programme)
    given = {name: [*_answered(name, reported)] for name in names}
    steps = {step_id for told in given.values() for step_id, _ in told}
    if not steps or grant.period_end_on is None:
        return None
    spent = add_up_answers(programme, given, grant.currency)
    periods = {(reported[one].period_start_on, reported[one].period_end_on) for one in steps}
    pace = Pace(
        spent if part is None else share_of(spent, part),
        grant.award_minor,
        grant.currency,
        periods,
        grant.period_start_on,
        grant.period_end_on,
    )
    return decide_forecast(pace, today)


def _answered(name: str, reported: Mapping[int, AnyRow]) -> Iterator[tuple[int, Mapping[str, object]]]:
    step, _, question = name.partition(".")
    for row in reported.values():
        if row.template_key == step and (row.data or {}).get(question) is not None:
            yield row.id, row.data


def spending_asked(programme: Programme) -> tuple[list[str], Fraction | None]:
    """Return which questions of periodic reports say what was spent, and the part of it that is the funder's.

    They are those by which the programme asks money back; where it names none, the first sum that such a report asks.
    """
    periodic = [rule for rule in programme.steps if rule.each is not None and rule.kind is StepKind.REPORT]
    keys = {rule.key for rule in periodic}
    back = next((rule.repays for rule in programme.steps if rule.repays is not None), None)
    named = [one.text for one in back.asks if one.step in keys] if back is not None else []
    sums = (f"{rule.key}.{one.key}" for rule in periodic for one in rule.questions if one.kind == "money")
    return named or [*sums][:1], back.part if back is not None else None


def note_forecast(one: Forecast) -> dict[str, Any]:
    """Return a forecast as a notice and the journal keep it."""
    noted = asdict(one) | {"about_minor": one.about_minor}
    return noted | {name: noted[name].isoformat() for name in _DAYS}


def read_forecast(noted: Mapping[str, Any]) -> Forecast | None:
    """Return the forecast that was noted; None for a notice of anything else."""
    if "of_days" not in noted:
        return None
    days = {name: date.fromisoformat(noted[name]) for name in _DAYS}
    return Forecast(**{name: noted[name] for name in Forecast.__slots__} | days)
