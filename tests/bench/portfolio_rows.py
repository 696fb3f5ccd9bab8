"""Build a database of many grants, by copying in bulk the rows of the few that have lived; also as a process."""

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from deployments.migrations.upgrade import upgrade_schema
from models.events import GrantEvent
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant, GrantRole
from models.tables.letter import DeliveryAttempt, Letter, Notice
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Person
from models.tables.step import Step
from tasks.store.database import open_engine, transaction
from tasks.store.journal import Event, write_journal
from tests.bench.grant_lives import DUE, IDLE, Days, live_to_the_eve, measured_days

# Ids of the grants and people that are copied lie below; a copy's other ids are 100 times its grant's and more.
_FIRST = 1000
_MANAGERS, _HEADS = 10_000_000, 20_000_000
_UNIT, _DEPARTMENT = 20, 400  # owners under a unit manager, under a head of department
_FAR_DAYS = 200  # the days over which the next looks of grants that are not due are spread

_COPIED = """
CREATE TEMP TABLE copied (
    grant_id INTEGER PRIMARY KEY, pattern_id INTEGER, owner_id INTEGER, was_owner_id INTEGER,
    manager_id INTEGER, head_id INTEGER, later INTEGER, is_due INTEGER
)
"""
# What an instalment has only once it is on its way.
_MOVED = (
    "requested_by_id",
    "requested_on",
    "confirmed_by_id",
    "released_on",
    "claimed_on",
    "paid_on",
    "paid_minor",
)
_OWNER = "CASE p.{0} WHEN c.was_owner_id THEN c.owner_id ELSE p.{0} END"
_ID = "c.grant_id * 100 + p.{}"


@dataclass(frozen=True, slots=True)
class Size:
    """How many grants to build, and how many of them have one step to tell on the day."""

    grants: int
    due: int


def build_portfolio(path: Path, size: Size, days: Days) -> None:
    """Build a database of `size.grants` grants of 12 steps in the file.

    `size.due` of them have a step to tell on `days.on`, each with an owner of its own: reminders, and one in ten
    an escalation to owner and manager. Nothing is left to tell on `days.eve`.
    """
    engine = open_engine(f"sqlite:///{path}")
    upgrade_schema(engine)
    live_to_the_eve(engine, days)
    with transaction(engine) as connection:
        patterns = _patterns(connection)
        connection.exec_driver_sql(_COPIED)
        rows = [_copied(number, size, patterns) for number in range(size.grants)]
        connection.exec_driver_sql(f"INSERT INTO copied VALUES ({', '.join('?' * 8)})", rows)
        _copy_people(connection, size.grants)
        _copy_grants(connection)
        _copy_letters(connection)
        # The grants that were copied are not among those that are counted.
        connection.exec_driver_sql("UPDATE step SET next_action_on = NULL WHERE grant_id < ?", (_FIRST,))
        now = datetime.combine(days.eve, time(6), tzinfo=UTC)
        opened = (Event(GrantEvent.GRANT_OPENED, grant_id=row[0]) for row in rows)
        write_journal(connection, days.eve, now, opened)
    engine.dispose()  # the last connection to close folds the write-ahead log into the file


def _patterns(connection: Connection) -> dict[str, tuple[int, int]]:
    """Return the grants to copy: id and owner, by reference."""
    found = connection.exec_driver_sql(
        'SELECT g.reference, g.id, r.person_id FROM "grant" g'
        " JOIN grant_role r ON r.grant_id = g.id AND r.role = 'coordinator'"
    )
    return {reference: (grant_id, person_id) for reference, grant_id, person_id in found}


def _copied(number: int, size: Size, patterns: dict[str, tuple[int, int]]) -> tuple[int, ...]:
    spread = size.grants // size.due
    place, rest = divmod(number, spread)
    is_due = rest == 0 and place < size.due
    pattern_id, owner_id = patterns[DUE[place % len(DUE)] if is_due else IDLE[number % len(IDLE)]]
    copy = _FIRST + number
    later = 0 if is_due else number % _FAR_DAYS
    manager, head = _MANAGERS + number // _UNIT, _HEADS + number // _DEPARTMENT
    return copy, pattern_id, copy, owner_id, manager, head, later, int(is_due)


def _copy_people(connection: Connection, owners: int) -> None:
    top = connection.exec_driver_sql(
        "SELECT id FROM person WHERE email = 'administration.head@example.org'"
    ).scalar_one()
    heads = [_manager(_HEADS + n, "Avdelningschef", top) for n in range(owners // _DEPARTMENT + 1)]
    units = range(owners // _UNIT + 1)
    managers = [_manager(_MANAGERS + n, "Enhetschef", _HEADS + n * _UNIT // _DEPARTMENT) for n in units]
    for rows in (heads, managers):
        connection.execute(insert(table_of(Person)), rows)
    changed = {
        "id": "c.owner_id",
        "email": "'owner-' || c.owner_id || '@example.org'",
        "name": "'Handläggare ' || c.owner_id",
        "language": "CASE WHEN c.owner_id % 5 = 0 THEN 'en' ELSE 'sv' END",
        "manager_id": "c.manager_id",
    }
    _copy(connection, Person, "p.id = c.was_owner_id", changed)


def _manager(number: int, title: str, above: int) -> dict[str, Any]:
    email, name = f"manager-{number}@example.org", f"{title} {number}"
    return {"id": number, "email": email, "name": name, "title": title, "manager_id": above}


def _copy_grants(connection: Connection) -> None:
    of_grant = "p.grant_id = c.pattern_id"
    own = {"id": _ID.format("id"), "grant_id": "c.grant_id"}
    reference = {
        "id": "c.grant_id",
        "reference": "'REF-' || c.grant_id",
        "reference_key": "'REF-' || printf('%02d', length(c.grant_id)) || c.grant_id",
        "search_key": "lower(p.title) || char(10) || 'ref-' || c.grant_id",
    }
    _copy(connection, Grant, "p.id = c.pattern_id", reference)
    held = (
        "CASE p.role WHEN 'coordinator' THEN c.owner_id WHEN 'unit_manager' THEN c.manager_id"
        " WHEN 'head_of_department' THEN c.head_id ELSE p.person_id END"
    )
    _copy(connection, GrantRole, of_grant, own | {"person_id": held})
    _copy(connection, Decision, of_grant, own)
    people = {name: _OWNER.format(name) for name in ("owner_id", "done_by_id")}
    later = {"next_action_on": "date(p.next_action_on, '+' || c.later || ' days')"}
    _copy(connection, Step, of_grant, own | people | later)
    _copy_instalments(connection, of_grant, own)


def _copy_instalments(connection: Connection, of_grant: str, own: dict[str, str]) -> None:
    """Copy instalments as they begin, then move them to where they are: a trigger refuses a shorter way."""
    begun = {"status": "CASE WHEN p.conditional THEN 'withheld' ELSE 'planned' END"}
    _copy(connection, Instalment, of_grant, own | begun | dict.fromkeys(_MOVED, "NULL"))
    conditions = {name: _ID.format(name) for name in ("instalment_id", "step_id")}
    of_condition = "p.instalment_id IN (SELECT id FROM instalment WHERE grant_id = c.pattern_id)"
    _copy(connection, InstalmentCondition, of_condition, conditions)
    moved = ", ".join(f"{name} = p.{name}" for name in ("status", *_MOVED))
    connection.exec_driver_sql(
        f"UPDATE instalment SET {moved} FROM copied c JOIN instalment p ON {of_grant}"
        " WHERE instalment.id = c.grant_id * 100 + p.id AND p.status NOT IN ('planned', 'withheld')"
    )


def _copy_letters(connection: Connection) -> None:
    """Copy the letters that owners have had before: new ones thread under them, and nothing is told twice."""
    of_owner = "p.person_id = c.was_owner_id"
    unique = {name: f"p.{name} || '-' || c.owner_id" for name in ("key", "link_key", "message_id")}
    _copy(connection, Letter, of_owner, {"id": _ID.format("id"), "person_id": "c.owner_id"} | unique)
    told = {name: _ID.format(name) for name in ("id", "letter_id", "step_id")}
    _copy(connection, Notice, of_owner, told | {"person_id": "c.owner_id"})
    of_letter = "p.letter_id IN (SELECT id FROM letter WHERE person_id = c.was_owner_id)"
    _copy(connection, DeliveryAttempt, of_letter, {name: _ID.format(name) for name in ("id", "letter_id")})


def _copy(connection: Connection, model: Any, where: str, changed: dict[str, str]) -> None:
    """Copy the rows `p` that belong to each copied grant `c`, with some columns changed."""
    table = table_of(model)
    names = [column.name for column in table.columns]
    values = [changed.get(name, f'p."{name}"') for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({listed}) SELECT {", ".join(values)} FROM copied c'
        f' CROSS JOIN "{table.name}" p WHERE {where}'
    )


if __name__ == "__main__":
    file, grants, due, day = sys.argv[1:]
    build_portfolio(Path(file), Size(int(grants), int(due)), measured_days(date.fromisoformat(day)))
