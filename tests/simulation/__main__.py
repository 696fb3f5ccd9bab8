"""Live through grants and faults by chance: `python -m tests.simulation SEED [COUNT] [--faults N] [--minutes M] ...`.

Six programmes are drawn, shipped ones and those that others wrote from the page alone; a grant of each is lived to its
end, and fifty seeds of faults go on from days of that life; then six others. What breaks a rule is shrunk: to the
grants, or the faults, without which it does not come.
"""

import argparse
import logging
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, process_time

from tests.database_kinds import KINDS
from tests.mail_server import MailServer
from tests.simulation.office.office import PROGRAMME_NAMES, STRANGERS, Chances
from tests.simulation.seeds import Lived, Pace, Simulation
from tests.simulation.stores import store_of

# How many grants an office has, and how many seeds go on from its days.
_GRANTS, _SEEDS = 6, 50


def draw_chances(seed: int) -> Chances:
    """Return an office of programmes drawn by the seed."""
    programmes = random.Random(f"programmes {seed}").sample((*PROGRAMME_NAMES, *STRANGERS), _GRANTS)
    return Chances(seed, tuple(range(_GRANTS)), programmes=tuple(programmes))


def main(arguments: Sequence[str] | None = None) -> int:
    """Live, print failures as they are found and at the end what was lived; 1 when a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, help="the first seed")
    parser.add_argument("count", type=int, nargs="?", default=1, help="how many seeds, one after another")
    parser.add_argument("--faults", type=int, default=4, help="how many faults a seed has")
    parser.add_argument("--minutes", type=float, default=60.0, help="when to stop in any case")
    parser.add_argument("--kill", action="store_true", help="kill real processes (SIGKILL)")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # thousands of faults are logged as they must be
    until = monotonic() + 60 * chosen.minutes
    with (
        tempfile.TemporaryDirectory(prefix="grantline-simulation-") as folder,
        MailServer().running() as server,
    ):
        store = store_of(chosen.database, Path(folder))
        simulation = Simulation(store, server, Path(folder), Pace(chosen.faults), kills_really=chosen.kill)
        began = monotonic(), process_time()
        for seed in range(chosen.seed, chosen.seed + chosen.count):
            if monotonic() > until:
                break
            if (seed - chosen.seed) % _SEEDS == 0:
                _print(simulation.live_whole(draw_chances(seed)))
            if simulation.starts:
                _print(simulation.try_seed(seed))
        took = monotonic() - began[0], process_time() - began[1]
        simulation.forget()
    _report(simulation.lived, *took)
    return int(bool(simulation.lived.failures))


def _print(found: str) -> None:
    if found:
        print(found, flush=True)


def _report(lived: Lived, seconds: float, processor: float) -> None:
    print(
        f"{lived.lives:,} whole lives and {lived.seeds:,} seeds in {seconds:.0f} s ({processor:.0f} s of processor)"
    )
    print(f"  {lived.grant_days / 365:.1f} grant-years, {lived.letters:,} letters taken by the mail server")
    print("  faults that struck:", ", ".join(f"{kind} {n:,}" for kind, n in lived.struck.most_common()))
    print("  open to the end:", ", ".join(f"{why} {n}" for why, n in lived.ends.most_common()) or "none")
    print(f"  broken rules: {len(lived.failures)}")


if __name__ == "__main__":
    raise SystemExit(main())
