"""Live through the faults of a seed, and find the fewest of them that break a rule."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.mail_server import MailServer
from tests.simulation.faults import DAYS, Fault, draw_faults
from tests.simulation.invariants import FaultWatcher, hold_after_quiet
from tests.simulation.machines import QUIET, FaultyOffice, Start
from tests.simulation.shrinking import smallest


@dataclass
class Lived:
    """What came of some seeds: days, grants' days, faults that struck by kind, letters taken, and failures."""

    seeds: int = 0
    days: int = 0
    grant_days: int = 0
    letters: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, office: FaultyOffice, days: int) -> None:
        """Count an office's life."""
        self.seeds += 1
        self.days += days
        self.grant_days += days * len(office.lives)
        self.letters += len(office.server.accepted)
        self.struck += office.struck


class Simulation:
    """Lives seeds one after another, all from the same starts and with the same mail server."""

    def __init__(self, starts: Sequence[Start], server: MailServer, *, kills_really: bool = False) -> None:
        self.starts, self.server, self.kills_really = starts, server, kills_really
        self.lived = Lived()

    def live(self, seed: int, faults: Sequence[Fault]) -> None:
        """Live through the faults and the quiet days after them; AssertionError when a rule is broken."""
        self.server.accepted.clear()
        start = self.starts[seed % len(self.starts)]
        with tempfile.TemporaryDirectory(prefix="grantline-simulation-") as folder:
            office = FaultyOffice(
                start, seed, list(faults), self.server, Path(folder), kills_really=self.kills_really
            )
            watcher = FaultWatcher(office)
            watcher.rounds = list(start.rounds)
            first = office.today
            try:
                for _ in range(DAYS + QUIET):
                    office.live_a_day(watcher.after_the_round)
                    watcher.at_the_end_of_the_day()
                    office.today += timedelta(days=1)
                hold_after_quiet(office)
            except BaseException as error:
                error.add_note(f"{office.today}, day {office.number}: {'; '.join(office.did)}")
                raise
            finally:
                office.engine.dispose()
            self.lived.add(office, (office.today - first).days)

    def try_seed(self, seed: int, count: int) -> str:
        """Live a seed's faults; return nothing, or the failure with the fewest faults that it takes."""
        faults = draw_faults(seed, count)
        error = self._failure(seed, faults)
        if error is None:
            return ""
        fails_alone = self._failure(seed, []) is not None
        least = [] if fails_alone else smallest(faults, lambda some: self._failure(seed, some) is not None)
        last = self._failure(seed, least) or error
        notes = " ".join(getattr(last, "__notes__", ()))
        found = f"seed {seed}: {type(last).__name__}: {last}\n{notes}\n" + "\n".join(map(str, least))
        self.lived.failures.append(found)
        return found

    def _failure(self, seed: int, faults: Sequence[Fault]) -> BaseException | None:
        try:
            self.live(seed, faults)
        except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
            return error
        return None
