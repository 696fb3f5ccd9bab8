"""Count what a round does, in the transactions that do it."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, Engine, update

from models.events import NOTICE_EVENTS, notice_event
from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.vocabulary import NoticeKind
from tasks.store.engine_options import options_of, with_options

_ROUND = table_of(DayRound)
_REMINDED = notice_event(NoticeKind.REMINDER)
_ESCALATED = notice_event(NoticeKind.ESCALATION)


def counting(engine: Engine, on: date) -> Engine:
    """Return the engine with transactions that count into the day's round, once that has begun."""
    return with_options(engine, counted_on=on)


def count(connection: Connection, **more: int) -> None:
    """Add to the counts of the round that the connection's engine counts for, if any.

    It must come last in a transaction: batches write to this one row, and wait for each other.
    """
    on = options_of(connection).counted_on
    changed = {name: _ROUND.c[name] + number for name, number in more.items() if number}
    if on is not None and changed:
        connection.execute(update(_ROUND).where(_ROUND.c.on == on).values(changed))


def count_told(connection: Connection, events: Collection[tuple[str, int | None]]) -> None:
    """Count the steps reminded about and escalated, and the notices of other kinds, among the events."""
    reminded = {step_id for event, step_id in events if event == _REMINDED}
    escalated = {step_id for event, step_id in events if event == _ESCALATED}
    others = [event for event, _ in events if event in NOTICE_EVENTS.keys() - {_REMINDED, _ESCALATED}]
    count(connection, reminded=len(reminded), escalated=len(escalated), told=len(others))
