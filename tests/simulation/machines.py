"""An office in the middle of its grants, its machines' faults, and how it lives through them."""

from __future__ import annotations

import copy
import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from tasks.outbox.deliver import deliver
from tasks.round.values import day_off
from tasks.settings import load_settings
from tasks.store.database import reading
from tests.builders import a_database, an_engine
from tests.grant_scenes import LETTER, ZONE, at, do_round
from tests.mail_server import Fault as ServerFault
from tests.mail_server import MailServer
from tests.simulation.faults import Fault, Lifeline
from tests.simulation.office.office import PROGRAMME_NAMES, Chances, Office
from tests.simulation.office.work import see_to

_DAY = timedelta(days=1)
# So many quiet days follow the last fault: what a mail server refuses for now is given up after five.
QUIET = 8
# On which days after the first the offices stand from which the seeds begin.
_STANDS = (60, 110, 170, 240, 330)


@dataclass(frozen=True)
class Start:
    """Where a simulation begins: the database's file, the office that lived so far, and the letters that it sent."""

    content: bytes
    office: Office
    rounds: list[date]


def list_starts(folder: Path, seed: int = 3) -> list[Start]:
    """Live through a grant of each of six programmes without faults, and keep how things stand on some days."""
    chances = Chances(seed, tuple(range(6)), programmes=PROGRAMME_NAMES)
    office = Office(a_database(folder), chances, see_to)
    first, starts, rounds = office.today, [], list[date]()
    for after in _STANDS:
        while office.today < first + after * _DAY:
            office.live_a_day(lambda: None)
            rounds += [office.today] if office.ran else []
            office.tomorrow()
        starts.append(Start(_content(office), copy.copy(office), list(rounds)))
        starts[-1].office.lives = _lives(office, f"{seed} {after}")
    office.engine.dispose()
    return starts


def _content(office: Office) -> bytes:
    office.engine.dispose()  # SQLite folds its log into the file
    return Path(str(office.engine.url.database)).read_bytes()


def _lives(office: Office, seed: str) -> dict[str, Any]:
    """Return copies of the lives, whose chances follow from the seed."""
    return {
        name: replace(
            life,
            chance=random.Random(f"{seed}/{name}"),
            surprises=list(life.surprises),
            answers_on=dict(life.answers_on),
        )
        for name, life in office.lives.items()
    }


class FaultyOffice(Office):
    """An office that goes on from a start, meets its faults, and sends its letters to a real server.

    `struck` counts the faults that came to something. `kills_really` forks what is to die, and kills it.
    """

    def __init__(
        self,
        start: Start,
        seed: int,
        faults: list[Fault],
        server: MailServer,
        folder: Path,
        *,
        kills_really: bool = False,
    ) -> None:
        vars(self).update(vars(start.office))
        self.path = folder / "grants.db"
        self._put_back(start.content)
        self.engine = an_engine(f"sqlite:///{self.path}")
        event.listen(self.engine, "connect", _hurry)
        self.lifeline, self.kills_really = Lifeline(self.engine), kills_really
        self.chances = replace(self.chances, seed=seed)
        self.lives, self.gone = _lives(start.office, str(seed)), set(start.office.gone)
        self.did, self.refused, self.struck = [], Counter(), Counter[str]()
        self.faults, self.server, self.number = faults, server, 0
        self.backups: list[bytes] = []
        self.restored: list[int] = []  # how many letters the server had accepted at each return of a backup
        self.settings = load_settings(
            home=folder,
            secret_keys="a key of the tests",
            timezone=str(ZONE),
            admin_email="admin@example.org",
            **server.settings,
        )
        with reading(self.engine) as connection:
            self.before = frozenset(connection.execute(select(LETTER.c.message_id)).scalars())

    def live_a_day(self, check_morning: Callable[[], None]) -> None:
        """Live through the day with the faults that come on it."""
        self.did.clear()
        self._meet_machines()
        self._fate(random.Random(f"{self.chances.seed}:{self.today}"))
        self.ran = day_off(self.today) is None
        if self.ran:
            self._guard("round", self._round)
            check_morning()
            self.deliver(7)
        if self.ran or random.Random(f"work {self.today}").random() < 0.1:
            self._guard("people", self._work)
        for hour in (10, 15):
            self.deliver(hour)
        if any(one.kind == "restore" for one in self.faults):
            self.backups.append(_content(self))
        self.number += 1
        self.server.faults = ()

    def deliver(self, hour: int) -> None:
        """Deliver as a service does: whether letters wait or not, and again some minutes after a death."""
        moment = at(self.today, hour)
        self._guard("delivery", lambda: deliver(self.engine, self.settings, lambda: moment))
        self.after_delivery()

    def todays(self, kind: str) -> list[Fault]:
        """Return the day's faults of a kind."""
        return [one for one in self.faults if (one.day, one.kind) == (self.number, kind)]

    def _round(self) -> None:
        self.counts = do_round(self.engine, self.today)

    def _meet_machines(self) -> None:
        for fault in self.todays("restore"):
            if fault.number <= len(self.backups):
                self._restore(fault.number)
        for fault in self.todays("outage"):
            self.today += fault.number * _DAY
            self.struck["outage"] += 1
        for fault in self.todays("clock"):
            self._run_slow(self.today - fault.number * _DAY)
        smtp = self.todays("smtp")
        self.server.faults = [_of_server(one) for one in smtp]
        self.struck["smtp"] += len(smtp)

    def _run_slow(self, day: date) -> None:
        do_round(self.engine, day)
        deliver(self.engine, self.settings, lambda: at(day, 9))
        self.struck["clock"] += 1

    def _restore(self, age: int) -> None:
        self.engine.dispose()
        self._put_back(self.backups[-age])
        del self.backups[len(self.backups) - age + 1 :]
        self.restored.append(len(self.server.accepted))
        self.struck["restore"] += 1

    def _put_back(self, content: bytes) -> None:
        for end in ("-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        self.path.write_bytes(content)

    def _guard(self, place: str, act: Callable[[], object]) -> None:
        """Do it, with the faults that have come for this place; what died is done again, as after a restart."""
        come = [one for one in self.faults if one.day <= self.number and one.place == place]
        fails = next((one for one in come if one.kind in ("kill", "disk")), None)
        if fails is not None:
            self.faults.remove(fails)
            if not self._fail_at(fails, act):
                # It strikes later: the statements of this place are counted on.
                self.faults.append(replace(fails, number=self.lifeline.left))
                return
        both = [one for one in come if one.kind == "two" and one.day == self.number]
        self.struck["two"] += len(both)
        if not both:
            act()
            return
        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(act), pool.submit(act)]:
                one.result()

    def _fail_at(self, fault: Fault, act: Callable[[], object]) -> bool:
        """Do it until the fault strikes; return whether it did."""
        if self.kills_really and fault.kind == "kill" and fault.place != "people":
            self._kill(fault, act)
            return True
        self.lifeline.arm(fault)
        try:
            act()
        except BaseException:
            if not self.lifeline.struck:
                raise
        self.lifeline.disarm()
        if self.lifeline.struck:
            self.struck[fault.kind] += 1
            self.engine.dispose()
        return self.lifeline.struck

    def _kill(self, fault: Fault, act: Callable[[], object]) -> None:
        """Do it in a process that is killed at the fault's statement."""
        self.engine.dispose()
        child = os.fork()
        if not child:
            try:
                self.lifeline.really = True
                self.lifeline.arm(fault)
                act()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        self.struck["real kill"] += os.WIFSIGNALED(status)


def _hurry(connection: Any, _record: object) -> None:
    # Processes are killed here, machines are not: nothing needs to be on the disk.
    connection.execute("PRAGMA synchronous = OFF")


def _of_server(fault: Fault) -> ServerFault:
    stage, _, act = fault.place.partition(" ")
    return ServerFault(stage, act, times=fault.number)
