"""Write a letter's finished bytes, and check them before they leave.

The standard library's EmailMessage takes five times as long as the rest of a letter, and on Python 3.11 before .10
it lets an encoded-word in a name become a header. Here every value is cleaned first and written once; the tests
read the bytes back with the standard library and compare every part.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.utils import format_datetime, parseaddr

from models.errors import GrantError, SettingInvalid
from models.reading.plain_text import header_line

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LABELS = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\Z"
)
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]{1,128}@[A-Za-z0-9.-]{1,253}>\Z")
_BARE_ID = re.compile(r"[A-Za-z0-9._+-]{1,128}\Z")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")  # words that need no quotes
_LONGEST_LINE = 998
_PLAIN = 66  # a longer header value is folded as encoded-words
# A header field as it stands on the wire (RFC 5322, 2.2): a name, and a value that only folding takes over a line.
_FIELD = re.compile(r"([A-Za-z-]+): ([^\r\n]*(?:\r\n [^\r\n]*)*)\r\n")


class LetterUnsendable(GrantError):
    """The letter cannot be made into a message."""


@dataclass(frozen=True, slots=True)
class MailParts:
    """What goes into a message; `calendar` is the calendar file, None when there is no date to tell."""

    to_name: str
    to_email: str
    subject: str
    language: str
    message_id: str
    earlier_message_id: str | None
    text: str
    html: str
    calendar: bytes | None
    calendar_name: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A message's bytes, the address it goes to, and its subject as people read it."""

    recipient: str
    subject: str
    content: bytes


class MimeWriter:
    """Writes the messages of a batch; what they share is made once."""

    def __init__(self, mail_from: str, now: datetime, zone: tzinfo) -> None:
        """Raise SettingInvalid when `mail_from`, an address perhaps with a name, is not one."""
        name, address = parseaddr(mail_from)
        try:
            sender = clean_address(address if mail_from.isprintable() else "")
        except LetterUnsendable as error:
            raise SettingInvalid(f"GRANTS_MAIL_FROM is not an address: '{mail_from}'") from error
        self.domain = sender.partition("@")[2]
        self._from = _mailbox(name or "Grantline", sender)
        self._date = format_datetime(now.astimezone(zone))

    def write(self, mail: MailParts) -> Finished:
        """Return the finished message; LetterUnsendable when an address or the outcome is not sound."""
        recipient = clean_address(mail.to_email)
        subject = header_line(mail.subject)
        fields = self._fields(mail, recipient, subject)
        boundary = f"=_{binascii.crc32(mail.message_id.encode()):08x}"
        kind, body = _body(mail, boundary)
        fields["Content-Type"] = kind
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode("ascii")
        content = head + b"\r\n" + body
        _check(head, content, fields)
        return Finished(recipient, subject, content)

    def _fields(self, mail: MailParts, recipient: str, subject: str) -> dict[str, str]:
        fields = {
            "From": self._from,
            "To": _mailbox(mail.to_name, recipient),
            "Subject": _unstructured(subject),
            "Date": self._date,
            "Message-ID": message_id(mail.message_id, self.domain),
        }
        if mail.earlier_message_id is not None:
            earlier = message_id(mail.earlier_message_id, self.domain)
            fields["In-Reply-To"] = earlier
            fields["References"] = earlier
        fields["Auto-Submitted"] = "auto-generated"
        fields["X-Auto-Response-Suppress"] = "All"
        fields["Content-Language"] = mail.language
        fields["MIME-Version"] = "1.0"
        return fields


def clean_address(address: str) -> str:
    """Return an address as SMTP takes it, its domain in ASCII; LetterUnsendable if it is not a plain address."""
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise LetterUnsendable("the address has no usable domain") from error
    sound = at and _ATOMS.match(local) and len(local) <= 64 and _LABELS.match(ascii_domain)
    # An encoded-word is made of letters that an address may hold, and some readers would decode it.
    if not sound or len(ascii_domain) > 253 or "=?" in local or "?=" in local:
        raise LetterUnsendable("the address is not one that mail can go to")
    return f"{local}@{ascii_domain}"


def message_id(stored: str, domain: str) -> str:
    """Return a letter's Message-ID as stored, with the sender's domain where it has none; else LetterUnsendable."""
    if _MESSAGE_ID.match(stored):
        return stored
    if _BARE_ID.match(stored):
        return f"<{stored}@{domain}>"
    raise LetterUnsendable("the Message-ID is not one")


def _mailbox(name: str, address: str) -> str:
    """Return "name <address>", the name quoted or encoded as it needs."""
    words = header_line(name)
    if not words:
        return f"<{address}>"
    if not words.isascii() or len(words) > _PLAIN:
        return f"{_encoded(words)}\r\n <{address}>"
    if not _PHRASE.match(words):
        escaped = words.replace("\\", "\\\\").replace('"', '\\"')
        words = f'"{escaped}"'
    return f"{words} <{address}>" if len(words) + len(address) < _PLAIN else f"{words}\r\n <{address}>"


def _unstructured(text: str) -> str:
    return text if text.isascii() and len(text) <= _PLAIN else _encoded(text)


def _encoded(text: str) -> str:
    """Return the text as encoded-words (RFC 2047), a line each, none splitting a character.

    A line is at most 76 characters: 45 octets make a word of 72, and 39 leave room for the header's name.
    """
    raw = text.encode()
    words = []
    start, room = 0, 39
    while start < len(raw):
        end = min(start + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{binascii.b2a_base64(raw[start:end], newline=False).decode('ascii')}?=")
        start, room = end, 45
    return "\r\n ".join(words)


def _body(mail: MailParts, boundary: str) -> tuple[str, bytes]:
    """Return the content type and body. No encoded line can begin with a boundary: "=_" never occurs in one."""
    inner = f"{boundary}_a"
    alternative = b"".join(
        (
            f"--{inner}\r\nContent-Type: text/plain; charset=utf-8\r\n".encode("ascii"),
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            quoted_printable(mail.text),
            f"\r\n--{inner}\r\nContent-Type: text/html; charset=utf-8\r\n".encode("ascii"),
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            _base64(_crlf(mail.html)),
            f"\r\n--{inner}--\r\n".encode("ascii"),
        )
    )
    if mail.calendar is None:
        return f'multipart/alternative;\r\n boundary="{inner}"', alternative
    outer = f"{boundary}_m"
    name = mail.calendar_name
    body = b"".join(
        (
            f'--{outer}\r\nContent-Type: multipart/alternative; boundary="{inner}"\r\n\r\n'.encode("ascii"),
            alternative,
            f"\r\n--{outer}\r\nContent-Type: text/calendar; charset=utf-8; method=PUBLISH;\r\n".encode(
                "ascii"
            ),
            f' name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'.encode("ascii"),
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode("ascii"),
            _base64(mail.calendar),
            f"\r\n--{outer}--\r\n".encode("ascii"),
        )
    )
    return f'multipart/mixed;\r\n boundary="{outer}"', body


def _crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()


def quoted_printable(text: str) -> bytes:
    """Return the text in quoted-printable with CRLF line ends."""
    raw = _crlf(text)
    encoded = binascii.b2a_qp(raw, istext=True)
    # It breaks long lines with the line end that it has seen first, and a text may have none.
    return encoded if b"\r\n" in raw else encoded.replace(b"\n", b"\r\n")


def _base64(raw: bytes) -> bytes:
    line = binascii.b2a_base64(raw, newline=False)
    return b"\r\n".join([line[start : start + 76] for start in range(0, len(line), 76)]) + b"\r\n"


def _check(head: bytes, content: bytes, fields: dict[str, str]) -> None:
    """Read the headers back: exactly those written, in order, each as written; LetterUnsendable otherwise."""
    read = _FIELD.findall(head.decode("ascii"))
    if read != list(fields.items()) or sum(len(name) + len(value) + 4 for name, value in read) != len(head):
        raise LetterUnsendable("its headers do not read back as they were written")
    lines = head.split(b"\r\n")
    if len(lines) != head.count(b"\n") + 1 or len(lines) != head.count(b"\r") + 1 or not content.isascii():
        raise LetterUnsendable("its bytes are not plain lines")
    if max(map(len, lines)) > _LONGEST_LINE:
        raise LetterUnsendable("a header line is too long")
