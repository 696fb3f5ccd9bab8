"""Open many grants as an import does; run as a process of its own."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from deployments.migrations.upgrade import upgrade_schema
from deployments.shipped_files import PROGRAMMES
from models.intake.file import ImportFile
from models.tables.columns import table_of
from models.tables.step import Step
from tasks.intake.imports import import_file
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.database import open_engine
from tests.bench.grant_lives import ORGANISATIONS, entry, people_with
from tests.rule_builders import PLAIN

TODAY = date(2026, 4, 1)
NOW = datetime.combine(TODAY, time(6), tzinfo=UTC)
_OWNERS = 500


def begin(engine: Engine) -> None:
    """Bring in the people, the organisations and two years of the committee's meetings."""
    held = [date(2026, 1, 13) + timedelta(days=28 * n) for n in range(26)]
    content = {
        "organisations": ORGANISATIONS,
        "people": list(people_with(f"owner-{n}" for n in range(_OWNERS))),
        "meetings": [{"body": "social-committee", "held_on": day} for day in held],
    }
    _bring_in(engine, content)


def _bring_in(engine: Engine, content: dict[str, Any]) -> None:
    import_file(
        engine, ImportFile.model_validate(content), ProgrammeRegistry(PLAIN, PROGRAMMES), today=TODAY, now=NOW
    )


def entries(number: int) -> Iterator[dict[str, Any]]:
    """Yield decided grants of half a year, hence 12 or 13 steps, no two of a hundred with the same days."""
    for n in range(number):
        start = date(2026, 1, 2) + timedelta(days=n % 88)
        decision = {
            "decided_on": start - timedelta(days=40),
            "amount": 500_000,
            "purpose": "regional samordning",
            "dates": {"final_report_on": start + timedelta(days=235 + n % 13)},
            "source": f"beslut {n}",
        }
        values = {
            "period_start_on": start,
            "period_end_on": start + timedelta(days=170 + n % 11),
            "dates": {"applied_on": {"on": start - timedelta(days=90)}},
            "decisions": [decision],
        }
        yield entry(f"REF-{n}", f"owner-{n % _OWNERS}", values)


def open_all(engine: Engine, number: int) -> None:
    """Open the grants as an import does, from the values of its file on."""
    _bring_in(engine, {"grants": list(entries(number))})


def measure(database: Path, number: int) -> int:
    """Make the database and open the grants in it; return how many steps they have."""
    engine = open_engine(f"sqlite:///{database}")
    upgrade_schema(engine)
    begin(engine)
    open_all(engine, number)
    with engine.connect() as connection:
        steps = connection.execute(select(func.count()).select_from(table_of(Step))).scalar_one()
    engine.dispose()
    return int(steps)


if __name__ == "__main__":
    file, count = sys.argv[1:]
    print(measure(Path(file), int(count)))
