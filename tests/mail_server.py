"""A real SMTP server for tests: it counts what it accepts, and misbehaves where it is told to."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

ACCEPT = {"mail": "250 2.1.0 Ok", "rcpt": "250 2.1.5 Ok", "data": "354 Go ahead", "dot": "250 2.0.0 Taken"}
STALL = "stall"  # says nothing until the server stops
DROP = "drop"  # closes the connection without a word
TAKE_AND_DROP = "take and drop"  # at the dot: has the letter, and closes without saying so
TAKE_AND_STALL = "take and stall"


@dataclass
class Fault:
    """What to do at a stage (connect, ehlo, mail, rcpt, data, dot) instead of agreeing: a reply, or one of the above.

    It holds for letters to `recipient` (part of the address; for all when empty), `times` times.
    """

    stage: str
    act: str
    recipient: str = ""
    times: int = 1_000_000

    def strikes(self, stage: str, recipient: str) -> bool:
        """Return whether this is the time, and count it."""
        if stage != self.stage or self.recipient not in recipient or self.times <= 0:
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class AcceptedLetter:
    """A letter that the server took, with the lines as they came, dots undone."""

    recipient: str
    message_id: str
    content: bytes


@dataclass
class MailServer:
    """An SMTP server on a free port of 127.0.0.1, in a thread of its own.

    `delay` is how long it takes over a letter's dot, and `round_trip` how far away it is, both in seconds;
    `watch(stage, when)` is called "before" and "after" each reply, and "after" the first byte of a letter's
    "content"; `most_letters` a connection, then 421. No letter's dot is answered before `gathers` connections
    have come.
    """

    faults: Sequence[Fault] = ()
    delay: float = 0.0
    round_trip: float = 0.0
    most_letters: int = 1_000_000
    most_connections: int = 1_000_000
    gathers: int = 1
    watch: Callable[[str, str], None] = lambda stage, when: None
    accepted: list[AcceptedLetter] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)  # the recipients of the letters of which something came
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    packets: int = (
        0  # how often it waited for more, QUIT counted: with a round trip, the number of round trips
    )
    port: int = 0
    talking_to: str = ""  # the recipient of the letter that is being answered about

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by which letters are sent to it."""
        return {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_tls": "none"}

    def commands_of(self, verb: str) -> list[str]:
        """The commands that began with the verb."""
        return [command for command in self.commands if command.startswith(verb)]

    def message_ids(self) -> list[str]:
        """The Message-IDs of the letters that were accepted, sorted."""
        return sorted(letter.message_id for letter in self.accepted)

    @contextmanager
    def running(self) -> Iterator[MailServer]:
        """Serve while the block runs."""
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="mail-server")
        thread.start()
        try:
            assert ready.wait(60)
            yield self
        finally:
            self.stop()
            thread.join(60)
            assert not thread.is_alive()

    def stop(self) -> None:
        """Close the port and every connection."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)

    def when(self, condition: Callable[[], bool], seconds: float = 240) -> None:
        """Wait until the condition holds, looked at after every command and twenty times a second."""
        until = monotonic() + seconds
        with self._news:
            while not condition():
                assert monotonic() < until
                self._news.wait(0.05)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self.gathered = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stopped.wait()
        # Nobody is accepted any more. Who was just now begins to talk while others end; only then is the port closed,
        # which would leave a connection without a server, and unclosed.
        self._loop.remove_reader(server.sockets[0].fileno())
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for talk in self._talks:
                talk.cancel()
            await asyncio.wait(others)
        server.close()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        if self.connections >= self.gathers:
            self.gathered.set()
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        # Not at the end of the talk itself: one that is stopped before it began has no end.
        talk.add_done_callback(lambda done: self._hang_up(done, writer))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await _Talk(self, reader, writer).run()

    def _hang_up(self, talk: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        self._talks.discard(talk)
        self.open_connections -= 1
        writer.transport.abort()
        self.tell()

    def __post_init__(self) -> None:
        self._news = threading.Condition()

    def tell(self) -> None:
        """Wake those who wait for something to have happened."""
        with self._news:
            self._news.notify_all()


class _Talk:
    """One connection."""

    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.recipient, self.letters, self.state, self.buffer = "", 0, "idle", b""

    async def run(self) -> None:
        if self.server.open_connections > self.server.most_connections:
            await self.say("421 4.7.0 Too many connections")
            return
        if not await self.answer("connect", "220 mail.example.org ESMTP"):
            return
        while line := await self.read_to(b"\r\n"):
            command = line.decode().strip()
            self.server.commands.append(command)
            self.server.tell()
            verb = re.split(r"[ :]", command.upper())[0]
            if verb == "QUIT":
                await self.say("221 2.0.0 Bye")
                return
            if not await self.obey(verb, command):
                return

    async def obey(self, verb: str, command: str) -> bool:
        if verb in ("EHLO", "HELO"):
            return await self.answer("ehlo", "250-mail.example.org\r\n250 8BITMIME")
        if verb == "RSET":
            self.state = "idle"
            return await self.say("250 2.0.0 Ok")
        if verb == "MAIL":
            return await self.mail()
        if verb == "RCPT":
            return await self.rcpt(command)
        if verb == "DATA":
            return await self.data()
        return await self.say("502 5.5.2 What?")

    async def mail(self) -> bool:
        if self.state != "idle":
            return await self.say("503 5.5.1 Nested MAIL")
        if self.letters >= self.server.most_letters:
            await self.say("421 4.7.0 Too many letters on this connection")
            return False
        self.recipient = ""
        return await self.answer("mail", state="mail")

    async def rcpt(self, command: str) -> bool:
        if self.state != "mail":
            return await self.say("503 5.5.1 MAIL first")
        self.recipient = command.partition("<")[2].rstrip(">")
        return await self.answer("rcpt", state="rcpt")

    async def data(self) -> bool:
        if self.state != "rcpt":
            return await self.say("503 5.5.1 RCPT first")
        if not await self.answer("data", state="data"):
            return False
        if self.state != "data":
            return True
        if not (raw := await self.read_content()):
            return False
        self.state = "idle"
        content = re.sub(rb"(?m)^\.", b"", raw[:-3])
        found = re.search(rb"(?mi)^Message-ID: *(\S+)", content)
        self.letter = AcceptedLetter(self.recipient, found[1].decode() if found else "", content)
        return await self.answer("dot")

    async def read_content(self) -> bytes:
        """Return a letter with its dot; nothing when the other side hung up."""
        end = b".\r\n"
        while len(self.buffer) < len(end):
            if not await self.read_more():
                return b""
        self.server.talking_to = self.recipient
        self.server.begun.append(self.recipient)
        self.server.tell()
        self.server.watch("content", "after")
        if self.buffer.startswith(end):
            self.buffer = self.buffer.removeprefix(end)
            return end
        return await self.read_to(b"\r\n" + end)

    async def read_to(self, end: bytes) -> bytes:
        """Return what came up to and with `end`; nothing when the other side hung up."""
        while end not in self.buffer:
            if not await self.read_more():
                return b""
        found, _, self.buffer = self.buffer.partition(end)
        return found + end

    async def read_more(self) -> bool:
        """Wait for more; return False when the other side hung up."""
        first = await self.reader.read(1)
        if not first:
            return False
        self.server.packets += 1
        if self.server.round_trip:
            await asyncio.sleep(self.server.round_trip)
        self.buffer += first + await self.reader.read(2**20)
        return True

    async def answer(self, stage: str, reply: str = "", state: str = "") -> bool:
        """Answer a stage as told; return whether the talk goes on."""
        fault = next((one for one in self.server.faults if one.strikes(stage, self.recipient)), None)
        act = fault.act if fault else reply or ACCEPT[stage]
        self.server.talking_to = self.recipient
        self.server.watch(stage, "before")
        if stage == "dot" and (act.startswith("2") or act in (TAKE_AND_DROP, TAKE_AND_STALL)):
            await self.server.gathered.wait()
            await asyncio.sleep(self.server.delay)
            self.server.accepted.append(self.letter)
            self.letters += 1
            self.server.tell()
        if act in (STALL, TAKE_AND_STALL):
            await self.reader.read()  # until the other side hangs up
            return False
        if act in (DROP, TAKE_AND_DROP):
            return False
        if state and act[0] in "23":
            self.state = state
        await self.say(act)
        self.server.watch(stage, "after")
        return not act.startswith("421")

    async def say(self, reply: str) -> bool:
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()
        return True
