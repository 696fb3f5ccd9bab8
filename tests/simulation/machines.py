"""An office in the middle of its grants, its machines' faults, and how it lives through them."""

import asyncio
import copy
import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from models.vocabulary import LetterStatus
from tasks.outbox.deliver import deliver_due
from tasks.outbox.queue import count_leased, next_letter_at
from tasks.round.days import is_day_off
from tasks.settings import Settings, load_settings
from tasks.store.database import reading
from tests.databases import cut_connections
from tests.grant_scenes import EVENT, LETTER, PERSON, ZONE, at, do_round
from tests.mail_server import Fault as ServerFault
from tests.mail_server import MailServer
from tests.simulation.faults import AT_STATEMENT, Fault, Lifeline
from tests.simulation.office.office import Office, address
from tests.simulation.stores import Store

_DAY = timedelta(days=1)
_HEAD = select(EVENT.c.id, EVENT.c.sha256).order_by(EVENT.c.id.desc()).limit(1)
_SENT = select(LETTER.c.message_id)
_UNTOLD = select(LETTER.c.id).where(
    LETTER.c.failure_told_at.is_(None), LETTER.c.status.in_([LetterStatus.BOUNCED, LetterStatus.POISONED])
)
_TOP = select(PERSON.c.bounced_at).where(PERSON.c.email == address("top"))
# What a mail server refuses for now is given up after five days: on the last day all of it has ended.
_UNTIL_ALL_ENDED = timedelta(days=6)


@dataclass(frozen=True)
class Start:
    """Where a seed begins: the database as its store keeps it, the office that lived so far, and its rounds.

    `head` is the journal's last event there, with its hash.
    """

    kept: Any
    office: Office
    rounds: list[date]
    head: tuple[int, str]


def settings_of(server: MailServer) -> Settings:
    """Return the settings by which an office sends its letters to the server."""
    return load_settings(
        secret_keys="a key of the tests",
        timezone=str(ZONE),
        admin_email="admin@example.org",
        smtp_connections=5,  # three letters at a time, as all go to one domain
        **server.settings,
    )


def start_at(store: Store, office: Office, rounds: list[date]) -> Start:
    """Keep how things stand in an office that goes on."""
    with reading(office.engine) as connection:
        number, sha256 = connection.execute(_HEAD).one()
    kept, now = store.keep(office.engine), copy.copy(office)
    now.lives = _lives(office, f"{office.chances.seed} {office.today}")
    return Start(kept, now, list(rounds), (number, sha256))


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
        store: Store,
        settings: Settings,
        *,
        kills_really: bool = False,
    ) -> None:
        vars(self).update(vars(start.office))
        self.start, self.store, self.kills_really = start, store, kills_really
        self._open(start.kept)
        self.chances = replace(self.chances, seed=seed)
        self.lives, self.gone = _lives(start.office, str(seed)), set(start.office.gone)
        self.did, self.refused, self.struck = [], Counter(), Counter[str]()
        self.faults, self.server, self.number = faults, server, 0
        self.backups: list[Any] = []
        self.restored: list[int] = []  # how many letters the server had accepted at each return of a backup
        self.settings = settings
        with reading(self.engine) as connection:
            self.before = frozenset(connection.execute(_SENT).scalars())

    def live_a_day(self, check_morning: Callable[[], None]) -> None:
        """Live through the day with the faults that come on it."""
        self.did.clear()
        self._meet_machines()
        self._fate(random.Random(f"{self.chances.seed}:{self.today}"))
        self._keep_the_top()
        self.ran = not is_day_off(self.today)
        if self.ran:
            self._guard("round", self._round)
            check_morning()
            if self._waits(7) or any(one.place == "delivery" for one in self.faults):
                self.deliver(7)
        for fault in self.todays("restore"):
            self._restore(fault.number)
        self._guard("people", self._work)
        if self._waits(15):
            self.deliver(15)
        if any(one.kind == "restore" for one in self.faults):
            self.backups.append(self.store.keep(self.engine))
        self.number += 1
        self.server.faults = ()

    def live_the_last_day(self, check_morning: Callable[[], None]) -> None:
        """Live through a working day after all that waits has ended: no machine fails, and nobody does anything."""
        self.did.clear()
        self.faults.clear()
        self.today += _UNTIL_ALL_ENDED
        while is_day_off(self.today):
            self.today += _DAY
        self._keep_the_top()
        self._round()
        check_morning()
        if self._waits(7):
            self.deliver(7)

    def deliver(self, hour: int) -> None:
        """Deliver to the server."""
        self._guard("delivery", lambda: self._hand_over(self.today, hour))
        self.after_delivery()

    def _hand_over(self, day: date, hour: int) -> None:
        moment = at(day, hour)
        asyncio.run(deliver_due(self.engine, self.settings, lambda: moment))

    def tomorrow(self, after: int = 1) -> None:
        """Go on by so many days, and then to the next working day; one in ten days off is lived too."""
        self.today += after * _DAY
        rarely = random.Random(f"weekend {self.chances.seed} {self.today}").random() < 0.1
        while is_day_off(self.today) and not rarely:
            self.today += _DAY

    def _keep_the_top(self) -> None:
        """Let somebody say that the address of the last who can be reached is right, where a server refused it."""
        if not self.struck["smtp"]:
            return
        with reading(self.engine) as connection:
            refused = connection.execute(_TOP).scalar() is not None
        if refused:
            self._change("top", bounced=False)

    def _waits(self, hour: int) -> bool:
        """Return whether a letter is due, or in the hands of a delivery that died, or failed and was not told of."""
        with reading(self.engine) as connection:
            following = next_letter_at(connection)
            leased = count_leased(connection)
            failed = connection.execute(_UNTOLD.limit(1)).first()
        is_due = following is not None and following <= at(self.today, hour)
        return is_due or leased > 0 or failed is not None

    def todays(self, kind: str) -> list[Fault]:
        """Return the day's faults of a kind."""
        return [one for one in self.faults if (one.day, one.kind) == (self.number, kind)]

    def _round(self) -> None:
        self.counts = do_round(self.engine, self.today)

    def _meet_machines(self) -> None:
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
        self._hand_over(day, 9)
        self.struck["clock"] += 1

    def _restore(self, age: int) -> None:
        """Put the backup of so many evenings ago in place; before the first evening it is how the office began.

        A backup that was put back has forgotten those that came after it.
        """
        age = min(age, len(self.backups) + 1)
        self.store.drop(self.engine)
        self._open([self.start.kept, *self.backups][-age])
        for kept in self.backups[len(self.backups) + 1 - age :]:
            self.store.forget(kept)
            self.backups.remove(kept)
        self.restored.append(len(self.server.accepted))
        self.struck["restore"] += 1

    def _open(self, kept: Any) -> None:
        self.engine = self.store.copy(kept)
        self.lifeline = Lifeline(self.engine, lambda: cut_connections(self.engine))

    def close(self) -> None:
        """Forget the database and its backups."""
        self.store.drop(self.engine)
        for kept in self.backups:
            self.store.forget(kept)

    def _guard(self, place: str, act: Callable[[], object]) -> None:
        """Do it, with the faults that have come for this place; what died is done again, as after a restart."""
        come = [one for one in self.faults if one.day <= self.number and one.place == place]
        fails = next((one for one in come if one.kind in AT_STATEMENT), None)
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


def _of_server(fault: Fault) -> ServerFault:
    stage, _, act = fault.place.partition(" ")
    return ServerFault(stage, act, times=fault.number)
