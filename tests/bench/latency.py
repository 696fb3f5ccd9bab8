"""Measure how many letters a second reach a mail server that takes its time, over ten connections."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from tasks.delivery import deliver_due
from tests.builders import a_database
from tests.mail_server import MailServer
from tests.outbox_scenes import StandingClock, plain_printer, queue_many, route_to

LETTERS = 400
CONNECTIONS = 10
LATENCY = 0.050  # seconds
WANTED = 100.0  # letters a second


def letters_a_second(server: MailServer) -> float:
    """Deliver LETTERS letters to the server; return how many it accepted a second."""
    with tempfile.TemporaryDirectory() as folder:
        engine = a_database(Path(folder))
        queue_many(engine, LETTERS)
        with server.running():
            delivery = deliver_due(
                engine, route_to(server, timeout=30), plain_printer, StandingClock(), connections=CONNECTIONS
            )
            began = time.perf_counter()
            report = asyncio.run(delivery)
            took = time.perf_counter() - began
        engine.dispose()
    if report.accepted != LETTERS or len(set(server.message_ids())) != LETTERS:
        raise RuntimeError(f"not every letter arrived once: {report}")
    return LETTERS / took


def main() -> None:
    """Print letters a second, and the ratio to what is wanted, for a slow and for a distant server."""
    servers = {
        f"{LATENCY * 1000:.0f} ms over each letter": MailServer(delay=LATENCY),
        f"{LATENCY * 1000:.0f} ms away": MailServer(round_trip=LATENCY),
        f"{LATENCY * 1000:.0f} ms away, no pipelining": MailServer(round_trip=LATENCY, pipelining=False),
    }
    for name, server in servers.items():
        rate = letters_a_second(server)
        print(f"{name:32} {rate:7.1f} letters/s  {rate / WANTED:5.2f} of what is wanted")


if __name__ == "__main__":
    main()
