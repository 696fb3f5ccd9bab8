"""Live through many grants of every programme by chance; run as a process of its own.

A failure is shrunk: to the grants, and to the mishaps, without which it does not come.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import select

from tasks.store.database import reading
from tests.builders import a_database
from tests.grant_scenes import GRANT
from tests.office_watch import live
from tests.shrinking import smallest
from tests.simulated_office import MISHAPS, PROGRAMME_NAMES, STRANGERS, Chances

# Whole tables are looked at on every so many days: a thousand grants have a hundred thousand rows.
_EVERY = 10


def _live(chances: Chances, every: int = _EVERY) -> tuple[Counter[str], dict[str, str]]:
    """Return how many grants ended how, and why those still open go no further."""
    with tempfile.TemporaryDirectory(prefix="grantline-lives-") as folder:
        engine = a_database(Path(folder))
        _, ends = live(engine, chances, every)
        with reading(engine) as connection:
            statuses = Counter(str(status) for status in connection.execute(select(GRANT.c.status)).scalars())
        engine.dispose()
    return statuses, ends


def _failure(chances: Chances) -> BaseException | None:
    try:
        _live(chances, every=1)
    except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
        return error
    return None


def shrink(chances: Chances, error: BaseException) -> str:
    """Return the failure of as few grants and mishaps as it takes."""
    kept = smallest(chances.numbers, lambda some: _failure(replace(chances, numbers=tuple(some))) is not None)
    chances = replace(chances, numbers=tuple(kept))
    needed = smallest(
        sorted(MISHAPS),
        lambda some: _failure(replace(chances, without=MISHAPS - frozenset(some))) is not None,
    )
    least = replace(chances, without=MISHAPS - frozenset(needed))
    last = _failure(least) or error
    notes = " ".join(getattr(last, "__notes__", ()))
    return (
        f"{type(last).__name__}: {last} {notes}\nseed {least.seed}, grants {kept}, with {', '.join(needed)}"
    )


def main(seed: int, first: int, count: int, programmes: tuple[str, ...]) -> int:
    """Live, and print how the lives ended; 1 when a rule was broken."""
    began = perf_counter()
    chances = Chances(seed, tuple(range(first, first + count)), programmes=programmes)
    try:
        statuses, ends = _live(chances)
    except Exception as error:  # noqa: BLE001
        print(f"seed {seed}: {error}; shrinking", file=sys.stderr, flush=True)
        print(shrink(chances, error), file=sys.stderr)
        return 1
    told = {
        "seconds": perf_counter() - began,
        "cpu": process_time(),
        "statuses": statuses,
        "ends": Counter(ends.values()),
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    asked, *numbers = sys.argv[1:]
    seed, first, count = map(int, numbers)
    sys.exit(main(seed, first, count, STRANGERS if asked == "strangers" else PROGRAMME_NAMES))
