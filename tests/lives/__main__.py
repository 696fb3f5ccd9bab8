"""Live through a thousand grants of every programme by chance, on every processor: `python -m tests.lives SEED`.

`strangers` behind the seed takes the programmes that others wrote from the page alone. A failure is shrunk: to the
grants, and to the mishaps, without which it does not come.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from sqlalchemy import select

from tasks.store.database import reading
from tests.builders import a_database
from tests.grant_scenes import GRANT
from tests.office_watch import live
from tests.shrinking import smallest
from tests.simulated_office import MISHAPS, PROGRAMME_NAMES, STRANGERS, Chances

# Whole tables are looked at on every so many days: a thousand grants have a hundred thousand rows.
_EVERY = 10
LIVES = 1_000


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


def live_share(chances: Chances) -> tuple[Counter[str], Counter[str]]:
    """Live through some of the grants; SystemExit, with the failure shrunk, when a rule was broken."""
    try:
        statuses, ends = _live(chances)
    except Exception as error:  # noqa: BLE001
        raise SystemExit(f"seed {chances.seed}: {error}\n{shrink(chances, error)}") from None
    return statuses, Counter(ends.values())


def main(seed: int = 1, which: str = "shipped") -> None:
    """Live, and print how the lives ended."""
    programmes, shares = STRANGERS if which == "strangers" else PROGRAMME_NAMES, os.cpu_count() or 1
    lives = 4 * len(STRANGERS) if which == "strangers" else LIVES
    parts = [
        Chances(seed, tuple(range(first, lives, shares)), programmes=programmes) for first in range(shares)
    ]
    began = perf_counter()
    with ProcessPoolExecutor(shares) as pool:
        found = list(pool.map(live_share, parts))
    print(f"{lives:,} lives from the seed {seed} in {perf_counter() - began:.0f} s")
    for title, place in (("ended", 0), ("open to the end", 1)):
        for what, count in sum((one[place] for one in found), Counter[str]()).most_common():
            print(f"  {title}: {what}: {count}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, *sys.argv[2:3])
