"""One SMTP connection that takes letters through MAIL, RCPT, DATA and the dot, each stage apart."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from models.rules.delivery.retry import ServerReply, is_taken
from models.vocabulary import SmtpStage
from tasks.mail.smtp_wire import Envelope, Reply, dotted, one_line

LOST = "the connection was lost"
STALLED = "no answer in time"
GARBLED = "an answer that is not SMTP"
_LONGEST_REPLY = 64 * 1024
_QUIT_SECONDS = 2
# How long a cancelled handover waits for the answer to a letter that the server has, in seconds.
PARTING = 2.0
_CLOSING = 421
_CODE_DIGITS = 3


class Line(asyncio.Protocol):
    """A connection ready for letters, one at a time: `offer`, then `open_data`, then `send`.

    A server that knows PIPELINING gets MAIL, RCPT and DATA in one packet, behind the letter before where there
    is one: a letter then costs one round trip. A letter that is not sent after its DATA takes the connection
    with it, since whatever came next would be its content: whoever gives it up calls `drop`. Behind a refused
    recipient DATA waits for its turn: servers slow down over commands in vain, and hang up after some.

    A server's silence is an answer too (a ServerReply without code): nothing here raises for what it does.
    After a silence, a 421 or a cancelled wait the connection is dropped, and `usable` is False; `parting` is what
    the server still said of a letter that it had then. `extensions` are the ESMTP keywords that the server
    offers, in lower case; timeouts are in seconds.
    """

    def __init__(
        self,
        transport: Any,
        sender: bytes,
        extensions: Collection[str],
        *,
        timeout: float,
        dot_timeout: float,
    ) -> None:
        self.fresh = True  # the server has not agreed to anything yet
        self.stage = SmtpStage.MAIL  # how far the letter in hand has come
        self.parting: ServerReply | None = None  # to a letter that was cancelled once the server had it
        self.pipelines = "pipelining" in extensions
        self._mail = b"MAIL FROM:<%b>" % sender
        self._knows_8bit = "8bitmime" in extensions
        self._knows_utf8 = "smtputf8" in extensions
        self._timeout, self._dot_timeout = timeout, dot_timeout
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Reply] = deque()
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._lost = LOST
        self._closed = self._loop.create_future()
        self._begun = False  # the server may hold an envelope that no letter followed
        self._data: Reply | None = None  # to a DATA that was said, and whose content has not followed
        self._refused = False  # the recipient before
        self._transport = transport
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether a letter can be offered."""
        return not self._transport.is_closing()

    async def offer(self, envelope: Envelope, content: bytes) -> ServerReply:
        """Name sender and recipient; return the reply to RCPT, or the one to MAIL when that is a refusal."""
        self.stage = SmtpStage.MAIL
        problem = envelope.problem
        if envelope.utf8 and not self._knows_utf8:
            problem = "the server takes only ASCII before the @"
        if problem:
            return ServerReply(SmtpStage.RCPT, 553, f"5.1.3 {problem}")
        if envelope.replies is None and self.pipelines:
            self._expect(envelope, self._say(*self._commands(envelope, content)))
        if envelope.replies is not None:
            replies, envelope.replies = envelope.replies, None
            return await self._hear_ahead(*replies)
        for command in self._commands(envelope, content):
            stage = SmtpStage.RCPT if command is envelope.rcpt else SmtpStage.MAIL
            reply = await self._hear(self._say(command)[0], stage)
            if not is_taken(reply):
                break
        return reply

    async def open_data(self) -> ServerReply:
        """Say DATA, if it is not said yet; the letter may follow on a 354."""
        if self._data is None:
            (self._data,) = self._say(b"DATA\r\n")
        reply = await self._hear(self._data, SmtpStage.DATA)
        if not is_taken(reply):
            self._data = None
        return reply

    async def send(self, content: bytes, behind: tuple[Envelope, bytes] | None = None) -> ServerReply:
        """Send the letter and the dot; with `behind`, the next letter's commands in the same packet.

        RFC 2920, 3.1: a group of commands may begin with a letter's content. `offer` and `open_data` then only
        wait. A connection that was lost since the 354 gets nothing, which is a silence to DATA.
        """
        if not self.usable:
            return ServerReply(SmtpStage.DATA, None, self._lost)
        self._begun, self._data = False, None
        if behind is None or not self.pipelines or behind[0].problem or behind[0].utf8:
            return await self._hear(self._say(dotted(content))[0], SmtpStage.DOT)
        dot, *ahead = self._say(dotted(content), *self._commands(*behind))
        self._expect(behind[0], ahead)
        return await self._hear(dot, SmtpStage.DOT)

    async def close(self) -> None:
        """Take leave, without waiting long for the answer, and close."""
        if self.usable and self._data is None:
            await asyncio.wait(self._say(b"QUIT\r\n"), timeout=_QUIT_SECONDS)
        self.drop()
        await self._closed

    def drop(self) -> None:
        """Close at once: whatever the server may still say is of no use."""
        self._transport.abort()

    def _commands(self, envelope: Envelope, content: bytes) -> list[bytes]:
        mail = self._mail
        if self._knows_8bit and not content.isascii():
            mail += b" BODY=8BITMIME"
        if envelope.utf8:
            mail += b" SMTPUTF8"
        reset = [b"RSET\r\n"] if self._begun else []
        data = [b"DATA\r\n"] if self.pipelines and not self._refused else []
        self._begun = True
        return [*reset, mail + b"\r\n", envelope.rcpt, *data]

    def _expect(self, envelope: Envelope, replies: list[Reply]) -> None:
        if not self._refused:
            self._data = replies.pop()
        *_, mail, rcpt = replies
        envelope.replies = mail, rcpt

    async def _hear_ahead(self, mail: Reply, rcpt: Reply) -> ServerReply:
        """Wait for the replies to MAIL and RCPT; where DATA is said already, take it back on a refusal."""
        sender = await self._hear(mail, SmtpStage.MAIL)
        recipient = await self._hear(rcpt, SmtpStage.RCPT)
        self._refused = not (is_taken(sender) and is_taken(recipient))
        if self._refused and self._data is not None and is_taken(await self.open_data()):
            await self._take_back(recipient)
        return recipient if is_taken(sender) else sender

    async def _take_back(self, recipient: ServerReply) -> None:
        """End a DATA that a refusal came before with a lone dot: RFC 2920, 3.1: a letter to nobody, to be refused."""
        if is_taken(recipient):  # to somebody: it would arrive
            self.drop()
            return
        self._data = None
        await self._hear(self._say(b".\r\n")[0], SmtpStage.DATA)

    def _say(self, *commands: bytes) -> list[Reply]:
        """Send the commands in one write; return the replies to come, one a command."""
        replies: list[Reply] = [self._loop.create_future() for _ in commands]
        if self._transport.is_closing():
            for reply in replies:
                reply.set_result((None, self._lost))
        else:
            self._waiting.extend(replies)
            self._transport.write(b"".join(commands))
        return replies

    async def _hear(self, reply: Reply, stage: SmtpStage) -> ServerReply:
        self.stage = stage
        if not reply.done():
            seconds = self._dot_timeout if stage is SmtpStage.DOT else self._timeout
            timer = self._loop.call_later(seconds, self._hang_up, STALLED)
            try:
                await (asyncio.shield(reply) if stage is SmtpStage.DOT else reply)
            except asyncio.CancelledError:
                if stage is SmtpStage.DOT:
                    await self._part(reply)
                self.drop()
                raise
            finally:
                timer.cancel()
        code, text = reply.result()
        answer = ServerReply(stage, code, text)
        if is_taken(answer):
            self.fresh = False
        elif code == _CLOSING:
            self.drop()
        return answer

    async def _part(self, reply: Reply) -> None:
        """Wait a little for a letter's answer, however often it is cancelled: without it, nothing here can tell."""
        until = self._loop.time() + PARTING
        while not reply.done() and (left := until - self._loop.time()) > 0:
            with suppress(asyncio.CancelledError):
                await asyncio.wait([reply], timeout=left)
        if reply.done():
            self.parting = ServerReply(SmtpStage.DOT, *reply.result())

    def _hang_up(self, why: str) -> None:
        """Drop the connection, and answer everything that waits for a reply with why."""
        self._lost = why
        self.drop()
        while self._waiting:
            reply = self._waiting.popleft()
            if not reply.done():
                reply.set_result((None, why))

    def data_received(self, data: bytes) -> None:
        """Pair the server's replies with the commands, in their order."""
        self._buffer += data
        if len(self._buffer) + sum(map(len, self._lines)) > _LONGEST_REPLY:
            self._buffer.clear()
            self._hang_up(GARBLED)
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip()
            del self._buffer[: end + 1]
            self._lines.append(line)
            if line[3:4] != b"-" or not line[:3].isdigit():
                self._answer(line[:3])
                self._lines.clear()

    def _answer(self, code: bytes) -> None:
        text = one_line(" ".join(line[4:].decode(errors="replace") for line in self._lines))
        if len(code) != _CODE_DIGITS or not code.isdigit():
            self._hang_up(GARBLED)
        elif not self._waiting:
            # Said unasked, it could be taken for the reply to the next command: "421 idle too long", mostly.
            self._hang_up(f"{code.decode()} {text}")
        else:
            reply = self._waiting.popleft()
            if not reply.done():
                reply.set_result((int(code), text))

    def connection_lost(self, error: Exception | None) -> None:
        """Answer everything that still waits for a reply with the silence that it gets."""
        self._hang_up(self._lost)
        if not self._closed.done():  # whoever waited for it may have been cancelled
            self._closed.set_result(None)
