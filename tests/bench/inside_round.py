"""Time an idle round inside a process, without the process's start; run as a process of its own."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter

from tasks.round.phases import run_round
from tasks.round.values import RoundDay
from tasks.store.database import open_engine

_TIMES = 7


def time_idle_rounds(url: str, on: date) -> float:
    """Return the median seconds of a round on a day on which nothing is due; the first one is not counted."""
    engine = open_engine(url)
    seconds = []
    for _ in range(_TIMES):
        began = perf_counter()
        counts = run_round(engine, RoundDay(on, datetime.now(UTC)))
        seconds.append(perf_counter() - began)
        if counts.due:
            raise RuntimeError("something was due on a day that was to be idle")
    engine.dispose()
    return median(seconds[1:])


if __name__ == "__main__":
    print(time_idle_rounds(sys.argv[1], date.fromisoformat(sys.argv[2])))
