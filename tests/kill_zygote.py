"""Deliver in processes of their own, each killed with SIGKILL at a chosen boundary.

Run as a module it reads lists of orders, a JSON line each, forks a deliverer for each order, all of a line at once,
and answers with the boundaries that each passed and how it ended. Everything is imported once, before the forks.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasks.channels.kinds.email import SmtpServer
from tasks.store.database import open_engine
from tests.builders import MORNING
from tests.outbox_scenes import StandingClock, deliver


class Boundaries:
    """Counts the points at which a deliverer can die, and dies at one of them.

    They lie before and after each commit, and before and after each piece of SMTP that is sent or received.
    """

    def __init__(self, kill_at: int) -> None:
        self.passed: list[str] = []
        self._kill_at = kill_at

    def reach(self, what: str) -> None:
        """Pass a point, or die there."""
        self.passed.append(what)
        if len(self.passed) == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Any) -> None:
        """Stand between the deliverer and its database driver and its sockets."""
        commit = engine.dialect.do_commit

        def watched_commit(connection: Any) -> None:
            self.reach("before commit")
            commit(connection)
            self.reach("after commit")

        engine.dialect.do_commit = watched_commit
        send, receive = socket.socket.send, socket.socket.recv

        def watched_send(sock: socket.socket, data: bytes, *flags: int) -> int:
            if sock.family is not socket.AF_INET:  # the event loop's own wake-up calls
                return send(sock, data, *flags)
            self.reach("before send")
            count = send(sock, data, *flags)
            self.reach("after send")
            return count

        def watched_receive(sock: socket.socket, size: int, *flags: int) -> bytes:
            data = receive(sock, size, *flags)
            if sock.family is socket.AF_INET and data:
                self.reach("after receive")
            return data

        socket.socket.send = watched_send  # type: ignore[method-assign, assignment]
        socket.socket.recv = watched_receive  # type: ignore[method-assign, assignment]


def run(order: dict[str, Any]) -> list[str]:
    """Deliver what is due as ordered; return the boundaries passed."""
    boundaries = Boundaries(order["kill_at"])
    engine = open_engine(order["url"])
    boundaries.watch(engine)
    clock = StandingClock(MORNING)
    clock.pass_by(minutes=order["minutes"])
    route = SmtpServer("127.0.0.1", order["port"], tls="none", timeout=30, data_timeout=30)
    deliver(engine, route, clock, connections=order["connections"], batch=order["batch"])
    engine.dispose()
    return boundaries.passed


def fork(order: dict[str, Any]) -> tuple[int, int]:
    """Fork a deliverer; return its process, and where to read the boundaries that it passed."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, json.dumps(run(order)).encode())
        finally:
            os._exit(1)
    os.close(writer)
    return child, reader


def await_end(child: int, reader: int) -> dict[str, Any]:
    """Return how a deliverer ended."""
    with open(reader, "rb") as pipe:
        passed = pipe.read()
    _, status = os.waitpid(child, 0)
    killed = os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    return {"killed": killed, "passed": json.loads(passed or b"[]")}


def main() -> None:
    """Fork a deliverer for each order of each line on standard input."""
    for line in sys.stdin:
        forked = [fork(order) for order in json.loads(line)]
        sys.stdout.write(json.dumps([await_end(*one) for one in forked]) + "\n")
        sys.stdout.flush()


class Zygote:
    """The process that forks deliverers, seen from the tests."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def deliver(
        self,
        url: str,
        port: int,
        *,
        kill_at: int = 0,
        connections: int = 1,
        minutes: int = 0,
        batch: int = 100,
    ) -> tuple[bool, list[str]]:
        """Deliver in a process of its own; return whether it was killed, and the boundaries it passed if not."""
        order = {
            "url": url,
            "port": port,
            "kill_at": kill_at,
            "connections": connections,
            "minutes": minutes,
            "batch": batch,
        }
        return self._obey([order])[0]

    def deliver_twice(self, url: str, port: int) -> list[tuple[bool, list[str]]]:
        """Deliver in two processes at once, over ten connections each; return what `deliver` does, for each."""
        order = {"url": url, "port": port, "kill_at": 0, "connections": 10, "minutes": 0, "batch": 7}
        return self._obey([order, order])

    def _obey(self, orders: list[dict[str, Any]]) -> list[tuple[bool, list[str]]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        answers = json.loads(self._process.stdout.readline())
        return [(one["killed"], one["passed"]) for one in answers]


@contextmanager
def zygote() -> Iterator[Zygote]:
    """Start the process that forks deliverers; it ends with the block."""
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "tests.kill_zygote"]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Zygote(process)


if __name__ == "__main__":
    main()
