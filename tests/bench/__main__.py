"""Measure the daily round against a bare script, and idle rounds, an import and pages: `python -m tests.bench`.

Words choose the measures whose names hold one: `python -m tests.bench opening`. A word that no measure's name holds,
as `--help`, is answered with what there is.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from tests.bench.grant_lives import measured_days
from tests.bench.measures import HEAD, Bench, Verdict, measure_idle, measure_opening, measure_round
from tests.bench.portal_pages import measure_pages
from tests.bench.stopwatch import CommandFailed

_MEASURES: tuple[Callable[[Bench], Iterable[Verdict]], ...] = (
    measure_round,
    measure_idle,
    measure_opening,
    measure_pages,
)


def main() -> int:
    """Run every measure, print a line for each verdict, and return 1 when a target is missed."""
    began = perf_counter()
    words = sys.argv[1:] or [""]
    names = [measure.__name__.removeprefix("measure_") for measure in _MEASURES]
    if any(all(word not in name for name in names) for word in words):
        print(f"usage: python -m tests.bench [{'|'.join(names)}]...", file=sys.stderr)
        return 2
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="grantline-bench-") as folder:
        bench = Bench(Path(folder), measured_days(datetime.now(UTC).date()))
        print(HEAD)
        try:
            for measure in (
                one
                for one in _MEASURES
                if any(word in one.__name__.removeprefix("measure_") for word in words)
            ):
                print(f"{perf_counter() - began:5.0f} s  {measure.__name__}", file=sys.stderr)
                for verdict in measure(bench):
                    print(verdict, flush=True)
                    verdicts.append(verdict)
        except CommandFailed as error:
            print(f"bench: {error}", file=sys.stderr)
            return 2
    print(f"\nMedians of {bench.repeats} interleaved runs; {perf_counter() - began:.0f} s in all.")
    print("Processor seconds of whole processes. On a busy machine look at the ratios.")
    missed = [verdict.what.strip() for verdict in verdicts if not verdict.met]
    print(f"Missed: {'; '.join(missed)}." if missed else "Every target is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
