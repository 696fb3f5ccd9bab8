"""Kill a real deliverer at random moments: `python -m tests.simulation.kills [COUNT] [--database KIND]`.

A process of its own delivers a dozen letters to a real server by the product's own command, and is killed with SIGKILL
when chance says so. The next one finds what it left. Nothing is put back in between: all live on one database.
"""

import argparse
import logging
import multiprocessing
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine, func, select

from models.vocabulary import LetterKind, LetterStatus
from tasks.outbox.deliver import deliver
from tasks.outbox.queue import count_leased, next_letter_at
from tasks.settings import Settings, load_settings
from tasks.store.database import open_engine, reading, transaction
from tests.builders import MORNING, a_database, a_grant, a_letter, a_notice, a_person, a_step
from tests.database_kinds import KINDS
from tests.mail_server import MailServer
from tests.outbox_scenes import ATTEMPT, LETTER, events, rows

# How many letters a deliverer finds, every third about money; and how long, in seconds, the server takes over one.
LETTERS, _DELAY = 12, 0.003
# After so many minutes the next one comes: the leases of a dead one have ended.
_PAUSE = timedelta(minutes=3)
_HANDING_OVER = select(func.count()).where(LETTER.c.status == LetterStatus.HANDING_OVER)


@dataclass
class Killing:
    """A database on which deliverers are killed, and what came of them.

    `left_open` letters were being handed over when a process died; `seconds` is how long an undisturbed one takes.
    """

    engine: Engine
    server: MailServer
    settings: Settings
    chance: random.Random
    now: datetime = MORNING
    seconds: float = 0.0
    processes: int = 0
    kills: int = 0
    left_open: int = 0

    def measure(self) -> None:
        """See how long a deliverer takes that is not killed; before, so that a fork finds all imported, one here."""
        self._queue(LETTERS)
        _run(self.engine.url.render_as_string(hide_password=False), self.settings, self.now)
        self.now += _PAUSE
        began = monotonic()
        self._deliver(None)
        self.seconds = monotonic() - began

    def kill_one(self) -> None:
        """Let deliverers begin until one is killed before its end."""
        before = self.kills
        while self.kills == before:
            self._deliver(self.chance.uniform(0.0, 1.2 * self.seconds))

    def end(self) -> None:
        """Let other deliverers come by, undisturbed, until what goes once more has gone."""
        for _ in range(14):
            with reading(self.engine) as connection:
                if next_letter_at(connection) is None and not count_leased(connection):
                    return
            self._deliver(None, letters=0)

    def _deliver(self, kill_after: float | None, letters: int = LETTERS) -> None:
        self._queue(letters)
        self.engine.dispose()  # a fork shares no connection with its parent
        url = self.engine.url.render_as_string(hide_password=False)
        child = multiprocessing.get_context("fork").Process(target=_run, args=(url, self.settings, self.now))
        began = monotonic()
        child.start()
        child.join(kill_after)
        if child.is_alive():
            child.kill()
            child.join()
        self.processes += 1
        if child.exitcode:
            assert child.exitcode == -9, "a deliverer failed"
            self.kills += 1
            self.server.when(lambda: self.server.open_connections == 0)
            with reading(self.engine) as connection:
                self.left_open += connection.execute(_HANDING_OVER).scalar_one()
            self.seconds *= 1.02  # of a busy machine; who gets away says how long it takes now
        elif kill_after is not None:
            self.seconds = monotonic() - began
        self.now += _PAUSE

    def _queue(self, count: int) -> None:
        """Queue letters about steps of one grant, each to an owner of its own."""
        with transaction(self.engine) as connection:
            grant = a_grant(connection, reference=f"KILL-{self.now:%d-%H-%M}") if count else 0
            for number in range(count):
                person = a_person(connection, email=f"reader-{self.now:%d-%H-%M}-{number}@example.org")
                step = a_step(connection, grant, key=f"report-{number}", position=number, owner_id=person)
                kind = LetterKind.TASKS if number % 3 else LetterKind.MONEY
                times = {"queued_at": self.now, "next_attempt_at": self.now}
                letter = a_letter(connection, person, kind=kind, letter_on=self.now.date(), **times)
                a_notice(connection, letter, step)


def _run(url: str, settings: Settings, now: datetime) -> None:
    """Deliver what is due, in a process of its own."""
    engine = open_engine(url)
    began = monotonic()
    deliver(engine, settings, lambda: now + timedelta(seconds=monotonic() - began))
    engine.dispose()


@dataclass(frozen=True)
class Found:
    """What became of the letters; `lost` ones are neither with the server nor logged as open."""

    letters: int
    taken: int
    lost: int
    repeated: int
    unexplained: int
    open_and_not_taken: int


def look(engine: Engine, server: MailServer) -> Found:
    """Hold every letter against what the server took, and the repeats against the attempts that were logged."""
    unsure = Counter(row.letter_id for row in rows(engine, ATTEMPT) if row.outcome == "unconfirmed")
    taken = Counter(server.message_ids())
    lost = repeated = unexplained = open_and_not_taken = 0
    letters = rows(engine, LETTER)
    for letter in letters:
        count, ended = taken.pop(letter.message_id, 0), letter.status
        repeated += count == 2
        unexplained += count > 1 + bool(unsure[letter.id])
        is_open = ended == LetterStatus.UNCONFIRMED and unsure[letter.id] > 0
        open_and_not_taken += is_open and not count
        lost += not (is_open or (ended == LetterStatus.ACCEPTED and count))
    assert not taken, "the server took a letter that nobody wrote"
    copies: dict[str, set[bytes]] = {}
    for one in server.accepted:
        copies.setdefault(one.message_id, set()).add(one.content)
    unexplained += sum(len(different) > 1 for different in copies.values())
    events(engine)
    return Found(len(letters), len(server.accepted), lost, repeated, unexplained, open_and_not_taken)


def kill(kind: str, count: int, seed: int, folder: Path) -> tuple[Killing, Found]:
    """Kill so many deliverers on a database of the kind, let all end, and return what was found."""
    from tests.databases import a_new_postgres_database

    engine = a_database(folder) if kind == "sqlite" else a_new_postgres_database()
    with MailServer(delay=_DELAY).running() as server:
        settings = load_settings(home=folder, secret_keys="a key of the tests", **server.settings)
        killing = Killing(engine, server, settings, random.Random(f"kills {seed}"))
        killing.measure()
        for _ in range(count):
            killing.kill_one()
        killing.end()
        found = look(engine, server)
    engine.dispose()
    return killing, found


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, and print what became of the letters; 1 when one was lost, or was repeated without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.kills", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=500, help="how many processes are killed")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="grantline-kills-") as folder:
        killing, found = kill(chosen.database, chosen.count, chosen.seed, Path(folder))
    print(f"{chosen.database}: {killing.kills} of {killing.processes} deliverers killed", end=" ")
    print(f"in {monotonic() - began:.0f} s, {killing.left_open} letters open as they died")
    print(f"  {found.letters:,} letters, {found.taken:,} taken by the server: {found.lost} lost,", end=" ")
    print(f"{found.repeated} taken twice, of which {found.unexplained} without an open attempt;", end=" ")
    print(f"{found.open_and_not_taken} logged as open that the server has not")
    return int(bool(found.lost or found.unexplained))


if __name__ == "__main__":
    raise SystemExit(main())
