"""The measures: each runs processes, interleaved with what they are held against, and gives verdicts."""

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from tests.bench.grant_lives import Days
from tests.bench.stopwatch import CommandFailed, Ran, grants, run, surroundings
from tests.mail_server import MailServer

# The most that a round and its letters may take, as a share of the floor's processor time, by the number of grants.
_ROUND = {20_000: 1.5, 100_000: 1.2}
_FLAT, _MEMORY_MB = 1.3, 200
_OPENING_SECONDS = 40  # of processor, for ten thousand grants
_WIDTHS = (83, 8, 30, 5, 7, 7)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A measure: ours, what it is held against, and `share`, which is to be at most `target` (None: only told)."""

    what: str
    ours: str
    floor: str
    share: float
    target: float | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.target is None or self.share <= self.target

    def __str__(self) -> str:
        """Return the line of the table."""
        if self.target is None:
            return _line(self.what, self.ours, self.floor, f"{self.share:.2f}", "-", "told")
        outcome = "met" if self.met else "MISSED"
        return _line(self.what, self.ours, self.floor, f"{self.share:.2f}", f"<= {self.target:.2f}", outcome)


def _line(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


HEAD = _line("what", "ours", "floor or limit", "ratio", "target", "verdict")


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the databases lie, the days they are built for, how often a measure is repeated, and how large it is.

    `small`, `middle` and `large` are numbers of grants, `due` how many of them have a step to tell on the day;
    `opened` is how many are imported.
    """

    folder: Path
    days: Days
    repeats: int = 5
    small: int = 2_000
    middle: int = 20_000
    large: int = 100_000
    due: int = 1_000
    opened: int = 10_000

    def database(self, number: int) -> Path:
        """Return the database of so many grants, built once."""
        path = self.folder / f"{number}.db"
        if not path.exists():
            # In a process of its own: a child's peak memory counts from its parent's.
            size = (str(path), str(number), str(self.due), self.days.on.isoformat())
            run((sys.executable, "-m", "tests.bench.portfolio_rows", *size), surroundings(path))
        return path

    def copy(self, original: Path) -> Path:
        """Return a fresh copy of a database; the copy before it is gone."""
        path = self.folder / "copy.db"
        for old in self.folder.glob(f"{path.name}*"):
            old.unlink()
        shutil.copyfile(original, path)
        # Else the first commit that is measured would wait until the whole copy is on the disk.
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return path


def measure_round(bench: Bench) -> Iterator[Verdict]:
    """Compare the round and its letters with the floor: processor seconds of whole processes, run in turn."""
    with MailServer().running() as server:
        for number in (bench.middle, bench.large):
            original = bench.database(number)
            ours, floor, letters = list[float](), list[float](), 0
            peak = 0.0
            for _ in range(bench.repeats):
                server.accepted.clear()
                ran, letters = run_round(bench.copy(original), bench.days.on, server.port)
                ours.append(ran.cpu)
                peak = max(peak, ran.peak_mb)
                floor.append(run_floor(bench.copy(original), bench.days.on, letters, server.port).cpu)
            title = f"round of {number:,} grants, {bench.due:,} due, {letters:,} letters"
            yield _held(title, ours, floor, _ROUND.get(number))
            yield Verdict("  its peak memory", f"{peak:.0f} MB", f"{_MEMORY_MB} MB", peak / _MEMORY_MB, 1.0)


def measure_opening(bench: Bench) -> Iterator[Verdict]:
    """Measure an import of many grants, each with its award."""
    path = bench.folder / "opened.db"
    command = (sys.executable, "-m", "tests.bench.opened_grants", str(path), str(bench.opened))
    ran = run(command, surroundings(path))
    limit = _OPENING_SECONDS * bench.opened / 10_000
    title = f"import of {bench.opened:,} grants, {int(ran.said):,} steps, each with its award"
    yield Verdict(title, f"{ran.cpu:.1f} s", f"{limit:.1f} s", ran.cpu / limit, 1.0)


def _held(
    what: str, ours: Sequence[float], floor: Sequence[float], target: float | None = None, unit: str = "s"
) -> Verdict:
    """Return medians, and the median of the ratios of runs that were beside each other."""
    share = median(one / beside for one, beside in zip(ours, floor, strict=True))
    return Verdict(what, f"{median(ours):.2f} {unit}", f"{median(floor):.2f} {unit}", share, target)


def run_round(database: Path, on: date, port: int) -> tuple[Ran, int]:
    """Run the round and deliver its letters; return what that took, and how many letters they were."""
    ran = grants("round", "--on", on.isoformat(), "--deliver", "--json", env=surroundings(database, port))
    told = json.loads(ran.said)
    if not told["letters"] or told["delivery"]["accepted"] != told["letters"]:
        raise CommandFailed(f"not every letter was accepted: {ran.said}")
    return ran, int(told["letters"])


def run_floor(database: Path, on: date, letters: int, port: int) -> Ran:
    """Let the bare script send as many letters; return what that took."""
    arguments = (str(database), on.isoformat(), str(letters), str(port))
    ran = run((sys.executable, "-m", "tests.bench.bare_floor", *arguments), surroundings(database))
    if int(ran.said) != letters:
        raise CommandFailed(f"the floor sent {ran.said} of {letters} letters")
    return ran


def measure_idle(bench: Bench) -> Iterator[Verdict]:
    """Compare rounds on a day on which nothing is due, in databases of three sizes."""
    took: dict[int, list[float]] = defaultdict(list)
    for _ in range(bench.repeats):
        for number in (bench.small, bench.middle, bench.large):
            env = surroundings(bench.database(number))
            took[number].append(grants("round", "--on", bench.days.eve.isoformat(), env=env).cpu)
    for number in (bench.middle, bench.large):
        title = f"idle round of {number:,} grants against {bench.small:,}"
        yield _held(title, took[number], took[bench.small], _FLAT)
