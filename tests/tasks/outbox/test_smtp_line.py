"""One connection against a server that says, word for word, what a script tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from models.rules.delivery.retry import ServerReply
from models.vocabulary import SmtpStage
from tasks.mail.smtp import SmtpRoute, open_line
from tasks.mail.smtp_line import LOST, STALLED, Line
from tasks.mail.smtp_wire import Envelope

CONTENT = b"Subject: x\r\n\r\n.dots\r\n"
ON_THE_WIRE = b"Subject: x\r\n\r\n..dots\r\n.\r\n"
COMMANDS = b"MAIL FROM:<grants@example.org>\r\nRCPT TO:<ana@example.org>\r\nDATA\r\n"
READY = b"250 Ok\r\n250 Ok\r\n354 Go\r\n"
HANG_UP = b""


async def talk(
    script: Sequence[bytes | None], act: Callable[[Line], Awaitable[Any]]
) -> tuple[Any, list[bytes]]:
    """Connect, greet and act; return what came of it and what the server heard after the greeting.

    The server answers each packet with the next piece of the script: None is silence, HANG_UP ends the talk.
    """
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        await reader.readline()
        writer.write(b"250-mail.example.org\r\n250 PIPELINING\r\n")
        pieces = iter(script)
        with suppress(ConnectionError):
            while packet := await reader.read(2**16):
                heard.append(packet)
                piece = next(pieces, None)
                if piece == HANG_UP:
                    break
                writer.write(piece or b"")
        writer.transport.abort()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line = await open_line(
        SmtpRoute("127.0.0.1", port, tls="none", sender="grants@example.org", timeout=0.2, dot_timeout=0.2)
    )
    try:
        return await act(line), heard
    finally:
        line.drop()
        server.close()
        await ended.wait()
        await asyncio.sleep(0)  # the transport closes with the loop's next turn


async def hand_over(line: Line) -> tuple[ServerReply, bool]:
    """Go as far with a letter as the server agrees; return its last answer, and whether the line can go on."""
    reply = await line.offer(Envelope("ana@example.org"), CONTENT)
    if reply.code == 250:
        reply = await line.open_data()
    if reply.code == 354:
        reply = await line.send(CONTENT)
    return reply, line.usable


@pytest.mark.parametrize(
    ("script", "reply", "goes_on", "heard"),
    [
        pytest.param(
            [READY, b"250 Taken\r\n"],
            (SmtpStage.DOT, 250, "Taken"),
            True,
            [COMMANDS, ON_THE_WIRE],
            id="all in two packets",
        ),
        pytest.param(
            [b"250 Ok\r\n550-5.1.1 Who\r\n550 5.1.1 is that\r\n554 To whom?\r\n"],
            (SmtpStage.RCPT, 550, "5.1.1 Who 5.1.1 is that"),
            True,
            [COMMANDS],
            id="recipient and DATA refused",
        ),
        pytest.param(
            [b"250 Ok\r\n550 5.1.1 Who\r\n354 Go\r\n", b"554 To nobody\r\n"],
            (SmtpStage.RCPT, 550, "5.1.1 Who"),
            True,
            [COMMANDS, b".\r\n"],
            id="recipient refused, DATA not: a dot alone",
        ),
        pytest.param(
            [b"250 Ok\r\n550 5.1.1 Who\r\n354 Go\r\n", b"250 Nobody has it\r\n"],
            (SmtpStage.RCPT, 550, "5.1.1 Who"),
            True,
            [COMMANDS, b".\r\n"],
            id="a letter to nobody is taken",
        ),
        pytest.param(
            [b"250 Ok\r\n550 5.1.1 Who\r\n354 Go\r\n", None],
            (SmtpStage.RCPT, 550, "5.1.1 Who"),
            False,
            [COMMANDS, b".\r\n"],
            id="no answer to the dot alone",
        ),
        pytest.param(
            [b"452 Full\r\n503 MAIL first\r\n354 Go\r\n", b"554 To nobody\r\n"],
            (SmtpStage.MAIL, 452, "Full"),
            True,
            [COMMANDS, b".\r\n"],
            id="sender refused, DATA not",
        ),
        pytest.param(
            [b"452 Full\r\n250 Ok\r\n354 Go\r\n"],
            (SmtpStage.MAIL, 452, "Full"),
            False,
            [COMMANDS],
            id="sender refused and recipient not: a dot could arrive as a letter",
        ),
        pytest.param(
            [b"250 Ok\r\n250 Ok\r\n451 Later\r\n"],
            (SmtpStage.DATA, 451, "Later"),
            True,
            [COMMANDS],
            id="DATA refused",
        ),
        pytest.param(
            [b"250 Ok\r\n421 Closing\r\n354 Go\r\n"],
            (SmtpStage.RCPT, 421, "Closing"),
            False,
            [COMMANDS],
            id="421 in the middle",
        ),
        pytest.param(
            [b"250 Ok\r\n250 Ok\r\n"],
            (SmtpStage.DATA, None, STALLED),
            False,
            [COMMANDS],
            id="silence to DATA",
        ),
        pytest.param(
            [b"250 Ok\r\n"], (SmtpStage.RCPT, None, STALLED), False, [COMMANDS], id="silence to RCPT"
        ),
        pytest.param([None], (SmtpStage.MAIL, None, STALLED), False, [COMMANDS], id="silence to all of it"),
        pytest.param(
            [READY + b"250 And more\r\n"],
            (SmtpStage.DATA, None, "250 And more"),
            False,
            [COMMANDS],
            id="more replies than commands: the letter stays here",
        ),
        pytest.param(
            [READY, HANG_UP], (SmtpStage.DOT, None, LOST), False, [COMMANDS, ON_THE_WIRE], id="no answer"
        ),
    ],
)
def test_group_of_commands_is_answered_stage_by_stage(
    script: list[bytes | None], reply: tuple[SmtpStage, int | None, str], goes_on: bool, heard: list[bytes]
) -> None:
    found, packets = asyncio.run(talk(script, hand_over))
    assert (found, packets) == ((ServerReply(*reply), goes_on), heard)


@pytest.mark.parametrize(
    ("answer", "dot", "following"),
    [
        pytest.param(
            b"250 Taken\r\n" + READY + b"250 Two\r\n",
            (SmtpStage.DOT, 250, "Taken"),
            (SmtpStage.DATA, None, "250 Two"),
            id="an answer to a letter that did not leave",
        ),
        pytest.param(
            b"250 Taken\r\n421 Enough\r\n",
            (SmtpStage.DOT, 250, "Taken"),
            (SmtpStage.MAIL, 421, "Enough"),
            id="enough letters",
        ),
        pytest.param(
            b"554 Spam\r\n250 Ok\r\n250 Ok\r\n451 Later\r\n",
            (SmtpStage.DOT, 554, "Spam"),
            (SmtpStage.DATA, 451, "Later"),
            id="each of both refused",
        ),
        pytest.param(
            b"421 Closing\r\n",
            (SmtpStage.DOT, 421, "Closing"),
            (SmtpStage.MAIL, None, LOST),
            id="closing over the letter",
        ),
        pytest.param(
            b"250 Taken\r\n",
            (SmtpStage.DOT, 250, "Taken"),
            (SmtpStage.MAIL, None, STALLED),
            id="what stands behind a letter is lost",
        ),
        pytest.param(
            None,
            (SmtpStage.DOT, None, STALLED),
            (SmtpStage.MAIL, None, STALLED),
            id="silence over the letter",
        ),
    ],
)
def test_letter_behind_another_has_answers_of_its_own(
    answer: bytes | None, dot: tuple[SmtpStage, int | None, str], following: tuple[SmtpStage, int | None, str]
) -> None:
    async def act(line: Line) -> tuple[ServerReply, ServerReply]:
        await line.offer(Envelope("ana@example.org"), CONTENT)
        await line.open_data()
        behind = Envelope("ana@example.org")
        first = await line.send(CONTENT, (behind, CONTENT))
        second = await line.offer(behind, CONTENT)
        if second.code == 250:
            second = await line.open_data()
        if second.code == 354:
            second = await line.send(CONTENT)
        return first, second

    replies, heard = asyncio.run(talk([READY, answer], act))
    assert replies == (ServerReply(*dot), ServerReply(*following))
    assert heard == [COMMANDS, ON_THE_WIRE + COMMANDS]


def test_line_that_owes_a_letter_is_closed_without_a_word() -> None:
    async def act(line: Line) -> bool:
        await line.offer(Envelope("ana@example.org"), CONTENT)
        await line.close()
        return line.usable

    assert asyncio.run(talk([READY], act)) == (False, [COMMANDS])


def test_connection_lost_after_the_354_gets_nothing_of_the_letter() -> None:
    async def act(line: Line) -> ServerReply:
        await line.offer(Envelope("ana@example.org"), CONTENT)
        await line.open_data()
        return await line.send(CONTENT)

    reply, heard = asyncio.run(talk([READY + b"421 Too slow\r\n"], act))
    assert (reply, heard) == (ServerReply(SmtpStage.DATA, None, "421 Too slow"), [COMMANDS])


def test_data_is_not_said_in_vain_twice_in_a_row() -> None:
    async def act(line: Line) -> list[int | None]:
        return [(await hand_over(line))[0].code for _ in range(4)]

    refused, alone = b"250 Ok\r\n550 Who\r\n", COMMANDS.removesuffix(b"DATA\r\n")
    script = [refused + b"554 To whom?\r\n", b"250 Ok\r\n" + refused, b"250 Ok\r\n250 Ok\r\n250 Ok\r\n"]
    script += [b"354 Go\r\n", b"250 Taken\r\n", READY, b"250 Taken\r\n"]
    codes, heard = asyncio.run(talk(script, act))
    assert codes == [550, 550, 250, 250]
    reset = b"RSET\r\n"
    assert heard == [
        COMMANDS,
        reset + alone,
        reset + alone,
        b"DATA\r\n",
        ON_THE_WIRE,
        COMMANDS,
        ON_THE_WIRE,
    ]
