"""Sum the portfolio up and put its grants in order, as fast for ten thousand grants as for ten."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy import Connection, func, select

from models.columns import table_of
from models.grant import Grant
from models.instalment import Instalment
from models.journal import JournalEvent
from models.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus

_GRANT, _STEP, _INSTALMENT = table_of(Grant), table_of(Step), table_of(Instalment)
_EVENT = table_of(JournalEvent)


@dataclass(frozen=True, slots=True)
class PortfolioIndex:
    """The portfolio's figures, and every grant's reference: open ones by next due date, then the others.

    `unpaid_minor` is by currency, in minor units, of the open grants.
    """

    open_grants: int
    late: int
    with_funder: int
    unpaid_minor: tuple[tuple[str, int], ...]
    references: tuple[str, ...]


class IndexKeeper:
    """Keeps the index until something has changed.

    Every change writes the journal in its own transaction, so the journal's last id tells whether there was one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[tuple[int | None, int, date], PortfolioIndex] | None = None

    def get(self, connection: Connection, today: date) -> PortfolioIndex:
        """Return the index as of the open transaction."""
        last, grants = connection.execute(
            select(
                select(func.max(_EVENT.c.id)).scalar_subquery(),
                select(func.count()).select_from(_GRANT).scalar_subquery(),
            )
        ).one()
        wanted = (last, grants, today)
        with self._lock:
            kept = self._kept
        if kept is not None and kept[0] == wanted:
            return kept[1]
        index = _read(connection, today)
        with self._lock:
            self._kept = (wanted, index)
        return index


def _read(connection: Connection, today: date) -> PortfolioIndex:
    following = _next_steps(connection)
    entries = []
    figures: Counter[str] = Counter()
    for grant_id, reference, status in connection.execute(
        select(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.status)
    ):
        due_on, with_funder = following.get(grant_id, (None, False))
        is_open = status == GrantStatus.OPEN
        entries.append((not is_open, due_on is None, due_on or today, reference))
        if is_open:
            figures["open"] += 1
            figures["late"] += due_on is not None and due_on < today
            figures["with_funder"] += with_funder
    return PortfolioIndex(
        figures["open"],
        figures["late"],
        figures["with_funder"],
        _unpaid(connection),
        tuple(reference for *_, reference in sorted(entries)),
    )


def _next_steps(connection: Connection) -> dict[int, tuple[date | None, bool]]:
    """Return each grant's next step: its due date, and whether the funder has the ball."""
    order = (_STEP.c.due_on.is_(None), _STEP.c.due_on, _STEP.c.position)
    ranked = (
        select(
            _STEP.c.grant_id,
            _STEP.c.due_on,
            _STEP.c.with_funder,
            func.row_number().over(partition_by=_STEP.c.grant_id, order_by=order).label("place"),
        )
        .where(_STEP.c.status.in_(UNSETTLED))
        .subquery()
    )
    first = select(ranked.c.grant_id, ranked.c.due_on, ranked.c.with_funder).where(ranked.c.place == 1)
    return {grant_id: (due_on, with_funder) for grant_id, due_on, with_funder in connection.execute(first)}


def _unpaid(connection: Connection) -> tuple[tuple[str, int], ...]:
    rows = connection.execute(
        select(_GRANT.c.currency, func.sum(_INSTALMENT.c.amount_minor))
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(_GRANT.c.status == GrantStatus.OPEN, _INSTALMENT.c.status != InstalmentStatus.PAID)
        .group_by(_GRANT.c.currency)
        .order_by(_GRANT.c.currency)
    )
    return tuple((currency, int(total)) for currency, total in rows if total)
