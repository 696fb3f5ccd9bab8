"""The measures: each runs processes, interleaved with what they are held against, and gives verdicts."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.bench.grant_lives import Days
from tests.bench.mail_sink import smtp_sink
from tests.bench.stopwatch import CommandFailed, Ran, grants, run, surroundings
from tests.bench.verdicts import Verdict
from tests.mail_server import MailServer

_FLOORS = {
    "F": "plain floor: EmailMessage, aiosmtplib",
    "F2": "prepared messages",
    "F3": "prepared messages, pipelined",
}
_FLAT, _MEMORY_MB, _LETTERS_A_SECOND, _STATUS_SECONDS, _PREFECT_SECONDS = 1.3, 200, 100, 0.5, 10
_FAR_AWAY_A_SECOND = 37  # 1,000 letters in 27 seconds
_LATENCY, _CONNECTIONS = 0.05, 10
_OPENING_SECONDS = 20  # for ten thousand grants
_LIVES_SECONDS = 60  # for a thousand lives
# How many programmes others wrote; not asked of the office, as what is loaded here counts as a child's memory too.
_STRANGERS = len(list((Path(__file__).parents[1] / "programmes" / "strangers").glob("*.yaml")))
_GATHERING_SECONDS, _GATHERING_MB = 30, 300  # for a thousand grants
# Runs a command, and says last how many modules of Prefect it has loaded.
_LOADED = """
import atexit, sys
atexit.register(lambda: print(end=str(sum(name.split(".")[0] == "prefect" for name in sys.modules))))
from deployments.cli.main import main
main()
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the databases lie, the days they are built for, how often a measure is repeated, and how large it is.

    `small`, `middle` and `large` are numbers of grants, `due` how many of them have a step to tell on the day;
    `opened` is how many are imported, `gathered` for how many figures are gathered, `lives` how many are lived through
    by chance, from the seed.
    """

    folder: Path
    days: Days
    repeats: int = 5
    small: int = 2_000
    middle: int = 20_000
    large: int = 100_000
    due: int = 1_000
    opened: int = 10_000
    lives: int = 1_000
    seed: int = 1
    gathered: int = 1_000

    def database(self, number: int, due: int | None = None) -> Path:
        """Return the database of so many grants, built once."""
        count = self.due if due is None else due
        path = self.folder / f"{number}-{count}.db"
        if not path.exists():
            # In a process of its own: a child's peak memory counts from its parent's.
            size = (str(path), str(number), str(count), self.days.on.isoformat())
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
    """Time the round and its letters, from process start to the last letter marked, against the floors."""
    seconds: dict[str, list[float]] = defaultdict(list)
    letters, on = 0, bench.days.on
    with smtp_sink() as port:
        original = bench.database(bench.middle)
        for _ in range(bench.repeats):
            whole, letters = _one_process(bench.copy(original), on, port)
            seconds["one"].append(whole)
            seconds["two"].append(_two_processes(bench.copy(original), on, port))
            env = surroundings(bench.copy(original), port)
            idle = grants("round", "--on", bench.days.eve.isoformat(), "--deliver", env=env)
            seconds["idle"].append(idle.seconds)
            for name in _FLOORS:
                seconds[name].append(run_floor(bench.copy(original), on, letters, port, name))
    seconds["started"] = [one - idle for one, idle in zip(seconds["one"], seconds["idle"], strict=True)]
    title = f"round of {bench.middle:,} grants, {bench.due:,} due, {letters:,} letters"
    yield _held(f"{title}, from process start", seconds["one"], seconds["F"], 1.0)
    yield _held("  as two commands, round and deliver", seconds["two"], seconds["F"])
    yield _held("  less the start (an idle round and delivery)", seconds["started"], seconds["F"])
    for name in ("F2", "F3"):
        yield _held(f"  the floor with {_FLOORS[name]} ({name})", seconds[name], seconds["F"])


def measure_opening(bench: Bench) -> Iterator[Verdict]:
    """Time an import of many grants, against inserting the same rows, and planning them all again."""
    number, took = bench.opened, {}
    for what in ("open", "made", "values", "meeting", "holidays"):
        path = bench.folder / ("opened.db" if what == "open" else f"{what}.db")
        if what in ("meeting", "holidays"):
            shutil.copyfile(bench.folder / "opened.db", path)
        command = (sys.executable, "-m", "tests.bench.opened_grants", what, str(path), str(number))
        took[what] = json.loads(run(command, surroundings(path)).said)
        if what not in ("open", "meeting"):
            path.unlink()
    seconds = {what: figures["seconds"] for what, figures in took.items()}
    title = f"import of {number:,} grants, {took['open']['steps']:,} steps, each with its award"
    limit = _OPENING_SECONDS * number / 10_000
    yield Verdict(title, f"{seconds['open']:.1f} s", f"{limit:.1f} s", seconds["open"] / limit, 1.0)
    for what, floor, target in (
        ("making the same rows and inserting them", "made", 3.0),
        ("inserting the same values", "values", None),
    ):
        share = seconds["open"] / seconds[floor]
        yield Verdict(
            f"  against {what}", f"{seconds['open']:.1f} s", f"{seconds[floor]:.1f} s", share, target
        )
    for what in ("meeting", "holidays"):
        share = seconds[what] / seconds["made"]
        title = f"  planned again after a changed {'meeting' if what == 'meeting' else 'list of holidays'}"
        yield Verdict(title, f"{seconds[what]:.1f} s", f"{seconds['made']:.1f} s", share)


def measure_lives(bench: Bench) -> Iterator[Verdict]:
    """Live through many grants of every programme to their ends, on every processor, all rules held."""
    yield from _live(bench, "shipped", bench.lives, 1.0)


def measure_strangers(bench: Bench) -> Iterator[Verdict]:
    """Live through a few grants of every programme that others wrote from the page alone, all rules held."""
    yield from _live(bench, "strangers", min(bench.lives, 4 * _STRANGERS), None)


def _live(bench: Bench, programmes: str, lives: int, target: float | None) -> Iterator[Verdict]:
    shares = os.cpu_count() or 1
    each = lives // shares

    def lived(number: int) -> dict[str, Any]:
        arguments = (programmes, str(bench.seed), str(number * each), str(each))
        command = (sys.executable, "-m", "tests.bench.lived_grants", *arguments)
        found: dict[str, Any] = json.loads(run(command, surroundings(bench.folder / "none.db"), 1800).said)
        return found

    with ThreadPoolExecutor(shares) as pool:
        found = list(pool.map(lived, range(shares)))
    seconds = max(one["seconds"] for one in found)
    ended = sum((Counter(one["statuses"]) for one in found), Counter[str]())
    told = ", ".join(f"{count} {status}" for status, count in ended.most_common())
    limit = _LIVES_SECONDS * lives / 1_000
    which = "every programme" if programmes == "shipped" else f"the {_STRANGERS} strangers' programmes"
    title = f"{each * shares:,} lives of {which}, seed {bench.seed}: {told}"
    yield Verdict(title, f"{seconds:.0f} s", f"{limit:.0f} s", seconds / limit, target)
    cpu = sum(one["cpu"] for one in found)
    yield Verdict(
        "  their processor time, on all processors",
        f"{cpu:.0f} s",
        f"{limit * shares:.0f} s",
        cpu / limit / shares,
    )
    for why, count in sum((Counter(one["ends"]) for one in found), Counter[str]()).most_common():
        yield Verdict(f"  open to the end: {why}", str(count), str(ended.total()), count / ended.total())


def _held(
    what: str, ours: Sequence[float], floor: Sequence[float], target: float | None = None, unit: str = "s"
) -> Verdict:
    """Return medians, and the median of the ratios of runs that were beside each other."""
    share = median(one / beside for one, beside in zip(ours, floor, strict=True))
    return Verdict(what, f"{median(ours):.2f} {unit}", f"{median(floor):.2f} {unit}", share, target)


def _one_process(database: Path, on: date, port: int) -> tuple[float, int]:
    ran = grants("round", "--on", on.isoformat(), "--deliver", "--json", env=surroundings(database, port))
    told = json.loads(ran.said)
    if not told["letters"] or told["delivery"]["accepted"] != told["letters"]:
        raise CommandFailed(f"not every letter was accepted: {ran.said}")
    return ran.seconds, int(told["letters"])


def _two_processes(database: Path, on: date, port: int) -> float:
    env = surroundings(database, port)
    return grants("round", "--on", on.isoformat(), env=env).seconds + grants("deliver", env=env).seconds


def run_floor(database: Path, on: date, letters: int, port: int, name: str) -> float:
    """Return the seconds that a floor takes for the letters, its process's start left out."""
    arguments = (str(database), on.isoformat(), str(letters), str(port), name)
    ran = run((sys.executable, "-m", "tests.bench.bare_floor", *arguments), surroundings(database))
    found = json.loads(ran.said)
    if found["sent"] != letters:
        raise CommandFailed(f"the floor sent {found['sent']} of {letters} letters")
    return float(found["seconds"])


def measure_idle(bench: Bench) -> Iterator[Verdict]:
    """Time a round on a day on which nothing is due, in a small and in a large database."""
    small, large = (bench.database(number) for number in (bench.small, bench.large))
    day = bench.days.eve.isoformat()
    whole: dict[Path, list[float]] = defaultdict(list)
    inside: dict[Path, list[float]] = defaultdict(list)
    for _ in range(bench.repeats):
        for path in (small, large):
            whole[path].append(grants("round", "--on", day, env=surroundings(path)).seconds)
            command = (sys.executable, "-m", "tests.bench.inside_round", f"sqlite:///{path}", day)
            inside[path].append(float(run(command, surroundings(path)).said) * 1000)
    title = f"idle round of {bench.large:,} grants against {bench.small:,}"
    yield _held(f"{title}, the process", whole[large], whole[small], _FLAT)
    yield _held("  the round alone", inside[large], inside[small], _FLAT, "ms")


def measure_gathering(bench: Bench) -> Iterator[Verdict]:
    """Time gathering eight figures a grant from a workbook and a database, against only reading them."""
    folder = bench.folder / "gathering"
    folder.mkdir()
    database = folder / "grants.db"
    call = (sys.executable, "-m", "tests.bench.gathered_figures")
    run((*call, "build", str(folder), str(bench.gathered)), surroundings(database))
    kept = folder / "kept"
    shutil.copyfile(database, kept)
    ours, floor, peak = [], [], 0.0
    for _ in range(bench.repeats):
        floor.append(json.loads(run((*call, "read", str(folder)), surroundings(database)).said))
        for old in folder.glob(f"{database.name}*"):
            old.unlink()
        shutil.copyfile(kept, database)
        ran = run((*call, "gather", str(folder)), surroundings(database))
        ours.append(json.loads(ran.said))
        peak = max(peak, ran.peak_mb)
    figures, expected = ours[-1]["figures"], 8 * bench.gathered
    if figures != expected or ours[-1]["failed"]:
        raise CommandFailed(f"gathered {figures} of {expected} figures")
    took, worked, read = (
        median(one[name] for one in runs) for runs, name in ((ours, "seconds"), (ours, "cpu"), (floor, "cpu"))
    )
    title = f"gathering {bench.gathered:,} grants x 8 figures from XLSX and SQL"
    limit = _GATHERING_SECONDS * bench.gathered / 1_000
    yield Verdict(title, f"{took:.1f} s", f"{limit:.1f} s", took / limit, 1.0)
    yield Verdict(
        "  processor, against only reading them", f"{worked:.1f} s", f"{read:.1f} s", worked / read, 3.0
    )
    yield Verdict("  peak memory", f"{peak:.0f} MB", f"{_GATHERING_MB} MB", peak / _GATHERING_MB, 1.0)


def measure_memory(bench: Bench) -> Iterator[Verdict]:
    """Find the peak memory of a round and of a delivery over the large database, which is used up by it."""
    path = bench.database(bench.large)
    with smtp_sink() as port:
        env = surroundings(path, port)
        for what in ("round", "deliver"):
            arguments = ("round", "--on", bench.days.on.isoformat()) if what == "round" else ("deliver",)
            peak = grants(*arguments, env=env).peak_mb
            title = f"peak memory of {what} at {bench.large:,} grants, {bench.due:,} due"
            yield Verdict(title, f"{peak:.0f} MB", f"{_MEMORY_MB} MB", peak / _MEMORY_MB, 1.0)


def measure_latency(bench: Bench) -> Iterator[Verdict]:
    """Count letters a second when the server is slow over each letter, or far away."""
    original = bench.database(bench.small)
    milliseconds = f"{_LATENCY * 1000:.0f} ms"
    for what, server, round_trips in (
        (f"{milliseconds} over each letter", MailServer(delay=_LATENCY), 1),
        (f"{milliseconds} away", MailServer(round_trip=_LATENCY), 4),
    ):
        taken: list[float] = []

        def note(stage: str, when: str, taken: list[float] = taken) -> None:
            if (stage, when) == ("dot", "after"):
                taken.append(perf_counter())

        server.watch = note
        with server.running():
            _one_process(bench.copy(original), bench.days.on, server.port)
        rate = (len(taken) - 1) / (taken[-1] - taken[0])
        limit = _CONNECTIONS / _LATENCY / round_trips
        title = f"letters a second, {_CONNECTIONS} connections, server {what} (limit {limit:.0f})"
        wanted = _LETTERS_A_SECOND if round_trips == 1 else _FAR_AWAY_A_SECOND
        yield Verdict(title, f"{rate:.0f}/s", f"{wanted:.0f}/s", wanted / rate, 1.0)


def measure_status(bench: Bench) -> Iterator[Verdict]:
    """Time `grants status` on a thousand grants, beside a Python that does nothing."""
    env = surroundings(bench.database(1_000, 100))
    shown: list[Ran] = []
    bare: list[Ran] = []
    for _ in range(bench.repeats):
        shown.append(grants("status", "--on", bench.days.on.isoformat(), env=env))
        bare.append(run((sys.executable, "-c", "pass"), env))
    seconds, nothing = (median(ran.seconds for ran in found) for found in (shown, bare))
    limit = f"{_STATUS_SECONDS} s (python -c pass: {nothing:.2f} s)"
    title = "grants status of 1,000 grants"
    yield Verdict(title, f"{seconds:.2f} s", limit, seconds / _STATUS_SECONDS, 1.0)
    loaded = run((sys.executable, "-c", _LOADED, "status"), env).said.rpartition("\n")[2]
    yield Verdict("  modules of Prefect that it loads", loaded, "0", float(loaded), 0.0)
    cpu = median(ran.cpu for ran in shown)
    yield Verdict("  its processor time", f"{cpu:.2f} s", f"{_STATUS_SECONDS} s", cpu / _STATUS_SECONDS)


def measure_prefect(bench: Bench) -> Iterator[Verdict]:
    """Time what Prefect adds to the round, at three sizes, and a task run a step instead."""
    numbers = (bench.small, bench.middle, bench.large)
    paths = [str(bench.database(number)) for number in numbers]
    command = (sys.executable, "-m", "tests.bench.prefect_rounds", bench.days.on.isoformat(), *paths)
    quiet = {
        "PREFECT_HOME": str(bench.folder / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "DO_NOT_TRACK": "1",
    }
    found = json.loads(run(command, surroundings(Path(paths[0])) | quiet).said)
    for number, plain, flow in zip(numbers, found["plain"], found["flow"], strict=True):
        title = f"what a Prefect flow adds to the round of {number:,} grants, {bench.due:,} due"
        added = flow - plain
        yield Verdict(title, f"{added:.1f} s", f"{_PREFECT_SECONDS} s", added / _PREFECT_SECONDS, 1.0)
    steps = found["a_step"] * bench.due
    title = f"  a task run for each of {bench.due:,} steps instead (from 50), against the flow"
    flow = found["flow"][1]
    yield Verdict(title, f"{steps:.0f} s", f"{flow:.1f} s", steps / flow)
