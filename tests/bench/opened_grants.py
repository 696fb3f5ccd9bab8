"""Open or replan many grants by the real code, and insert the same rows without it; run as a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlmodel import SQLModel

from deployments.migrations.upgrade import upgrade_schema
from deployments.shipped_files import PROGRAMMES
from models.intake.file import ImportFile
from models.programme.file import Programme
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant, GrantRole
from models.tables.journal import JournalEvent
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from models.vocabulary import InstalmentStatus
from tasks.grants.acts.meetings import MeetingDay, move_meeting
from tasks.grants.acts.upgrades import upgrade_grants
from tasks.intake.imports import import_file
from tasks.programmes.registry import ProgrammeShelf
from tasks.store.database import open_engine, transaction

TODAY = date(2026, 4, 1)
NOW = datetime.combine(TODAY, time(6), tzinfo=UTC)
PROGRAMME = "development-funds-2009"
_OWNERS = 500
_ROWS: tuple[type[SQLModel], ...] = (
    Grant,
    GrantRole,
    Decision,
    Step,
    Instalment,
    InstalmentCondition,
    JournalEvent,
)


def begin(engine: Engine) -> None:
    """Bring in the people, the organisations and two years of the committee's meetings."""
    office = [
        {"email": "head@example.org", "name": "Avdelningschefen"},
        {"email": "unit.manager@example.org", "name": "Enhetschefen", "manager": "head@example.org"},
        {"email": "controller@example.org", "name": "Controllern"},
    ]
    owners = [
        {"email": f"owner-{n}@example.org", "name": f"Handläggare {n}", "manager": "unit.manager@example.org"}
        for n in range(_OWNERS)
    ]
    content = {
        "organisations": [
            {"key": "county-board", "names": [{"name": "Länsstyrelsen"}]},
            {"key": "social-committee", "names": [{"name": "Socialnämnden"}]},
        ],
        "people": [*office, *owners],
        "meetings": [
            {"body": "social-committee", "held_on": date(2026, 1, 13) + timedelta(days=28 * n)}
            for n in range(26)
        ],
    }
    _bring_in(engine, content)


def _bring_in(engine: Engine, content: dict[str, Any]) -> None:
    import_file(engine, ImportFile.model_validate(content), ProgrammeShelf(PROGRAMMES), today=TODAY, now=NOW)


def entries(number: int) -> Iterator[dict[str, Any]]:
    """Yield decided grants of half a year, hence 12 or 13 steps, no two of a hundred with the same days."""
    for n in range(number):
        start = date(2026, 1, 2) + timedelta(days=n % 88)
        yield {
            "reference": f"REF-{n}",
            "title": "Regional samordning mot människohandel",
            "programme": PROGRAMME,
            "funder": "county-board",
            "recipient": "social-committee",
            "applied_for": 600_000,
            "period_start_on": start,
            "period_end_on": start + timedelta(days=170 + n % 11),
            "dates": {"applied_on": {"on": start - timedelta(days=90)}},
            "roles": {
                "coordinator": f"owner-{n % _OWNERS}@example.org",
                "unit_manager": "unit.manager@example.org",
                "controller": "controller@example.org",
            },
            "decisions": [
                {
                    "decided_on": start - timedelta(days=40),
                    "amount": 500_000,
                    "purpose": "regional samordning",
                    "dates": {"final_report_on": start + timedelta(days=235 + n % 13)},
                    "source": f"beslut {n}",
                }
            ],
        }


def open_all(engine: Engine, number: int) -> None:
    """Open the grants as an import does, from the values of its file on."""
    _bring_in(engine, {"grants": list(entries(number))})


def move_a_meeting(engine: Engine, number: int) -> None:
    """Move a meeting of the committee by a week: each of the grants is planned again."""
    held_on = date(2026, 1, 13) + timedelta(days=28 * 9)
    day = MeetingDay(TODAY, NOW, apply=True)
    move_meeting(engine, "social-committee", held_on, held_on + timedelta(days=3), day)


def close_some_days(engine: Engine, number: int) -> None:
    """Bring the grants under their programme with further days off."""
    whole = ProgrammeShelf(PROGRAMMES).get(PROGRAMME)
    more = [date(2026, 5, 15), date(2026, 6, 5), date(2026, 8, 14), date(2026, 10, 30)]
    changed = whole.model_dump(mode="json", exclude_defaults=True)
    changed["calendar"] = {"country": "SE", "extra_holidays": [day.isoformat() for day in more]}
    programme = Programme.model_validate(changed)
    upgrade_grants(engine, programme, [], by_email=None, today=TODAY, now=NOW, apply=True)


def same_rows(engine: Engine) -> list[tuple[type[SQLModel], list[dict[str, Any]]]]:
    """Return the grants' rows as they could be inserted: the database lets no money in that is out already."""
    found = []
    with engine.connect() as connection:
        for model in _ROWS:
            rows = connection.execute(select(table_of(model)).order_by(*table_of(model).primary_key))
            found.append((model, [dict(row) for row in rows.mappings()]))
    for model, values in found:
        for row in values:
            if model is Grant:
                row["award_minor"] = None
            elif model is Instalment:
                row.update(status=InstalmentStatus.PLANNED, amount_minor=None, released_on=None)
    return found


def insert_all(
    engine: Engine, rows: list[tuple[type[SQLModel], list[dict[str, Any]]]], *, made: bool
) -> None:
    """Insert the rows and do nothing else; as rows of their models if `made`, or as the values that they are."""
    with transaction(engine) as connection:
        for model, values in rows:
            names = table_of(model).c.keys()
            as_rows = [model(**one) for one in values] if made else []
            listed = [{name: getattr(row, name) for name in names} for row in as_rows] if made else values
            connection.execute(insert(table_of(model)), listed)


def _timed(act: Callable[[], None]) -> dict[str, float]:
    began, used = perf_counter(), process_time()
    act()
    return {"seconds": perf_counter() - began, "cpu": process_time() - used}


def measure(what: str, database: Path, number: int) -> dict[str, float]:
    """Do one thing to the database; return the seconds that it took, of processor too, and the steps that there are."""
    engine = open_engine(f"sqlite:///{database}")
    if what in ("open", "made", "values"):
        upgrade_schema(engine)
        begin(engine)
    if what in ("made", "values"):
        other = open_engine(f"sqlite:///{database.with_name('opened.db')}")
        rows = same_rows(other)
        with other.connect() as connection, transaction(engine) as target:
            for name in ("programme_version", "rung"):
                table = SQLModel.metadata.tables[name]
                copied = [dict(row) for row in connection.execute(select(table)).mappings()]
                target.execute(insert(table), copied)
        figures = _timed(lambda: insert_all(engine, rows, made=what == "made"))
    else:
        act = {"open": open_all, "meeting": move_a_meeting, "holidays": close_some_days}[what]
        figures = _timed(lambda: act(engine, number))
    with engine.connect() as connection:
        figures["steps"] = connection.execute(select(func.count()).select_from(table_of(Step))).scalar_one()
    engine.dispose()
    return figures


if __name__ == "__main__":
    thing, file, count = sys.argv[1:]
    print(json.dumps(measure(thing, Path(file), int(count))))
