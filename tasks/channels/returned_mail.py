"""Read a returned mail: a bounce (RFC 3464), an automatic reply (RFC 3834), or an answer."""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes
from email.message import Message
from html import unescape

from models.errors import Unreadable
from models.reading.date import MONTHS, read_date
from models.reading.plain_text import one_line

_LONGEST = 20_000  # characters of a text that are looked at
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = (
    r"(?:(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day)?,?"
    r" *(?:den |the )?"
)
_DAY = (
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|:e|:a|\.)? *(?:of )?(?:{_MONTH})\b\.?(?:,? *[0-9]{{4}}\b)?"
    rf"|(?:{_MONTH})\b\.? *[0-9]{{1,2}}(?:st|nd|rd|th)?\b(?:,? *[0-9]{{4}}\b)?"
    r"|[0-9]{1,2}/[0-9]{1,2}(?:[ -]+[0-9]{4})?(?![0-9/]))"
)
_ENDS = re.compile(
    r"(?:(?P<last>t\.? ?o\.? ?m\.?|(?:till?|fram till?) och med|to and including|until|till|through)"
    r"|(?:tillbaka|åter|back|return(?:ing)?)(?: igen)?"
    r"(?: (?:på|i) (?:kontoret|jobbet|plats|tjänst)| in the office)?(?: on)?)"
    rf" +{_WEEKDAY}{_DAY}"
)
_DAY_MONTH = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?:[ -]+([0-9]{4}))?")
_FURTHEST = timedelta(days=270)


def away_until(text: str, on: date) -> date | None:
    """Return the last day of an absence in a reply of that day; None if it names none, or several.

    A day without a year is the next one of that name. If a reply only says when its writer is back,
    it is the day before.
    """
    line = " ".join(text[:_LONGEST].lower().split())
    last = set[date]()
    before_return = set[date]()
    for match in _ENDS.finditer(line):
        if day := _named(match["day"], on):
            ends = last if match["last"] else before_return
            ends.add(day if match["last"] else day - timedelta(days=1))
    named = last or before_return
    end = min(named, default=on) if len(named) == 1 else None
    return end if end is not None and on <= end <= on + _FURTHEST else None


def _named(text: str, on: date) -> date | None:
    """Return the day that the text names; without a year the next one, from `on`."""
    if shortened := _DAY_MONTH.fullmatch(text):
        day, month, year = shortened.groups()
        text = f"{day}/{month} {year}" if year else f"{day}/{month}"
    for year in ("", f" {on.year}", f" {on.year + 1}"):
        with suppress(Unreadable):
            day_found = read_date(f"{text}{year}")
            if year == "" or day_found >= on:
                return day_found
    return None


# A letter's token: the first digits of its Message-ID, also in the envelope sender.
TOKEN = re.compile(r"\+([0-9a-f]{32})@|<([0-9a-f]{32})[0-9a-f]{32}@")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_STATUS = re.compile(r"5\.(\d{1,3})\.\d{1,3}\b")
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply")
_BULK = ("auto_reply", "bulk", "junk", "list")
# Limits, as anybody can write to the mailbox: parts of a mail, their depth, and characters of text.
_MOST_PARTS = 50
_MOST_BOUNDARIES = 20
LONGEST_TEXT = 10_000
# Anybody who reads a quoted letter's link could act by it.
_LINK = re.compile(r"\w{1,20}://\S+")
# An unclosed element goes on to the end, as in a browser: a search from each would never end.
_MARKUP = re.compile(r"(?is)<(style|script|title)\b.*?(?:</\1>|\Z)|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class ReturnedLetter:
    """A letter that came back for good; `status` is the enhanced code (RFC 3463), as 5.2.2."""

    token: str
    status: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to a letter: a person's text, or the end of an absence by an automatic reply."""

    token: str
    text: str = ""
    away_until_on: date | None = None

    @property
    def sha256(self) -> str:
        """The hash that tells it from the letter's other replies."""
        return hashlib.sha256(f"{self.away_until_on or ''}\n{self.text}".encode()).hexdigest()


def read_mail(content: bytes, on: date) -> ReturnedLetter | Reply | None:
    """Return what a mail of that day says about a letter; None if it is about none, or unreadable."""
    if content.lower().count(b"boundary") > _MOST_BOUNDARIES:  # each line is compared with each of them
        return None
    try:
        message = message_from_bytes(content)
        return read_report(message) or _read_reply(message, on)
    except Exception:  # noqa: BLE001  (a stranger's mail must not stop the others)
        return None


def read_report(message: Message) -> ReturnedLetter | None:
    """Return the letter that a mail reports as failed; None for a delay, or if it is no report."""
    if message.get_content_type() != "multipart/report":
        return None
    parts = _parts(message)
    status = next((code for part in parts if (code := _failed_status(part))), None)
    texts = [str(message.get(name, "")) for name in _ADDRESSED]
    texts += [str(part.get("Message-ID", "")).strip() for part in parts[1:]]
    texts += [_message_id(part) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    token = _token(texts)
    return ReturnedLetter(token, status) if token and status else None


def _read_reply(message: Message, on: date) -> Reply | None:
    """Return the reply to a letter; None for other mail, our own, or an automatic one without an end."""
    texts = [str(message.get(name, "")) for name in (*_ADDRESSED, "In-Reply-To")]
    automatic = _is_automatic(message)
    # Our own letters refer to earlier ones too.
    token = _token(texts if automatic else [*texts, str(message.get("References", ""))[-1000:]])
    if token is None or message.get_content_type() == "multipart/report":
        return None
    text = _text(message)
    if automatic:
        until = away_until(text, on)
        return Reply(token, away_until_on=until) if until else None
    return Reply(token, text) if text else None


def _is_automatic(message: Message) -> bool:
    submitted = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    bulk = str(message.get("Precedence", "")).strip().lower() in _BULK
    return submitted != "no" or bulk or any(name in message for name in _AUTOMATIC)


def _parts(message: Message) -> list[Message]:
    return [part for part, _ in zip(message.walk(), range(_MOST_PARTS), strict=False)]


def _token(texts: list[str]) -> str | None:
    return next((match[1] or match[2] for text in texts if (match := TOKEN.search(text))), None)


def _text(message: Message) -> str:
    """Return the first text of the mail, cut, without controls and links; HTML if there is no plain text."""
    for kind in ("text/plain", "text/html"):
        for part in _parts(message):
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                text = _decoded(part)
                text = unescape(_MARKUP.sub(" ", text)) if kind == "text/html" else text
                lines = [one_line(_LINK.sub("[...]", line), 1_000) for line in text.splitlines()]
                return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT]
    return ""


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    raw = content[: 2 * LONGEST_TEXT] if isinstance(content, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeError):
        return raw.decode("latin-1")


def _failed_status(part: Message) -> str | None:
    """Return the status code of a recipient's failed delivery."""
    failed = str(part.get("Action", "")).strip().lower() == "failed"
    code = _STATUS.match(str(part.get("Status", "")).strip()) if failed else None
    return code[0] if code else None


def _message_id(part: Message) -> str:
    text = part.get_payload(decode=True)
    match = re.search(rb"(?mi)^Message-ID:\s*(<[^>\s]{1,200}>)", text if isinstance(text, bytes) else b"")
    return match[1].decode("ascii", "replace") if match else ""
