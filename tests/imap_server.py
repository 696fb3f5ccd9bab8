"""A real IMAP server with one mailbox, on a port of 127.0.0.1."""

import imaplib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.free_ports import find_free_ports
from tests.waiting import until

_WITHIN = 60.0  # seconds
_USER, PASSWORD = "office", "hunter2"


@dataclass(frozen=True)
class ImapServer:
    """Where the server is, and what a test puts into its mailbox and finds there."""

    port: int

    def settings(self, scheme: str = "imap", port: int | None = None) -> dict[str, str]:
        """Return what the settings say of the mailbox."""
        address = f"{scheme}://{_USER}@127.0.0.1:{port or self.port}/INBOX"
        return {"bounces_imap": address, "bounces_password": PASSWORD}

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Give a client that is signed in, in the mailbox."""
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.login(_USER, PASSWORD)
            client.select("INBOX")
            yield client

    def add(self, *mails: bytes) -> None:
        """Put mails into the mailbox, unseen."""
        with self.client() as client:
            for mail in mails:
                assert client.append("INBOX", "", "", mail)[0] == "OK"

    def unseen(self) -> int:
        """Return how many mails nobody has seen."""
        with self.client() as client:
            return len(client.uid("SEARCH", "UNSEEN")[1][0].split())


@contextmanager
def an_imap_server() -> Iterator[ImapServer]:
    """Run a server of its own."""
    port = find_free_ports(1)
    command = [sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--no-tls", "dict", "--demo-user", _USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _greets(port) or process.poll() is not None, "the IMAP server", _WITHIN)
        assert process.poll() is None
        yield ImapServer(port)
    finally:
        process.terminate()
        process.wait(_WITHIN)


def _greets(port: int) -> bool:
    try:
        imaplib.IMAP4("127.0.0.1", port, timeout=5).logout()
    except OSError:
        return False
    return True


@contextmanager
def behind_tls(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Listen with TLS before a plain server; give the port."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65_536):
                target.sendall(content)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:  # closed
                return
            with (
                suppress(OSError),
                context.wrap_socket(plain, server_side=True) as line,
                socket.create_connection(("127.0.0.1", port)) as behind,
            ):
                answering = threading.Thread(target=copy, args=(behind, line))
                answering.start()
                copy(line, behind)
                answering.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve)
        serving.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    serving.join()
