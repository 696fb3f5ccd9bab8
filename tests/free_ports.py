"""Ports for servers that a test starts later: nobody may take them in between."""

import secrets
import socket
from contextlib import ExitStack

# Below the ports that the system itself gives out, to any connection of any test that runs beside.
FIRST, LAST = 20_000, 32_000


def find_free_ports(count: int) -> int:
    """Return the first of so many loopback ports in a row on which nothing listens."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST - count)
        with ExitStack() as held:
            try:
                for number in range(port, port + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", number))
            except OSError:
                continue
        return port
