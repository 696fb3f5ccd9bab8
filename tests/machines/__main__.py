"""Measure what a round costs in shards and what Prefect's database grows by: `python -m tests.machines`.

As root, like `make test-machines`; DUE says how many steps are due (4000).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from tests.bench.grant_lives import measured_days
from tests.machines.processes import Machines, bring_up, descendants, start_worker
from tests.waiting import pause, until

DUE = int(os.environ.get("DUE", "4000"))
ON = measured_days(datetime.now(UTC).date()).on
LETTERS = f"SELECT count(*) FROM letter WHERE letter_on = '{ON}'"
_TICKS = os.sysconf("SC_CLK_TCK")
_ENDED = ("Completed", "SourcesSilent", "Failed", "Crashed", "TimedOut", "DayOff")
# Prefect writes events and logs a moment after the run that they are of.
_SETTLES_SECONDS = 20


def processor_seconds(processes: list[int]) -> float:
    """Return what living processes, and those of their children that have ended, took."""
    taken = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        taken += sum(map(int, fields[11:15]))
    return taken / _TICKS


def spent(machines: Machines) -> tuple[float, float, float]:
    """Return the seconds that workers with their runs, Prefect's servers and PostgreSQL took until now."""
    workers = [one.pid for name, one in machines.running.items() if name.startswith("worker")]
    servers = [
        one.pid for name, one in machines.running.items() if name.startswith(("api", "services", "redis"))
    ]
    postmaster = int((machines.data / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
    backends = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
    return (
        processor_seconds(workers),
        processor_seconds(servers),
        processor_seconds([postmaster, *map(int, backends)]),
    )


def run(machines: Machines, deployment: str, **parameters: object) -> float:
    """Run a deployment to its end; return how long that took on the clock, from the asking."""
    began, asked = monotonic(), machines.begin_run(deployment, **parameters)
    until(lambda: machines.state(asked) in _ENDED, deployment, 1_800)
    took = monotonic() - began
    wait_for_the_ends(machines)
    print(f"  {deployment}: {machines.state(asked)}", flush=True)
    return took


def wait_for_the_ends(machines: Machines) -> None:
    """Wait until no run has a process: what one took is known when it has ended."""
    workers = [one.pid for name, one in machines.running.items() if name.startswith("worker")]
    until(lambda: not any(map(descendants, workers)), "the ends of the processes", 600)


@contextmanager
def grown(machines: Machines, what: str) -> Iterator[None]:
    """Print by how many rows and bytes Prefect's database grows within, and the processor seconds of the runs."""
    pause(_SETTLES_SECONDS)
    before, had = size_of_prefect(machines), spent(machines)[0]
    yield
    taken = spent(machines)[0] - had
    pause(_SETTLES_SECONDS)
    rows, size = (now - was for now, was in zip(size_of_prefect(machines), before, strict=True))
    print(f"{what}: {rows} rows, {size / 1024:.0f} kB, {taken:.1f} processor seconds", flush=True)


def prefect_database(machines: Machines) -> Engine:
    """Return an engine on Prefect's database."""
    return create_engine(machines.address("prefect", "postgresql+psycopg"), poolclass=NullPool)


def size_of_prefect(machines: Machines) -> tuple[int, int]:
    """Return the rows of Prefect's tables, and the bytes of its database."""
    with prefect_database(machines).connect() as connection:
        names = connection.exec_driver_sql(
            "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'"
        ).scalars()
        rows = sum(
            connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one() for name in names
        )
        size = connection.exec_driver_sql("SELECT pg_database_size('prefect')").scalar_one()
    return int(rows), int(size)


def measure_shards(machines: Machines) -> None:
    """Print what a round takes in 1, 2 and 4 shards, with the run that delivers its letters to the mailbox."""
    for shards in (1, 2, 4):
        machines.shards = shards
        for number in (1, 2):
            machines.kill(f"worker-{number}")
            start_worker(machines, number)
        machines.fill(3 * DUE, DUE, ON)
        before = spent(machines)
        took = run(machines, "daily-round", on=str(ON))
        until(lambda: machines.count(f"{LETTERS} AND status = 'queued'") == 0, "the delivery", 900)
        wait_for_the_ends(machines)
        runs, servers, postgres = (now - was for now, was in zip(spent(machines), before, strict=True))
        letters = machines.count(LETTERS)
        print(
            f"{shards} shards, {DUE} due, {letters} letters: {took:.0f} s on the clock; processor seconds:"
            f" runs {runs:.1f}, Prefect's servers {servers:.1f}, PostgreSQL {postgres:.1f}",
            flush=True,
        )


def measure_growth(machines: Machines) -> None:
    """Print what a run of each kind leaves in Prefect's database."""
    machines.shards = 1
    for number in (1, 2):
        machines.kill(f"worker-{number}")
        start_worker(machines, number)
    run(machines, "watch")
    for what, times in (("daily-round", 2), ("watch", 4), ("deliver-letters", 4), ("overview", 4)):
        given = {"on": str(ON)} if what == "daily-round" else {}
        with grown(machines, f"{times} runs of {what}"):
            for _ in range(times):
                run(machines, what, **given)
    with prefect_database(machines).connect() as connection:
        pages = connection.exec_driver_sql(
            "SELECT key, max(length(data::text)) FROM artifact GROUP BY key"
        ).all()
    print(f"the longest pages, of {3 * DUE} grants: {', '.join(f'{key} {size}' for key, size in pages)}")


def main() -> None:
    """Bring the machines up, and measure."""
    with (
        tempfile.TemporaryDirectory(prefix="grantline-figures-") as folder,
        bring_up(Path(folder)) as machines,
    ):
        measure_shards(machines)
        measure_growth(machines)


if __name__ == "__main__":
    main()
