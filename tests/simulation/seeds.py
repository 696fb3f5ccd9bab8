"""Live through whole grants, then through the faults of seeds, and find the fewest of all that break a rule."""

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from tasks.store.database import reading
from tests.grant_scenes import GRANT
from tests.mail_server import MailServer
from tests.simulation.faults import KINDS, Fault, draw_faults
from tests.simulation.invariants import FaultWatcher, hold_after_quiet
from tests.simulation.machines import FaultyOffice, Start, settings_of, start_at
from tests.simulation.office.office import BEGINS, Chances, Office
from tests.simulation.office.watch import live
from tests.simulation.shrinking import smallest
from tests.simulation.stores import Store

# On which days after the first an office is kept, from which seeds go on; what is after them is lived as well.
_STANDS = (65, 90, 120, 150, 190, 240, 300, 360)


@dataclass(frozen=True)
class Pace:
    """How much a seed lives before its last day: its faults, the days on which they come, and the days after them."""

    faults: int = 4
    days: int = 2
    days_after: int = 1


# The least: a day of faults, and the last one, on which all has ended.
SHORT = Pace(faults=2, days=1, days_after=0)


@dataclass
class Lived:
    """What came of whole lives and of seeds; `ends` says why grants of the first were still open at the end."""

    lives: int = 0
    seeds: int = 0
    grant_days: int = 0
    letters: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Simulation:
    """Lives offices from end to end, and seeds of faults that go on from their days, with one mail server."""

    def __init__(
        self,
        store: Store,
        server: MailServer,
        home: Path,
        pace: Pace | None = None,
        *,
        kills_really: bool = False,
    ) -> None:
        self.store, self.server, self.home, self.kills_really = store, server, home, kills_really
        self.pace, self.settings = pace or Pace(), settings_of(server)
        self.starts: list[Start] = []
        self.lived = Lived()

    # Whole lives: what people do and what happens to them, from the application to the end.

    def live_whole(
        self, chances: Chances, every: int = 10, look: Callable[[Office], None] | None = None
    ) -> str:
        """Let grants live to their end, and keep how they stood on some days; return nothing, or the failure shrunk.

        Whole tables are looked at on each `every`th day; `look` is given the office at its end.
        """
        try:
            office = self._live_whole(chances, every, keep=True)
        except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
            return self._failed(self._shrink(chances, error))
        if look is not None:
            look(office)
        self.store.drop(office.engine)
        return ""

    def _live_whole(self, chances: Chances, every: int, *, keep: bool = False) -> Office:
        engine, stands = self.store.new(), list(_STANDS) if keep else []
        if keep:
            self.forget()

        def note(office: Office, rounds: list[date]) -> None:
            if stands and office.today >= BEGINS + timedelta(days=stands[0]):
                stands[:] = [days for days in stands if BEGINS + timedelta(days=days) > office.today]
                self.starts.append(start_at(self.store, office, rounds))

        try:
            office, ends = live(engine, chances, every, note)
        except BaseException:
            self.store.drop(engine)
            raise
        self.lived.lives += len(office.lives)
        with reading(engine) as connection:
            closed = connection.execute(select(GRANT.c.opened_on, GRANT.c.closed_on)).all()
        self.lived.grant_days += sum((one.closed_on - one.opened_on).days for one in closed if one.closed_on)
        self.lived.ends += Counter(ends.values())
        return office

    def forget(self) -> None:
        """Forget the days from which seeds go on."""
        for start in self.starts:
            self.store.forget(start.kept)
        self.starts = []

    def _shrink(self, chances: Chances, error: BaseException) -> str:
        """Return the failure with as few grants as it takes."""

        def failure(tried: Chances) -> BaseException | None:
            try:
                self.store.drop(self._live_whole(tried, 1).engine)
            except Exception as found:  # noqa: BLE001
                return found
            return None

        kept = smallest(
            chances.numbers, lambda some: failure(replace(chances, numbers=tuple(some))) is not None
        )
        last = failure(replace(chances, numbers=tuple(kept))) or error
        programmes = [chances.programmes[number % len(chances.programmes)] for number in kept]
        return f"{_said(chances.seed, last)}\ngrants {kept} of {programmes}"

    # Seeds: some days of such an office on which machines fail.

    def live(self, seed: int, faults: Sequence[Fault]) -> None:
        """Live through the faults and the quiet days after them; AssertionError when a rule is broken."""
        self.server.accepted.clear()
        start = self.starts[seed % len(self.starts)]
        with tempfile.TemporaryDirectory(dir=self.home) as home:
            settings = self.settings.model_copy(update={"home": Path(home)})
            given = (start, seed, list(faults), self.server, self.store, settings)
            office = FaultyOffice(*given, kills_really=self.kills_really)
            try:
                self._live(office, start.rounds)
            except BaseException as error:
                error.add_note(f"{office.today}, day {office.number}: {'; '.join(office.did)}")
                raise
            finally:
                office.close()

    def _live(self, office: FaultyOffice, rounds: Sequence[date]) -> None:
        watcher, first = FaultWatcher(office), office.today
        watcher.rounds = list(rounds)
        for day in range(self.pace.days + self.pace.days_after):
            office.tomorrow(after=min(day, 1))
            if day >= self.pace.days:
                office.faults.clear()
            office.live_a_day(watcher.after_the_round)
            watcher.at_the_end_of_the_day()
        office.live_the_last_day(watcher.after_the_round)
        watcher.at_the_end_of_the_day()
        hold_after_quiet(office)
        self.lived.seeds += 1
        self.lived.grant_days += (office.today - first).days * len(office.lives)
        self.lived.letters += len(office.server.accepted)
        self.lived.struck += office.struck

    def try_seed(self, seed: int) -> str:
        """Live a seed's faults; return nothing, or the failure with the fewest faults that it takes."""
        faults = draw_faults(seed, self.pace.faults, self.pace.days, self.store.kind)
        error = self._failure(seed, faults)
        if error is None:
            return ""
        fails_alone = self._failure(seed, []) is not None
        least = [] if fails_alone else smallest(faults, lambda some: self._failure(seed, some) is not None)
        last = self._failure(seed, least) or error
        return self._failed(_said(seed, last) + "\n" + "\n".join(map(str, least)))

    def hold_seeds(self, seeds: Sequence[int]) -> None:
        """Hold that no seed breaks a rule, that letters left, and that every kind of fault struck."""
        assert len(self.starts) >= 3
        assert [found for seed in seeds if (found := self.try_seed(seed))] == []
        lived = self.lived
        assert 4 * lived.letters > lived.seeds == len(seeds)
        assert all(lived.struck[kind] for kind in KINDS[self.store.kind]), lived.struck

    def _failure(self, seed: int, faults: Sequence[Fault]) -> BaseException | None:
        try:
            self.live(seed, faults)
        except Exception as error:  # noqa: BLE001 - whatever breaks is what is looked for
            return error
        return None

    def _failed(self, found: str) -> str:
        self.lived.failures.append(found)
        return found


def _said(seed: int, error: BaseException) -> str:
    notes = " ".join(getattr(error, "__notes__", ()))
    return f"seed {seed}: {type(error).__name__}: {error}\n{notes}"
