"""Sum the portfolio up and put its grants in order, as fast for ten thousand grants as for ten."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, func, select, true

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

    def get(self, connection: Connection, today: date, seen: Any = None) -> PortfolioIndex:
        """Return the index as of the open transaction, of the grants with the ids `seen` (all when None).

        Only that of all grants is kept: of a part of them, it is quick.
        """
        if seen is not None:
            return _read(connection, today, _GRANT.c.id.in_(seen))
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
        index = _read(connection, today, true())
        with self._lock:
            self._kept = (wanted, index)
        return index


def _read(connection: Connection, today: date, seen: ColumnElement[bool]) -> PortfolioIndex:
    """Rank in the database: what comes back is a word and three flags a grant, in order."""
    following = _next_steps()
    is_open = _GRANT.c.status == GrantStatus.OPEN
    rows = connection.execute(
        select(
            _GRANT.c.reference,
            is_open.label("is_open"),
            func.coalesce(following.c.due_on < today, False).label("late"),
            func.coalesce(following.c.with_funder, False).label("with_funder"),
        )
        .outerjoin(following, (following.c.grant_id == _GRANT.c.id) & (following.c.place == 1))
        .where(seen)
        .order_by(is_open.desc(), following.c.due_on.is_(None), following.c.due_on, _GRANT.c.reference)
    ).all()
    figures = Counter((bool(late), bool(with_funder)) for _, open_, late, with_funder in rows if open_)
    return PortfolioIndex(
        open_grants=figures.total(),
        late=figures[True, True] + figures[True, False],
        with_funder=figures[True, True] + figures[False, True],
        unpaid_minor=_unpaid(connection, seen),
        references=tuple(row[0] for row in rows),
    )


def _next_steps() -> Subquery:
    """Select each grant's unsettled steps in their order; the one with place 1 is next."""
    order = (_STEP.c.due_on.is_(None), _STEP.c.due_on, _STEP.c.position)
    place = func.row_number().over(partition_by=_STEP.c.grant_id, order_by=order)
    return (
        select(_STEP.c.grant_id, _STEP.c.due_on, _STEP.c.with_funder, place.label("place"))
        .where(_STEP.c.status.in_(UNSETTLED))
        .subquery()
    )


def _unpaid(connection: Connection, seen: ColumnElement[bool]) -> tuple[tuple[str, int], ...]:
    rows = connection.execute(
        select(_GRANT.c.currency, func.sum(_INSTALMENT.c.amount_minor))
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(seen, _GRANT.c.status == GrantStatus.OPEN, _INSTALMENT.c.status != InstalmentStatus.PAID)
        .group_by(_GRANT.c.currency)
        .order_by(_GRANT.c.currency)
    )
    return tuple((currency, int(total)) for currency, total in rows if total)
