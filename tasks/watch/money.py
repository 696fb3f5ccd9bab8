"""Find sums of grants and instalments that do not add up, are not stated, or that nobody waits for."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from models.message import Remark
from models.rules.watch.findings import Finding, FindingKind
from models.rules.watch.messages import Watched
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, StepKind
from tasks.store.programmes import load_programmes

_GRANT, _STEP, _INSTALMENT = table_of(Grant), table_of(Step), table_of(Instalment)


def unstated_sums(connection: Connection, grants: ColumnElement[bool]) -> list[Finding]:
    """Return the instalments of awarded grants whose sum no decision states: nobody is asked to claim them."""
    rows = connection.execute(
        select(_GRANT.c.reference, _INSTALMENT.c.number)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(
            grants,
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
            reference,
        )
        for reference, number in rows
    ]


def wrong_sums(connection: Connection, grants: ColumnElement[bool]) -> list[Finding]:
    """Return the grants whose instalments are not the award, or that were paid more than it.

    Where the funder pays what was claimed or spent, the instalments may be less than the award.
    """
    total = func.coalesce(func.sum(_INSTALMENT.c.amount_minor), 0)
    paid = func.coalesce(func.sum(_INSTALMENT.c.paid_minor), 0)
    sums = (
        select(_GRANT.c.reference, _GRANT.c.programme_id, _GRANT.c.award_minor, total, paid)
        .join(_INSTALMENT, _INSTALMENT.c.grant_id == _GRANT.c.id)
        .where(grants, _GRANT.c.award_minor.is_not(None))
        .group_by(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.programme_id, _GRANT.c.award_minor)
        .having(or_(total != _GRANT.c.award_minor, paid > _GRANT.c.award_minor))
        .order_by(_GRANT.c.reference)
    )
    found: list[Finding] = []
    rows = connection.execute(sums).all()
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    for reference, programme, award, parts, came in rows:
        of_claims = any(rule.of_claims for rule in programmes[programme].instalments)
        if parts > award or (parts < award and not of_claims):
            why = Watched.SUM_OFF(sum=int(parts), award=award)
            found.append(Finding(FindingKind.SUM_WRONG, reference, why, reference))
        if came > award:
            why = Watched.PAID_OFF(sum=int(came), award=award)
            found.append(Finding(FindingKind.PAID_TOO_MUCH, reference, why, reference))
    return found


def unwatched_rests(connection: Connection, grants: ColumnElement[bool]) -> list[Finding]:
    """Return the instalments whose rest nobody is asked for, though nobody said that no more comes."""
    unsettled = func.min(case((_STEP.c.status.in_(UNSETTLED), 0), else_=1)) == 0
    parts = (
        select(_GRANT.c.reference, _INSTALMENT.c.number, _INSTALMENT.c.amount_minor, _INSTALMENT.c.paid_minor)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .join(_STEP, (_STEP.c.grant_id == _GRANT.c.id) & (_STEP.c.instalment == _INSTALMENT.c.number))
        .where(
            grants,
            _STEP.c.kind == StepKind.PAYMENT,
            _INSTALMENT.c.paid_minor < _INSTALMENT.c.amount_minor,
            _INSTALMENT.c.no_more_why.is_(None),
            _GRANT.c.status.in_((GrantStatus.OPEN, GrantStatus.CLOSED)),
        )
        .group_by(_INSTALMENT.c.id, _GRANT.c.reference)
        .having(~unsettled)
        .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
    )
    return [
        Finding(
            FindingKind.REST_UNWATCHED,
            _instalment(reference, number),
            Watched.PART_NOT_COME(sum=amount - paid),
            reference,
        )
        for reference, number, amount, paid in connection.execute(parts)
    ]


def _instalment(reference: str, number: int) -> Remark:
    return Watched.INSTALMENT(reference=reference, number=number)
