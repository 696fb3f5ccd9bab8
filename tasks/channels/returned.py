"""Read the mailbox of returned mail: delivery status notifications (RFC 3464) about letters that a server had taken."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

# A letter's token: the first digits of its Message-ID, which stand in the envelope sender too.
TOKEN = re.compile(r"\+([0-9a-f]{32})@|^<([0-9a-f]{32})[0-9a-f]{32}@")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_STATUS = re.compile(r"5\.(\d{1,3})\.\d{1,3}\b")
# What a mail may weigh to be read at all, and how many parts of it are looked at: anybody can write to the mailbox.
_LARGEST, _MOST_PARTS = 1_000_000, 50


@dataclass(frozen=True, slots=True)
class ReturnedLetter:
    """A letter that came back for good; `status` is the enhanced code (RFC 3463), as 5.2.2."""

    token: str
    status: str


def read_returned(folder: Path) -> Iterator[tuple[str, ReturnedLetter | None]]:
    """Yield the new mails of a Maildir by their keys, None for one that reports no letter's end."""
    box = mailbox.Maildir(folder, create=False)
    for key in sorted(box.keys()):
        if "S" not in box.get_message(key).get_flags():
            with box.get_file(key) as file:
                small = len(file.read(_LARGEST + 1)) <= _LARGEST
            yield key, read_report(box.get_message(key)) if small else None


def mark_seen(folder: Path, keys: list[str]) -> None:
    """Mark mails as seen, so that they are not read again."""
    box = mailbox.Maildir(folder, create=False)
    for key in keys:
        message = box.get_message(key)
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message


def read_report(message: Message) -> ReturnedLetter | None:
    """Return which letter a mail reports as failed, or None: it reports a delay, or is no report."""
    if message.get_content_type() != "multipart/report":
        return None
    parts = [part for part, _ in zip(message.walk(), range(_MOST_PARTS), strict=False)]
    status = next((code for part in parts if (code := _failed_status(part))), None)
    said = [str(message.get(name, "")) for name in _ADDRESSED]
    said += [str(part.get("Message-ID", "")).strip() for part in parts[1:]]
    said += [_message_id(part) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    token = next((match[1] or match[2] for one in said if (match := TOKEN.search(one))), None)
    return ReturnedLetter(token, status) if token and status else None


def _failed_status(part: Message) -> str | None:
    """Return the code of a recipient's fields that say that delivery failed."""
    failed = str(part.get("Action", "")).strip().lower() == "failed"
    code = _STATUS.match(str(part.get("Status", "")).strip()) if failed else None
    return code[0] if code else None


def _message_id(part: Message) -> str:
    text = part.get_payload(decode=True)
    found = re.search(rb"(?mi)^Message-ID:\s*(<[^>\s]{1,200}>)", text if isinstance(text, bytes) else b"")
    return found[1].decode("ascii", "replace") if found else ""
