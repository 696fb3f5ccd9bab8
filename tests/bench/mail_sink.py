"""Postfix's smtp-sink: a mail server that takes every letter and throws it away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

# However the bench ends, its server ends after so many seconds.
_LONGEST = 900
_INSTALL = "smtp-sink is not here; it comes with Postfix (apt-get install postfix), and no Postfix need run"


class NoSink(RuntimeError):
    """There is no mail server to measure against."""


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run Postfix's smtp-sink on loopback; yield its port. NoSink says how to install it."""
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoSink(_INSTALL)
    port = _free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = ["timeout", str(_LONGEST), program, *user, f"127.0.0.1:{port}", "1000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    until = monotonic() + 10
    while monotonic() < until:
        if process.poll() is not None:
            raise NoSink(f"smtp-sink ended: {process.stderr.read().strip() if process.stderr else ''}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.02)
        else:
            return
    raise NoSink("smtp-sink does not answer")
