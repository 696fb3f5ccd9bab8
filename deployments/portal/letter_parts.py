"""Take a finished letter apart for reading: headers that matter, text, HTML and calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from tasks.people.links import hide_links

# The headers that a reader (or an administrator) wants to see, in this order.
_SHOWN = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "Reply-To",
    "List-Id",
)


@dataclass(frozen=True, slots=True)
class LetterParts:
    """A letter's parts; a part that is missing, or that cannot be read, is empty."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    calendar: str


def read_letter(content: bytes) -> LetterParts:
    """Return the parts of the finished bytes; nothing in them makes this fail."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)  # noqa: S101  (what this policy makes)
    headers = tuple((name, str(value)) for name in _SHOWN for value in message.get_all(name, []))
    return LetterParts(
        headers=headers,
        text=_first(message, "text/plain").replace("\r\n", "\n"),
        html=_first(message, "text/html"),
        calendar=_first(message, "text/calendar"),
    )


def without_links(parts: LetterParts) -> LetterParts:
    """Return the letter with what makes its private links work taken out."""
    return replace(
        parts,
        text=hide_links(parts.text),
        html=hide_links(parts.html),
        calendar=hide_links(parts.calendar),
    )


def _first(message: EmailMessage, media_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == media_type and not part.is_multipart():
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                return _decode(raw, part.get_content_charset())
    return ""


def _decode(raw: bytes, charset: str | None) -> str:
    try:
        return raw.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return raw.decode("utf-8", errors="replace")
