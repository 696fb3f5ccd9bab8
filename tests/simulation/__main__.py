"""Live through seeds of faults: `python -m tests.simulation SEED [COUNT] [--faults N] [--minutes M] [--kill]`."""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path
from time import monotonic, process_time

from tests.mail_server import MailServer
from tests.simulation.machines import list_starts
from tests.simulation.seeds import Simulation


def main() -> int:
    """Live, print failures as they are found and at the end what was lived; 1 when a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, help="the first seed")
    parser.add_argument("count", type=int, nargs="?", default=1, help="how many seeds, one after another")
    parser.add_argument("--faults", type=int, default=6, help="how many faults a seed has")
    parser.add_argument("--minutes", type=float, default=60.0, help="when to stop in any case")
    parser.add_argument("--kill", action="store_true", help="kill real processes (SIGKILL)")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)  # thousands of faults are logged as they must be
    until = monotonic() + 60 * chosen.minutes
    with tempfile.TemporaryDirectory() as folder, MailServer().running() as server:
        simulation = Simulation(list_starts(Path(folder)), server, kills_really=chosen.kill)
        began = monotonic(), process_time()
        for seed in range(chosen.seed, chosen.seed + chosen.count):
            if monotonic() > until:
                break
            if found := simulation.try_seed(seed, chosen.faults):
                print(found, flush=True)
        took = monotonic() - began[0], process_time() - began[1]
    lived = simulation.lived
    print(f"{lived.seeds:,} lives in {took[0]:.0f} s ({took[1]:.0f} s of processor)")
    print(f"  {lived.grant_days / 365:.1f} grant-years, {lived.letters:,} letters taken")
    print("  faults that struck:", ", ".join(f"{kind} {n:,}" for kind, n in lived.struck.most_common()))
    print(f"  seeds that broke a rule: {len(lived.failures)}")
    return int(bool(lived.failures))


if __name__ == "__main__":
    raise SystemExit(main())
