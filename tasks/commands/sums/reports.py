"""Tell from a grant's reports what is spent of the money that came, and forecast what its last day finds unspent."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, or_, select
from sqlmodel import col
from sqlmodel import select as select_models

from models.facts.money import Forecast, Unspent
from models.programme.names import UNSPENT
from models.programme.plan import Programme
from models.rules.answers.spent import (
    add_up_answers,
    period_spending_asked,
    rate_of,
    repayment_rule,
    spending_asked,
)
from models.rules.money.shares import funded, least_repaid, share_of
from models.rules.money.spending import Pace, decide_forecast
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.money import Instalment
from models.tables.step import Answer, Step
from models.vocabulary import AnswerKind, StepStatus
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes
from tasks.store.queries import HOLDS, load_models

_INSTALMENT, _STEP, _ANSWER, _DECISION = (table_of(one) for one in (Instalment, Step, Answer, Decision))
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_GRANTS = select_models(Grant).where(col(Grant.id).in_(_IDS))
_CAME = (
    select(_INSTALMENT.c.grant_id, func.sum(_INSTALMENT.c.paid_minor).label("minor"))
    .where(_INSTALMENT.c.grant_id.in_(_IDS), _INSTALMENT.c.paid_minor > 0)
    .group_by(_INSTALMENT.c.grant_id)
)
_REPORTED = (
    select(
        *(_STEP.c[name] for name in ("id", "grant_id", "template_key", "period_start_on", "period_end_on")),
        _STEP.c.status,
        _ANSWER.c.data,
        _ANSWER.c.kind,
    )
    .outerjoin(
        _ANSWER,
        and_(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind.in_((AnswerKind.DONE, AnswerKind.NOTHING))),
    )
    .where(_STEP.c.grant_id.in_(_IDS), _STEP.c.status.not_in((StepStatus.SKIPPED, StepStatus.CANCELLED)))
    .order_by(_STEP.c.position, _STEP.c.id, _ANSWER.c.id)
)
_REPAID = (
    select(_STEP.c.grant_id, func.sum(_STEP.c.repays_minor).label("minor"))
    .where(
        _STEP.c.grant_id.in_(_IDS),
        or_(
            _STEP.c.status == StepStatus.DONE,
            and_(_STEP.c.template_key == UNSPENT, _STEP.c.status != StepStatus.CANCELLED),
        ),
        _STEP.c.repays_minor > 0,
    )
    .group_by(_STEP.c.grant_id)
)
_STATED = (
    select(_DECISION.c.grant_id, _DECISION.c.instalments)
    .where(_DECISION.c.grant_id.in_(_IDS), HOLDS)
    .order_by(_DECISION.c.decided_on, _DECISION.c.id)
)
_DAYS = ("until_on", "ends_on")


@dataclass(frozen=True, slots=True)
class _Reported:
    """A grant and the last answers of its steps, by the steps' ids, oldest first; `to_come` are those not answered."""

    grant: Grant
    programme: Programme
    steps: Mapping[int, AnyRow]
    to_come: Collection[str]

    def answers_to(self, name: str) -> list[tuple[int, Mapping[str, object]]]:
        """Return the answers of the steps that ask STEP.QUESTION, or take the last period of one in."""
        key = name.partition(".")[0]
        asking = (key, self.programme.step(key).fold_last_into)
        return [(one.id, one.data or {}) for one in self.steps.values() if one.template_key in asking]

    def says_all(self, names: Collection[str]) -> bool:
        """Return whether each step that asks STEP.QUESTION is answered, and says it, or that it has nothing to report.

        One that was brought in as done says nothing.
        """
        for name in names:
            key, _, question = name.partition(".")
            asking = {key, self.programme.step(key).fold_last_into}
            if not asking.isdisjoint(self.to_come):
                return False
            answered = [one for one in self.steps.values() if one.template_key in asking]
            if not answered or any(
                (one.data or {}).get(question) is None and one.kind != AnswerKind.NOTHING for one in answered
            ):
                return False
        return bool(names)


def _load(connection: Connection, grants: Collection[int]) -> list[_Reported]:
    ids = {"ids": list(grants)}
    known = load_models(connection, _GRANTS, ids) if grants else []
    programmes = load_programmes(connection, {row.programme_id for row in known}) if known else {}
    steps: dict[int, dict[int, AnyRow]] = defaultdict(dict)
    to_come: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(_REPORTED, ids) if known else ():
        if row.status in (StepStatus.DONE, StepStatus.APPROVED):
            steps[row.grant_id][row.id] = row  # the last answer stands
        else:
            to_come[row.grant_id].add(row.template_key)
    return [
        _Reported(one, programmes[one.programme_id], steps[one.id or 0], to_come[one.id or 0])
        for one in known
    ]


def unspent_of(connection: Connection, grants: Collection[int]) -> dict[int, Unspent]:
    """Return what came and what is reported as spent, by the ids of those grants whose reports have all said it."""
    return {key: one for key, one in spent_of(connection, grants).items() if one.is_whole}


def spent_of(connection: Connection, grants: Collection[int]) -> dict[int, Unspent]:
    """Return what came and what is reported as spent so far, by the grants' ids.

    What is spent is what the programme's repayment goes by, or where it has none, once all is reported, the costs that
    its reports ask for. A grant in which nobody has reported any spending yet is left out.
    """
    ids = {"ids": list(grants)}
    came, repaid = (
        {row.grant_id: int(row.minor) for row in connection.execute(query, ids)} if grants else {}
        for query in (_CAME, _REPAID)
    )
    reported = _load(connection, grants)
    rated = [one.grant.id for one in reported if one.programme.rate_of is not None]
    stated = connection.execute(_STATED, {"ids": rated}).all() if rated else []
    found = {}
    for one in reported:
        key = one.grant.id or 0
        said = (row.instalments or {} for row in stated if row.grant_id == key)
        spent = _spent(one, came.get(key, 0), rate_of(one.programme, said))
        if spent is not None:
            found[key] = replace(spent, repaid_minor=repaid.get(key, 0))
    return found


def _spent(one: _Reported, came: int, rate: Fraction | None) -> Unspent | None:
    """Return what is spent of what came; None where no spending is reported yet, or at no rate that is known."""
    rule, currency = repayment_rule(one.programme), one.grant.currency
    names = spending_asked(one.programme)
    given = {name: one.answers_to(name) for name in names}
    is_whole = one.says_all(names)
    is_told = any(data for told in given.values() for _, data in told)
    costs = add_up_answers(one.programme, given, currency)
    if rule is None:
        # Nothing says how a part would be counted: it is told once all is reported.
        return Unspent(costs, came, currency) if is_whole else None
    if not is_whole and not is_told:
        return None
    spent = funded(rule, costs, rate)
    if spent is None:
        return None
    is_share, least = rule.rate or rule.part is not None, least_repaid(rule, currency)
    return Unspent(spent, came, currency, of_share=is_share, least_minor=least, is_whole=is_whole)


def forecasts_of(
    connection: Connection, grants: Collection[int], today: date, until_on: date | None = None
) -> dict[int, Forecast]:
    """Return the forecasts, by the grants' ids, of those in which money will be left at the pace so far.

    `until_on` leaves out what is reported of later days: as the report of a period has it.
    """
    found = {one.grant.id or 0: _forecast(one, today, until_on) for one in _load(connection, grants)}
    return {grant_id: one for grant_id, one in found.items() if one is not None}


def _forecast(one: _Reported, today: date, until_on: date | None) -> Forecast | None:
    grant, rule = one.grant, repayment_rule(one.programme)
    names = period_spending_asked(one.programme)
    given = {name: _of_periods(one, name, until_on or date.max) for name in names}
    steps = {step_id for told in given.values() for step_id, _ in told}
    first_on, last_on = grant.period_start_on, grant.period_end_on
    if not steps or not grant.award_minor or first_on is None or last_on is None:
        return None
    spent = add_up_answers(one.programme, given, grant.currency)
    periods = {(one.steps[step].period_start_on, one.steps[step].period_end_on) for step in steps}
    if rule is not None and rule.part is not None:
        spent = share_of(spent, rule.part)
    return decide_forecast(Pace(spent, grant.award_minor, grant.currency, periods, first_on, last_on), today)


def _of_periods(one: _Reported, name: str, until_on: date) -> list[tuple[int, Mapping[str, object]]]:
    """Return the answers to STEP.QUESTION that are about a period which ended by a day."""
    question = name.partition(".")[2]
    return [
        (step, data)
        for step, data in one.answers_to(name)
        if data.get(question) is not None
        if (ended_on := one.steps[step].period_end_on) is not None and ended_on <= until_on
    ]


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
