"""Take a finished letter apart to show it: headers, text, HTML and calendar."""

from dataclasses import dataclass, replace
from email import message_from_bytes, policy

from tasks.people.links import hide_links

# The headers that a reader (or an administrator) wants to see, in this order.
_SHOWN = ("From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "Reply-To")


@dataclass(frozen=True, slots=True)
class LetterParts:
    """A letter's parts; one that is missing is empty."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    calendar: str


def read_letter(content: bytes) -> LetterParts:
    """Return the parts of the finished bytes."""
    letter = message_from_bytes(content, policy=policy.default)
    parts = {one.get_content_type(): one for one in letter.walk() if not one.is_multipart()}
    text, html, calendar = (
        str(parts[kind].get_content()) if kind in parts else ""
        for kind in ("text/plain", "text/html", "text/calendar")
    )
    headers = tuple((name, str(value)) for name in _SHOWN for value in letter.get_all(name, []))
    return LetterParts(headers, text.replace("\r\n", "\n"), html, calendar)


def without_links(parts: LetterParts) -> LetterParts:
    """Return the letter with what makes its private links work taken out."""
    return replace(
        parts,
        text=hide_links(parts.text),
        html=hide_links(parts.html),
        calendar=hide_links(parts.calendar),
    )
