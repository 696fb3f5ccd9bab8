"""Write a letter as MIME, and read its bytes back before they leave."""

import base64
import quopri
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.charset import BASE64, Charset
from email.errors import MessageError
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.parser import BytesHeaderParser
from email.policy import Compat32, compat32
from email.utils import format_datetime, formataddr, getaddresses, parseaddr

from models.errors import GrantError, SettingInvalid
from models.facts.worded_letter import FinishedLetter
from models.reading.plain_text import header_line
from tasks.channels.channel import Mailed

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LABELS = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\Z"
)
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]{1,128}@[A-Za-z0-9.-]{1,253}>\Z")
_BARE_ID = re.compile(r"[A-Za-z0-9._+-]{1,128}\Z")
_PLAIN = 66  # a longer header value is folded as encoded-words
_WORDS = Charset("utf-8")
_WORDS.header_encoding = BASE64


class _AsWritten(Compat32):
    """Writes a header as it is; long ones are folded here.

    Compat32 would put a Message-ID of 64 digits on a line of its own, which some readers do not
    find. EmailMessage and its policies take twice the time.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header's lines; UnicodeEncodeError if it is not ASCII."""
        return f"{name}: {value}{self.linesep}".encode("ascii")


_POLICY = _AsWritten(linesep="\r\n")


class LetterUnsendable(GrantError):
    """The letter cannot be made into a message."""


@dataclass(frozen=True, slots=True)
class MailParts:
    """The parts of a message; `html` is None for plain text alone, `calendar` None without dates."""

    to_name: str
    to_email: str
    subject: str
    language: str
    message_id: str
    text: str
    html: str | None = None
    earlier_message_id: str | None = None
    calendar: bytes | None = None
    calendar_name: str = ""


class MessageWriter:
    """Writes the messages of a batch; what they share is made once."""

    def __init__(self, mail_from: str, now: datetime, zone: tzinfo, organisation: str = "") -> None:
        """Take the sender, shown by its name, else by the organisation's; SettingInvalid if it is no address."""
        name, address = parseaddr(mail_from)
        try:
            sender = clean_address(address if mail_from.isprintable() else "")
        except LetterUnsendable as error:
            raise SettingInvalid(Mailed.NOT_A_SENDER(value=mail_from)) from error
        self.domain = sender.partition("@")[2]
        self._from = _mailbox("From", name or header_line(organisation) or "Grantline", sender)
        self._date = format_datetime(now.astimezone(zone))

    def write(self, mail: MailParts, letter_id: int = 0, dropped: tuple[int, ...] = ()) -> FinishedLetter:
        """Return the finished letter; LetterUnsendable if an address or the result is not sound."""
        recipient = clean_address(mail.to_email)
        subject = header_line(mail.subject)
        message = _body(mail)
        fields = self._fields(mail, recipient, subject)
        for name, value in fields.items():
            message[name] = value
        try:
            content = message.as_bytes(policy=_POLICY)
        except (MessageError, ValueError) as error:
            raise LetterUnsendable(f"it cannot be written: {type(error).__name__}") from error
        _check(content, message.keys(), recipient)
        return FinishedLetter(letter_id, recipient, subject, content, dropped)

    def _fields(self, mail: MailParts, recipient: str, subject: str) -> dict[str, str]:
        fields = {
            "From": self._from,
            "To": _mailbox("To", header_line(mail.to_name), recipient),
            "Subject": _folded("Subject", subject),
            "Date": self._date,
            "Message-ID": message_id(mail.message_id, self.domain),
        }
        if mail.earlier_message_id is not None:
            earlier = message_id(mail.earlier_message_id, self.domain)
            fields |= {"In-Reply-To": earlier, "References": earlier}
        return fields | {
            "Auto-Submitted": "auto-generated",
            # No receipts and no notice that it was not read (MS-OXCMAIL 2.1.3.2.20). "All" would
            # also stop Exchange from returning undeliverable mail (NDR) and from saying who is away
            # (OOF). We need both.
            "X-Auto-Response-Suppress": "DR, RN, NRN",
            "Content-Language": mail.language,
        }


def clean_address(address: str) -> str:
    """Return an address as SMTP takes it, its domain in ASCII; LetterUnsendable if it is not plain."""
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise LetterUnsendable("the address has no usable domain") from error
    sound = at and _ATOMS.match(local) and len(local) <= 64 and _LABELS.match(ascii_domain)
    # An address could spell an encoded-word, which some readers would decode.
    if not sound or len(ascii_domain) > 253 or "=?" in local or "?=" in local:
        raise LetterUnsendable("the address is not one that mail can go to")
    return f"{local}@{ascii_domain}"


def message_id(stored: str, domain: str) -> str:
    """Return a letter's Message-ID, with the sender's domain if it has none; else LetterUnsendable."""
    if _MESSAGE_ID.match(stored):
        return stored
    if _BARE_ID.match(stored):
        return f"<{stored}@{domain}>"
    raise LetterUnsendable("the Message-ID is not one")


def _mailbox(header: str, name: str, address: str) -> str:
    """Return "name <address>", the name quoted or encoded, the address on a line where it fits."""
    if name.isascii() and len(name) + len(address) < _PLAIN:
        return formataddr((name, address)) if name else f"<{address}>"
    return f"{_folded(header, name, always=True)}\r\n <{address}>"


def _folded(header: str, text: str, *, always: bool = False) -> str:
    """Return a header's text; a long or non-ASCII one as encoded-words, one a line."""
    if text.isascii() and len(text) <= _PLAIN and not always:
        return text
    return Header(text, _WORDS, 76, header).encode(linesep="\r\n")


def _body(mail: MailParts) -> Message:
    # No encoded part holds "=_", so a boundary never occurs in one; searching for it would take
    # longer than all else here.
    boundary = f"=_{zlib.crc32(mail.message_id.encode()):08x}"
    plain = quopri.encodestring(_crlf(mail.text).replace(b"\r\n", b"\n"))
    text = _part("text/plain", "quoted-printable", plain)
    if mail.html is None:
        text["MIME-Version"] = "1.0"
        return text
    parts = [text, _part("text/html", "base64", base64.encodebytes(_crlf(mail.html)))]
    both = MIMEMultipart("alternative", f"{boundary}_a", parts)
    if mail.calendar is None:
        return both
    dates = _part("text/calendar", "base64", base64.encodebytes(mail.calendar), method="PUBLISH")
    dates.add_header("Content-Disposition", "attachment", filename=mail.calendar_name)
    return MIMEMultipart("mixed", f"{boundary}_m", [both, dates])


def _part(kind: str, encoding: str, encoded: bytes, **parameters: str) -> Message:
    part = Message()
    part.add_header("Content-Type", kind, charset="utf-8", **parameters)
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(encoded.decode("ascii"))
    return part


def _crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()


def _check(content: bytes, names: list[str], recipient: str) -> None:
    """Read the bytes back: the same headers and one recipient; LetterUnsendable otherwise."""
    head = content.partition(b"\r\n\r\n")[0]
    read = BytesHeaderParser(policy=compat32).parsebytes(head)
    addresses = [address for _, address in getaddresses([str(read["To"])])]
    if read.keys() != names or addresses != [recipient] or not content.isascii():
        raise LetterUnsendable("it does not read back as it was written")
