"""Letters and addresses as they go on the wire, and a server's words as they come off it."""

from __future__ import annotations

import asyncio
import re

Reply = asyncio.Future[tuple[int | None, str]]

_LINE_END = re.compile(rb"\r\n|\r|\n")
_ADDRESS = re.compile(r"\S+@\S+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# What could end the address on a command line and begin another command.
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


class Envelope:
    """A recipient as it goes on the wire.

    `problem` says why it cannot; `utf8` that the server must know UTF-8 for it; `replies` are those to MAIL
    and RCPT, once both were sent in one packet.
    """

    __slots__ = ("domain", "problem", "rcpt", "replies", "utf8")

    def __init__(self, recipient: str) -> None:
        self.domain = recipient.rpartition("@")[2].lower()
        self.problem, self.rcpt, self.utf8 = "", b"", False
        self.replies: tuple[Reply, Reply] | None = None
        try:
            self.rcpt = b"RCPT TO:<%b>\r\n" % wire_address(recipient)
        except ValueError as error:
            self.problem = str(error)
        self.utf8 = not self.rcpt.isascii()


def wire_address(address: str) -> bytes:
    """Return an address as SMTP commands take it, its domain in ASCII; ValueError says why it cannot be."""
    local, _, domain = address.rpartition("@")
    if not local or not domain or _UNSAFE.search(address):
        raise ValueError("not an address")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError("a domain that cannot be written in ASCII") from error
    return f"{local}@{host}".encode()


def dotted(content: bytes) -> bytes:
    """Return a letter as DATA takes it: CRLF line ends only, leading dots doubled, and the final dot.

    A bare CR or LF must not leave: a server that takes one for a line end could see a second letter.
    """
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        content = _LINE_END.sub(b"\r\n", content)
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def one_line(text: str) -> str:
    """Return a server's words in one line without control characters, at most 500 of them."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:500]


def without_addresses(text: str) -> str:
    """Return a server's words fit for a log: with no address in them."""
    return _ADDRESS.sub("(address)", text)
