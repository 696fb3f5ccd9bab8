"""Time the daily round as a Prefect flow, and as a task run for every due step; run as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import text

from flows.daily_round import daily_round
from models.vocabulary import Phase
from tasks.round.notify import DUE_STEPS, DueSteps, tell_due_steps
from tasks.round.phases import run_round
from tasks.round.values import RoundDay
from tasks.store.database import open_engine, reading

_STEPS = 50
_numbers = count(1)


@task(cache_policy=NO_CACHE)
def one_step(url: str, reference: str, on: date, now: datetime) -> int:
    """Tell one grant's due step, as a design with a task run a step would."""
    engine = open_engine(url)
    told = tell_due_steps(engine, DueSteps(Phase.FOLLOW_UP, on, overdue=False, grant=reference), now)
    engine.dispose()
    return told.due


@flow
def step_by_step(url: str, references: list[str], on: date, now: datetime) -> int:
    """Run a task for each step, all submitted at once."""
    runs = [one_step.submit(url, reference, on, now) for reference in references]
    return sum(run.result() for run in runs)


def time_rounds(databases: list[Path], on: date) -> dict[str, list[float]]:
    """Return seconds for each database: `plain` as a function, `flow` as a Prefect flow with a server."""
    times: dict[str, list[float]] = {"plain": [], "flow": []}
    for database in databases:
        times["plain"].append(_on_copy(database, lambda url: _plain(url, on)))
        times["flow"].append(_on_copy(database, lambda url: _flow(url, on)))
    return times


def time_steps(database: Path, on: date) -> float:
    """Return the seconds that each due step takes when it is a task run of its own."""

    def steps(url: str) -> None:
        engine = open_engine(url)
        with reading(engine) as connection:
            ids, given = DUE_STEPS[False].limit(_STEPS), {"phase": Phase.FOLLOW_UP, "on": on, "last": 0}
            found = connection.execute(ids, given).scalars().all()
            query = text(
                'SELECT g.reference FROM step s JOIN "grant" g ON g.id = s.grant_id WHERE s.id = :id'
            )
            references = [connection.execute(query, {"id": one}).scalar_one() for one in found]
        engine.dispose()
        if step_by_step(url, references, on, datetime.now(UTC)) != _STEPS:
            raise RuntimeError("not every step was told")

    return _on_copy(database, steps) / _STEPS


def _on_copy(database: Path, do: Callable[[str], None]) -> float:
    # A name of its own: the flows keep the databases open that they have seen.
    copy = database.with_name(f"prefect-{next(_numbers)}.db")
    shutil.copyfile(database, copy)
    began = perf_counter()
    do(f"sqlite:///{copy}")
    seconds = perf_counter() - began
    for path in copy.parent.glob(f"{copy.name}*"):
        path.unlink()
    return seconds


def _plain(url: str, on: date) -> None:
    engine = open_engine(url)
    run_round(engine, RoundDay(on, datetime.now(UTC)))
    engine.dispose()


def _flow(url: str, on: date) -> None:
    os.environ["GRANTS_DATABASE_URL"] = url
    state = asyncio.run(_state_of_round(on))
    if not state.is_completed() or str(state.message).startswith("0 due"):
        raise RuntimeError(f"the flow ended as {state.name}: {state.message}")


async def _state_of_round(on: date) -> State[Any]:
    return await daily_round(on=on, return_state=True)


if __name__ == "__main__":
    day, *paths = sys.argv[1:]
    with redirect_stdout(sys.stderr), prefect_test_harness(server_startup_timeout=120):
        files = [Path(path) for path in paths]
        time_rounds(files[:1], date.fromisoformat(day))  # the first flow of a process starts more than a flow
        found: dict[str, object] = {**time_rounds(files, date.fromisoformat(day))}
        found["a_step"] = time_steps(files[0], date.fromisoformat(day))
    print(json.dumps(found))
