"""Sum the open grants up and pick the tightest, at a cost that a page can bear whatever their number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, Select, func, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus
from tasks.overview.status import GrantStanding, standings
from tasks.store.database import reading
from tasks.wording.standing_words import next_titles
from tasks.wording.words import Speaker

_GRANT, _STEP, _INSTALMENT = table_of(Grant), table_of(Step), table_of(Instalment)
# What a page still shows at once; `grants status` has the rest.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class PortfolioFigures:
    """The open grants in figures, and where the tightest of them stand.

    `unpaid_minor` is by currency, in minor units; `releasable` counts instalments that wait for two people;
    `titles` names the next steps, by reference and step key.
    """

    open_grants: int
    late: int
    releasable: int
    unpaid_minor: dict[str, int]
    tightest: tuple[GrantStanding, ...]
    titles: dict[tuple[str, str], str]


def portfolio_figures(engine: Engine, today: date, say: Speaker) -> PortfolioFigures:
    """Return the figures of all open grants and the standing of the `MOST_LINES` that are due first.

    What needs somebody comes first: late ones, the latest on top, then parts that two people are to release.
    """
    with reading(engine) as connection:
        open_grants = _count(connection, select(_GRANT.c.id).where(_GRANT.c.status == GrantStatus.OPEN))
        late = _count(connection, _first_due().having(func.min(_STEP.c.due_on) < today))
        releasable = _count(
            connection, _instalments().where(_INSTALMENT.c.status == InstalmentStatus.RELEASABLE)
        )
        unpaid = (
            _instalments()
            .with_only_columns(
                _GRANT.c.currency,
                func.sum(_INSTALMENT.c.amount_minor - func.coalesce(_INSTALMENT.c.paid_minor, 0)),
            )
            .where(_INSTALMENT.c.no_more_why.is_(None))
            .group_by(_GRANT.c.currency)
        )
        unpaid_minor = {currency: int(total) for currency, total in connection.execute(unpaid) if total}
        first = func.min(_STEP.c.due_on)
        tight = _first_due().order_by(first.is_(None), first, _GRANT.c.reference).limit(MOST_LINES)
        references = [str(reference) for reference in connection.execute(tight).scalars()]
        tightest = sorted(standings(connection, today, references), key=_calls)
        titles = next_titles(connection, references, say)
    return PortfolioFigures(open_grants, late, releasable, unpaid_minor, tuple(tightest), titles)


def _calls(standing: GrantStanding) -> tuple[bool, bool]:
    """Return the rank of a grant by what it needs; the sort keeps the order of the due dates within it."""
    late = standing.slack_days is not None and standing.slack_days < 0
    return not late, not any(part.status == InstalmentStatus.RELEASABLE for part in standing.instalments)


def _first_due() -> Select[tuple[str]]:
    return (
        select(_GRANT.c.reference)
        .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
        .where(_GRANT.c.status == GrantStatus.OPEN, _STEP.c.status.in_(UNSETTLED))
        .group_by(_GRANT.c.id, _GRANT.c.reference)
    )


def _instalments() -> Select[tuple[int]]:
    return (
        select(_INSTALMENT.c.id)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(_GRANT.c.status == GrantStatus.OPEN)
    )


def _count(connection: Connection, rows: Select[tuple[str]] | Select[tuple[int]]) -> int:
    return connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
