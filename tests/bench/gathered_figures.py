"""Gather eight figures a grant from a ledger and a database, or only read the same; also as a process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from time import perf_counter, process_time

from openpyxl import Workbook, load_workbook
from sqlalchemy import create_engine, text

from deployments.migrations.upgrade import upgrade_schema
from deployments.shipped_files import PROGRAMMES
from models.intake.file import ImportFile
from models.programme.file import Programme
from models.vocabulary import Phase
from tasks.intake.imports import import_file
from tasks.programmes.files import read_programme
from tasks.sources.due import DueToGather
from tasks.sources.gather import gather_from_sources
from tasks.store.database import open_engine

ACCOUNTS = ("5010", "5090", "5800", "6100")
COLUMNS = ("reports", "persons", "meetings", "referrals")
BOOKINGS = 5  # of each account in each grant's period
QUERY = f"select {', '.join(f'sum({one}) as {one}' for one in COLUMNS)} from happened where grant_ref = :reference"
OPENED_ON, ON = date(2009, 9, 1), date(2010, 4, 16)


def _asked(key: str, kind: str, **gather: object) -> dict[str, object]:
    return {
        "key": key,
        "title": {"sv": "tal", "en": "figure"},
        "kind": kind,
        "required": False,
        "gather": gather,
    }


def _from_ledger() -> Iterator[dict[str, object]]:
    for account in ACCOUNTS:
        where = {"Projekt": "{reference}", "Konto": account}
        yield _asked(f"spent-{account}", "money", source="ledger", column="Belopp", where=where, rows="sum")


def _from_register() -> Iterator[dict[str, object]]:
    for column in COLUMNS:
        yield _asked(f"counted-{column}", "number", source="register", column=column)


class Shelf:
    """The one programme of the bench: the reference case's, with eight figures from two sources."""

    def __init__(self) -> None:
        base = read_programme(PROGRAMMES / "development-funds-2009.yaml").model_dump(
            mode="json", exclude_none=True
        )
        base["programme"] = "bench-funds"
        base["sources"] = {
            "ledger": {"kind": "xlsx", "files": "ledger.xlsx", "period_column": "Datum"},
            "register": {"kind": "sql", "secret": "register", "query": QUERY},
        }
        follow_up = next(step for step in base["steps"] if step["key"] == "follow-up")
        follow_up["questions"] += [*_from_ledger(), *_from_register()]
        self._programme = Programme.model_validate(base)

    def get(self, name: str) -> Programme:
        """Return the programme, whatever it is called."""
        return self._programme


def build(folder: Path, grants: int) -> None:
    """Write a database of so many grants in their first quarter, a ledger and another database about them."""
    names = [f"REF-{number}" for number in range(grants)]
    upgrade_schema(engine := open_engine(f"sqlite:///{folder}/grants.db"))
    bodies = [{"key": key, "names": [{"name": key}]} for key in ("funder", "committee")]
    content = {
        "organisations": bodies,
        "people": [{"email": "officer@example.org", "name": "Handläggare"}],
        "grants": [_entry(name) for name in names],
    }
    moment = datetime.combine(OPENED_ON, clock(9), tzinfo=UTC)
    import_file(engine, ImportFile.model_validate(content), Shelf(), today=OPENED_ON, now=moment)
    engine.dispose()
    (folder / "figures").mkdir()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Utfall")
    sheet.append(["Datum", "Projekt", "Konto", "Belopp"])
    bookings = [
        (name, int(account), number) for name in names for account in ACCOUNTS for number in range(BOOKINGS)
    ]
    for name, account, number in bookings:
        sheet.append([date(2010, 1 + number % 3, 1 + number), name, account, 100.5])
    book.save(folder / "figures" / "ledger.xlsx")
    register = create_engine(f"sqlite:///{folder}/register.db")
    with register.begin() as connection:
        connection.execute(
            text(f"create table happened (grant_ref text, {', '.join(f'{one} integer' for one in COLUMNS)})")
        )
        connection.execute(text("create index of_grant on happened (grant_ref)"))
        rows = [{"grant_ref": name, **dict.fromkeys(COLUMNS, 1)} for name in names for _ in range(BOOKINGS)]
        listed = ", ".join(f":{one}" for one in ("grant_ref", *COLUMNS))
        connection.execute(text(f"insert into happened values ({listed})"), rows)
    register.dispose()


def _entry(name: str) -> dict[str, object]:
    return {
        "reference": name,
        "title": "Regional samordning",
        "programme": "bench-funds",
        "funder": "funder",
        "recipient": "committee",
        "period_start_on": date(2010, 1, 1),
        "period_end_on": date(2010, 12, 31),
        "dates": {"applied_on": {"on": OPENED_ON}},
        "roles": {"coordinator": "officer@example.org"},
    }


def gather(folder: Path) -> dict[str, float]:
    """Gather all figures; return how many, how many steps lack one, and the seconds that it took."""
    os.environ |= {"GRANTS_HOME": str(folder), "GRANTS_SECRET_REGISTER": f"sqlite:///{folder}/register.db"}
    engine = open_engine(f"sqlite:///{folder}/grants.db")
    began, worked = perf_counter(), process_time()
    found = gather_from_sources(
        engine, DueToGather(Phase.FOLLOW_UP, ON), datetime.combine(ON, clock(6), tzinfo=UTC)
    )
    took = {"seconds": perf_counter() - began, "cpu": process_time() - worked}
    engine.dispose()
    return {"figures": found.figures, "failed": found.failed, **took}


def only_read(folder: Path) -> dict[str, float]:
    """Read the workbook's cells once, and ask the database once a grant; return how many figures, and the seconds."""
    began, worked = perf_counter(), process_time()
    book = load_workbook(folder / "figures" / "ledger.xlsx", read_only=True, data_only=True)
    sums: dict[tuple[str, str], float] = {}
    for row in list(book.worksheets[0].iter_rows(values_only=True))[1:]:
        key = (str(row[1]), str(row[2]))
        sums[key] = sums.get(key, 0) + float(str(row[3]))
    book.close()
    engine = create_engine(f"sqlite:///{folder}/register.db")
    counted = 0
    with engine.connect() as connection:
        for name in {name for name, _ in sums}:
            counted += len(connection.execute(text(QUERY), {"reference": name}).one())
    engine.dispose()
    took = {"seconds": perf_counter() - began, "cpu": process_time() - worked}
    return {"figures": len(sums) + counted, "failed": 0, **took}


if __name__ == "__main__":
    verb, place = sys.argv[1], Path(sys.argv[2])
    if verb == "build":
        build(place, int(sys.argv[3]))
    else:
        sys.stdout.write(json.dumps({"gather": gather, "read": only_read}[verb](place)))
