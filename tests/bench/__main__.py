"""Measure the daily round against a bare script, and idle rounds, an import and pages: `python -m tests.bench`.

A measure is chosen by its name: `python -m tests.bench opening`.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from tests.bench.grant_lives import measured_days
from tests.bench.measures import HEAD, Bench, Verdict, measure_idle, measure_opening, measure_round
from tests.bench.portal_pages import measure_pages
from tests.bench.stopwatch import CommandFailed

_MEASURES: dict[str, Callable[[Bench], Iterable[Verdict]]] = {
    "round": measure_round,
    "idle": measure_idle,
    "opening": measure_opening,
    "pages": measure_pages,
}


def read_names(arguments: Sequence[str]) -> list[str]:
    """Return the measures that the arguments name, all of them if they name none."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    # Not by `choices`: with them argparse takes no arguments at all for a wrong one.
    parser.add_argument("measures", nargs="*", help=f"some of: {', '.join(_MEASURES)}; else all")
    names: list[str] = parser.parse_args(arguments).measures or list(_MEASURES)
    unknown = [name for name in names if name not in _MEASURES]
    if unknown:
        parser.error(f"no such measure: {', '.join(unknown)}")
    return names


def main() -> int:
    """Run the measures, print a line for each verdict, and return 1 when a target is missed.

    A measure that fails does not stop those after it.
    """
    chosen = read_names(sys.argv[1:])
    began = perf_counter()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="grantline-bench-") as folder:
        bench = Bench(Path(folder), measured_days(datetime.now(UTC).date()))
        print(HEAD)
        for name in chosen:
            print(f"{perf_counter() - began:5.0f} s  {name}", file=sys.stderr)
            try:
                for verdict in _MEASURES[name](bench):
                    print(verdict, flush=True)
                    if not verdict.met:
                        missed.append(verdict.what.strip())
            except CommandFailed as error:
                print(f"{name}: {error}", flush=True)
                missed.append(name)
    print(f"\nMedians of {bench.repeats} interleaved runs; {perf_counter() - began:.0f} s in all.")
    print("Processor seconds of whole processes. On a busy machine look at the ratios.")
    print(f"Missed: {'; '.join(missed)}." if missed else "Every target is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
