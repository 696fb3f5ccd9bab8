"""Keep where every grant stands at hand, and pick, order and sum up from it what a visitor asks for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from models.reading.reference import natural_order
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.vocabulary import GrantStatus, InstalmentStatus
from tasks.overview.status import GrantStanding, standings

_GRANT, _EVENT = table_of(Grant), table_of(JournalEvent)
# Made once: making a query takes longer than asking it.
_NEWS = select(
    select(func.coalesce(func.max(_EVENT.c.id), 0)).scalar_subquery().label("last"),
    select(func.count()).select_from(_GRANT).scalar_subquery().label("grants"),
)
_HAPPENED = (
    select(_EVENT.c.grant_id)
    .where(_EVENT.c.id > bindparam("last"), _EVENT.c.grant_id.is_not(None))
    .distinct()
)
_NAMES = select(_GRANT.c.reference, _GRANT.c.id)
_NAMES_OF = _NAMES.where(_GRANT.c.id.in_(bindparam("ids", expanding=True)))
SOON = timedelta(days=7)
_CHUNK = 500
# With more changes than one of so many, making the orders anew is quicker.
_FEW_OF = 20
_AT_RISK = "at risk "


class Portfolio:
    """Standings of grants, in the orders and figures that are asked for again and again.

    Where few of many have changed, these are brought up to date instead of made anew: while people answer, that is
    what happens between one look and the next.
    """

    def __init__(self, by_id: dict[int, GrantStanding]) -> None:
        self.by_id = by_id
        # The sorted keys of each order, and the standings beside them.
        self._ordered: dict[str, tuple[list[Any], list[GrantStanding]]] = {}
        self._counts: dict[date, Counter[str]] = {}
        self._holders: Counter[str] | None = None

    def among(self, seen: Collection[int] | None) -> Portfolio:
        """Return the part of it that has these ids; itself, in order as it is, when None or when that is all of it."""
        if seen is None:
            return self
        part = {grant_id: self.by_id[grant_id] for grant_id in seen if grant_id in self.by_id}
        return self if len(part) == len(self.by_id) else Portfolio(part)

    def with_changed(self, read: dict[int, GrantStanding]) -> Portfolio:
        """Return it with these standings, in place of older ones of the same grants."""
        found = Portfolio(self.by_id | read)
        if len(read) * _FEW_OF < len(self.by_id):
            old = [self.by_id[grant_id] for grant_id in read if grant_id in self.by_id]
            # Whoever reads the lists meanwhile keeps them as they are.
            found._ordered = {
                order: _moved(order, kept, old, read.values()) for order, kept in list(self._ordered.items())
            }
            for today, counts in list(self._counts.items()):
                found._counts[today] = _less(counts, _count(old, today), _count(read.values(), today))
            if self._holders is not None:
                found._holders = _less(self._holders, _holders(old), _holders(read.values()))
        return found

    def ordered(self, order: str) -> list[GrantStanding]:
        """Return the standings in an order; open grants come first."""
        if order not in self._ordered:
            rows = sorted(self.by_id.values(), key=lambda row: _key(order, row))
            self._ordered[order] = [_key(order, row) for row in rows], rows
        return self._ordered[order][1]

    def figures(self, today: date) -> Figures:
        """Return the grants in figures, as of a day."""
        if today not in self._counts:
            self._counts = {today: _count(self.by_id.values(), today)}
        return _figures(self._counts[today])

    @property
    def holders(self) -> set[str]:
        """Who has a ball."""
        if self._holders is None:
            self._holders = _holders(self.by_id.values())
        return {holder for holder, count in self._holders.items() if count}


def _holders(rows: Iterable[GrantStanding]) -> Counter[str]:
    return Counter(row.ball_with for row in rows if row.ball_with)


def _less(counts: Counter[str], old: Counter[str], new: Counter[str]) -> Counter[str]:
    found = counts.copy()
    found.subtract(old)
    found.update(new)
    return found


def _key(order: str, row: GrantStanding) -> Any:
    return row.status != GrantStatus.OPEN, _ORDERS[order](row), natural_order(row.reference)


def _moved(
    order: str,
    kept: tuple[list[Any], list[GrantStanding]],
    old: Iterable[GrantStanding],
    new: Iterable[GrantStanding],
) -> tuple[list[Any], list[GrantStanding]]:
    """Return an order's keys and standings with some taken out and others put in."""
    keys, rows = kept[0].copy(), kept[1].copy()
    for row in old:
        place = bisect_left(keys, _key(order, row))
        del keys[place], rows[place]
    for row in new:
        key = _key(order, row)
        place = bisect_left(keys, key)
        keys.insert(place, key)
        rows.insert(place, row)
    return keys, rows


class StandingsKeeper:
    """Keeps every grant's standing, and reads again only those of grants that something has happened to.

    Every change writes the journal in its own transaction, and the journal's ids rise in the order of the commits.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0
        self._kept = Portfolio({})

    def get(self, connection: Connection, today: date) -> Portfolio:
        """Return the standings, as of the open transaction or later."""
        last, grants = connection.execute(_NEWS).all()[0]
        with self._lock:
            known = self._kept.by_id
            if last > self._last or len(known) < grants:
                changed = None if self._last == 0 else _changed(connection, self._last)
                read = _read(connection, today, changed)
                if (
                    len(known) + len(read.keys() - known.keys()) < grants
                ):  # one came without a word in the journal
                    known, read = {}, _read(connection, today, None)
                    self._kept = Portfolio(known)
                # Most of what happens moves no date and no money.
                moved = {grant_id: row for grant_id, row in read.items() if known.get(grant_id) != row}
                if moved:
                    self._kept = self._kept.with_changed(moved)
                self._last = last
            return self._kept


def _changed(connection: Connection, last: int) -> Sequence[int]:
    return [row.grant_id for row in connection.execute(_HAPPENED, {"last": last}).all()]


def _read(connection: Connection, today: date, grant_ids: Sequence[int] | None) -> dict[int, GrantStanding]:
    """Return the standings of the grants, or of all."""
    if grant_ids is None:
        ids = {row.reference: row.id for row in connection.execute(_NAMES).all()}
        return {ids[row.reference]: row for row in standings(connection, today)}
    found: dict[int, GrantStanding] = {}
    for start in range(0, len(grant_ids), _CHUNK):
        part = grant_ids[start : start + _CHUNK]
        ids = {row.reference: row.id for row in connection.execute(_NAMES_OF, {"ids": part}).all()}
        found |= {ids[row.reference]: row for row in standings(connection, today, list(ids))}
    return found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor wants to see: words in title or reference, a phase, who has the ball, a state, an order."""

    words: str = ""
    phase: str = ""
    who: str = ""
    state: str = ""
    order: str = "due"


def is_late(row: GrantStanding, today: date) -> bool:
    """Return whether an open grant's next step is late."""
    return row.status == GrantStatus.OPEN and row.due_on is not None and row.due_on < today


# What a grant's state can be asked for by.
STATES: dict[str, Callable[[GrantStanding, date], bool]] = {
    "open": lambda row, today: row.status == GrantStatus.OPEN,
    "late": is_late,
    "soon": lambda row, today: (
        row.status == GrantStatus.OPEN and row.due_on is not None and today <= row.due_on <= today + SOON
    ),
    "release": lambda row, today: any(part.status == InstalmentStatus.RELEASABLE for part in row.instalments),
    "ended": lambda row, today: row.status != GrantStatus.OPEN,
}
_ORDERS: dict[str, Callable[[GrantStanding], Any]] = {
    "due": lambda row: (row.due_on is None, row.due_on or date.max),
    "title": lambda row: row.title.casefold(),
    "reference": lambda row: (),  # which is the last of each order
    "money": lambda row: -row.at_risk.amount_minor,
}
ORDERS = tuple(_ORDERS)


@dataclass(frozen=True, slots=True)
class Figures:
    """Grants in figures; `at_risk_minor` is by currency, in minor units, of the open ones."""

    open_grants: int
    late: int
    with_funder: int
    at_risk_minor: tuple[tuple[str, int], ...]


def pick(rows: Portfolio, wish: Wish, today: date) -> list[GrantStanding]:
    """Return what is wished for, in its order; slack is counted from today."""
    found = rows.ordered(wish.order)
    if wish.phase:
        found = [row for row in found if row.phase == wish.phase]
    if wish.who:
        found = [row for row in found if row.ball_with == wish.who]
    if state := STATES.get(wish.state):
        found = [row for row in found if state(row, today)]
    for word in wish.words.casefold().split():
        found = [row for row in found if word in row.reference.casefold() or word in row.title.casefold()]
    return found


def counted(row: GrantStanding, today: date) -> GrantStanding:
    """Return the standing with its slack as of a day."""
    return replace(row, slack_days=(row.due_on - today).days if row.due_on else None)


def _count(rows: Iterable[GrantStanding], today: date) -> Counter[str]:
    """Return how many of the grants are open, late and with the funder, and what can be lost of them by currency."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row.status == GrantStatus.OPEN:
            counts["open"] += 1
            counts["late"] += is_late(row, today)
            counts["funder"] += row.ball_with == "funder"
            counts[f"{_AT_RISK}{row.at_risk.currency}"] += row.at_risk.amount_minor
    return counts


def _figures(counts: Counter[str]) -> Figures:
    at_risk = [
        (name.removeprefix(_AT_RISK), total)
        for name, total in sorted(counts.items())
        if name.startswith(_AT_RISK)
    ]
    return Figures(
        open_grants=counts["open"],
        late=counts["late"],
        with_funder=counts["funder"],
        at_risk_minor=tuple((currency, total) for currency, total in at_risk if total),
    )
