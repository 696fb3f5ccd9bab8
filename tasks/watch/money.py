"""Read the sums of grants and instalments, and what stands behind the money that is out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, exists, func, or_, select

from models.message import Remark
from models.rules.money.gate import waited_for
from models.rules.watch import findings as auditor
from models.rules.watch.findings import Finding, FindingKind
from models.rules.watch.messages import Watched
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from models.vocabulary import OUT, UNSETTLED, GrantStatus, StepKind, StepStatus
from tasks.store.rows import shape_rows

_GRANT, _STEP, _INSTALMENT = table_of(Grant), table_of(Step), table_of(Instalment)
_CONDITION, _JOURNAL = table_of(InstalmentCondition), table_of(JournalEvent)


@dataclass(frozen=True, slots=True)
class Condition:
    """A step that an instalment waits for."""

    instalment_id: int
    key: str
    status: StepStatus


def unstated_sums(connection: Connection) -> list[Finding]:
    """Return the instalments of awarded grants whose sum no decision states: nobody is asked to claim them."""
    rows = connection.execute(
        select(_GRANT.c.reference, _INSTALMENT.c.number)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(
            _GRANT.c.status == GrantStatus.OPEN,
            _GRANT.c.award_minor.is_not(None),
            _INSTALMENT.c.amount_minor.is_(None),
            _INSTALMENT.c.share.startswith("at most "),
        )
        .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
    )
    return [
        Finding(
            FindingKind.DATE_MISSING,
            _instalment(reference, number),
            Watched.SUM_UNKNOWN(),
        )
        for reference, number in rows
    ]


def money_amiss(connection: Connection) -> list[Finding]:
    """Return the sums that do not add up, the rests that nobody waits for, and what left without its conditions."""
    return [
        *auditor.wrong_sums(_money(connection)),
        *auditor.unwatched_rests(_part_paid(connection)),
        *auditor.wrong_releases(_released(connection)),
    ]


def _money(connection: Connection) -> list[auditor.Money]:
    """Return the sums of the grants whose instalments are not the award, or that were paid more."""
    total = func.coalesce(func.sum(_INSTALMENT.c.amount_minor), 0)
    paid = func.coalesce(func.sum(_INSTALMENT.c.paid_minor), 0)
    sums = (
        select(_GRANT.c.reference, _GRANT.c.award_minor, total, func.count(_INSTALMENT.c.id), paid)
        .join(_INSTALMENT, _INSTALMENT.c.grant_id == _GRANT.c.id)
        .where(_GRANT.c.award_minor.is_not(None))
        .group_by(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.award_minor)
        .having(or_(total != _GRANT.c.award_minor, paid > _GRANT.c.award_minor))
        .order_by(_GRANT.c.reference)
    )
    return [
        auditor.Money(reference, award, int(parts), count, int(came))
        for reference, award, parts, count, came in connection.execute(sums)
    ]


def _part_paid(connection: Connection) -> list[auditor.PartPaid]:
    """Return the instalments with a step for their payment that came in part, where nobody said that no more comes."""
    settled = func.min(case((_STEP.c.status.in_(UNSETTLED), 0), else_=1))
    parts = (
        select(
            _GRANT.c.reference,
            _INSTALMENT.c.number,
            _INSTALMENT.c.amount_minor,
            _INSTALMENT.c.paid_minor,
            settled,
        )
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .join(_STEP, (_STEP.c.grant_id == _GRANT.c.id) & (_STEP.c.instalment == _INSTALMENT.c.number))
        .where(
            _STEP.c.kind == StepKind.PAYMENT,
            _INSTALMENT.c.paid_minor < _INSTALMENT.c.amount_minor,
            _INSTALMENT.c.no_more_why.is_(None),
            _GRANT.c.status.in_((GrantStatus.OPEN, GrantStatus.CLOSED)),
        )
        .group_by(_INSTALMENT.c.id, _GRANT.c.reference)
        .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
    )
    return [
        auditor.PartPaid(_instalment(reference, number), amount - paid, not over)
        for reference, number, amount, paid, over in connection.execute(parts)
    ]


def _released(connection: Connection) -> list[auditor.Released]:
    recovering = exists().where(_STEP.c.grant_id == _INSTALMENT.c.grant_id, _STEP.c.kind == StepKind.RECOVERY)
    left = (
        select(_GRANT.c.reference, _INSTALMENT, recovering.label("recovering"))
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(_INSTALMENT.c.conditional, _INSTALMENT.c.status.in_(OUT))
        .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
    )
    conditions: dict[int, list[Condition]] = defaultdict(list)
    found = connection.execute(
        select(_CONDITION.c.instalment_id, _STEP.c.key, _STEP.c.status)
        .join(_STEP, _STEP.c.id == _CONDITION.c.step_id)
        .join(_INSTALMENT, _INSTALMENT.c.id == _CONDITION.c.instalment_id)
        .where(_INSTALMENT.c.status.in_(OUT), ~_came_back())
        .order_by(_STEP.c.position, _STEP.c.id)
    )
    for condition in shape_rows(Condition, found):
        conditions[condition.instalment_id].append(condition)
    return [
        auditor.Released(
            where=_instalment(row["reference"], row["number"]),
            conditions=len(conditions[row["id"]]),
            missing=tuple(
                one.key for one in waited_for(conditions[row["id"]]) if one.status != StepStatus.APPROVED
            ),
            requested_by_id=row["requested_by_id"],
            confirmed_by_id=row["confirmed_by_id"],
            recovering=bool(row["recovering"]),
        )
        for row in connection.execute(left).mappings()
    ]


def _came_back() -> ColumnElement[bool]:
    """Return whether a condition is of a period that the grant did not have when the instalment was released."""
    gone, back = _JOURNAL.alias(), _JOURNAL.alias()
    cancelled = gone.c.step_id == _STEP.c.id, gone.c.event == "step_cancelled"
    planned = back.c.step_id == _STEP.c.id, back.c.event == "step_planned"
    shorter = gone.c.on <= _INSTALMENT.c.released_on, back.c.on >= _INSTALMENT.c.released_on
    still = (
        _STEP.c.status.in_(UNSETTLED),
        gone.c.grant_id == _STEP.c.grant_id,
        back.c.grant_id == _STEP.c.grant_id,
    )
    return exists().where(*cancelled, *planned, *shorter, back.c.id > gone.c.id, *still)


def _instalment(reference: str, number: int) -> Remark:
    return Watched.INSTALMENT(reference=reference, number=number)
