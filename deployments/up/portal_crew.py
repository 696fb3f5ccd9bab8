"""Keep the portal's workers: processes that answer at one socket, so that each has a processor to itself."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from time import monotonic

log = logging.getLogger(__name__)

# What a worker says when it answers.
READY = b"ready\n"
# In a worker's environment: by it one that outlived its crew is known.
MARK = ("GRANTLINE_PART", "portal")
# A worker that lived for so long ended by some accident; one that did not may end again.
LIVED_SECONDS = 60.0
RESTS_SECONDS = (0, 1, 2, 5, 10, 30)


class PortalCrew:
    """The portal's workers: `started` once all of them answer, `died` when one cannot be kept alive.

    A worker that ends is started again. The socket stays open meanwhile, and the others answer at it; what the one
    that ended had not committed has not happened, and its browser sees that nothing came back.
    """

    name = "The portal"

    def __init__(self, listener: socket.socket, workers: int) -> None:
        self._listener = listener
        self._hands = [_Hand(listener) for _ in range(workers)]

    def start(self) -> None:
        """Start the workers; they read the settings of this process's environment."""
        for hand in self._hands:
            hand.start()

    @property
    def started(self) -> bool:
        """Whether every worker answers."""
        return all(hand.answers for hand in self._hands)

    @property
    def died(self) -> bool:
        """Whether a worker ended that cannot be kept alive."""
        return any(hand.gave_up for hand in self._hands)

    @property
    def processes(self) -> list[int]:
        """The ids of the workers' processes."""
        return [hand.process.pid for hand in self._hands if hand.process is not None]

    def ask_to_stop(self) -> None:
        """Ask the workers to stop; `join` waits for them."""
        for hand in self._hands:
            hand.ask_to_stop()
        self._listener.close()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the workers' ends; one that takes longer than so many seconds is killed."""
        until = monotonic() + timeout if timeout is not None else None
        for hand in self._hands:
            hand.join(max(0.0, until - monotonic()) if until is not None else None)
            hand.kill()
            hand.join()


class _Hand(threading.Thread):
    """Keeps one worker alive."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(name="a worker of the portal", daemon=True)
        self._descriptor = listener.fileno()
        self._changing = threading.Lock()
        self._stops = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.answers = self.gave_up = False

    def run(self) -> None:
        """Start a worker, and another whenever it ends, until asked to stop."""
        short_lives, answered = 0, False
        while (process := self._begin()) is not None:
            began = monotonic()
            with process:
                assert process.stdout is not None  # noqa: S101  (it is a pipe)
                self.answers = process.stdout.read() == READY
                answered = answered or self.answers
                process.wait()
            self.answers = False
            if self._stops.is_set():
                return
            log.error("a worker of the portal ended with %s", process.returncode)
            short_lives = short_lives + 1 if monotonic() - began < LIVED_SECONDS else 0
            if not answered or short_lives >= len(RESTS_SECONDS):
                self.gave_up = True
                return
            self._stops.wait(RESTS_SECONDS[short_lives])

    def _begin(self) -> subprocess.Popen[bytes] | None:
        with self._changing:
            if self._stops.is_set():
                return None
            self.process = subprocess.Popen(  # noqa: S603  (our own module)
                [sys.executable, "-m", "deployments.up.portal_worker", str(self._descriptor)],
                # Its input is never written to: it ends when this process does.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, MARK[0]: MARK[1]},
                pass_fds=[self._descriptor],
            )
            return self.process

    def ask_to_stop(self) -> None:
        """Stop the worker, and start no other."""
        with self._changing:
            self._stops.set()
            if self.process is not None:
                self.process.terminate()

    def kill(self) -> None:
        """Kill the worker if it is still there."""
        with self._changing:
            if self.process is not None:
                self.process.kill()
