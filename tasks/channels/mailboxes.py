"""Read the mailbox of returned mail: a Maildir, or IMAP over TLS."""

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from models.errors import GrantError
from models.reading.plain_text import one_line, without_addresses
from tasks.channels.channel import Mailed
from tasks.settings import Settings

# How many bytes of a mail are read, and how many mails at once: anybody can write to the mailbox. A
# report, or a person's text, comes first.
MOST_READ = 250_000
_AT_ONCE = 500
_TIMEOUT = 20.0  # seconds for each answer of an IMAP server


class MailboxUnreadable(GrantError):
    """The mailbox for returned mail cannot be read."""


class Mailbox(Protocol):
    """Mails that nobody has seen, each under a key of its own."""

    def unseen(self) -> Iterator[tuple[str, bytes]]:
        """Yield the unseen mails, of a large one the beginning."""

    def mark_seen(self, keys: Sequence[str]) -> None:
        """Mark mails as seen, so that they are not read again."""


class Maildir:
    """A folder of mails, filled by a mail server or a program that fetches mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
            raise MailboxUnreadable(Mailed.NO_MAILDIR(folder=str(folder)))

    def unseen(self) -> Iterator[tuple[str, bytes]]:
        """Yield the mails without the flag S."""
        paths = [path for name in ("new", "cur") for path in sorted((self._folder / name).iterdir())]
        unseen = [path for path in paths if "S" not in path.name.partition(":2,")[2] and path.is_file()]
        for path in unseen[:_AT_ONCE]:
            with suppress(FileNotFoundError), path.open("rb") as file:  # another program may move it
                yield f"{path.parent.name}/{path.name}", file.read(MOST_READ)

    def mark_seen(self, keys: Sequence[str]) -> None:
        """Give the mails the flag S."""
        for key in keys:
            path = self._folder / key
            name, _, flags = path.name.partition(":2,")
            with suppress(FileNotFoundError):
                path.rename(self._folder / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")


class ImapMailbox:
    """A mailbox on an IMAP server, by the standard library's client; used in threads."""

    def __init__(self, imap: imaplib.IMAP4) -> None:
        self._imap = imap

    def unseen(self) -> Iterator[tuple[str, bytes]]:
        """Yield the mails without the flag Seen."""
        (keys,) = self._ask("SEARCH", "UNSEEN")
        for key in keys.decode("ascii").split()[:_AT_ONCE]:
            content = self._ask("FETCH", key, f"(BODY.PEEK[]<0.{MOST_READ}>)")
            yield key, next((part[1] for part in content if isinstance(part, tuple)), b"")

    def mark_seen(self, keys: Sequence[str]) -> None:
        """Give the mails the flag Seen."""
        if keys:
            self._ask("STORE", ",".join(keys), "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, *command: str) -> list[Any]:
        status, answers = self._imap.uid(*command)
        if status != "OK":
            raise MailboxUnreadable(f"the server answered {status} to {command[0]}")
        return [mail for mail in answers if mail is not None]


@contextmanager
def open_mailbox(settings: Settings) -> Iterator[Mailbox | None]:
    """Open the mailbox of the settings, None without one; MailboxUnreadable says why it cannot be read."""
    try:
        if settings.bounces_imap:
            with _connect(settings) as imap:
                yield ImapMailbox(imap)
        else:
            yield Maildir(Path(settings.bounces_maildir)) if settings.bounces_maildir else None
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxUnreadable(without_addresses(one_line(str(error))) or type(error).__name__) from error


@contextmanager
def _connect(settings: Settings) -> Iterator[imaplib.IMAP4]:
    """Connect with TLS (on this machine also without), log in and open the mailbox."""
    place = urlsplit(settings.bounces_imap)
    host = place.hostname or ""
    context = ssl.create_default_context()
    with (
        imaplib.IMAP4_SSL(host, place.port or 993, ssl_context=context, timeout=_TIMEOUT)
        if place.scheme == "imaps"
        else imaplib.IMAP4(host, place.port or 143, timeout=_TIMEOUT)
    ) as imap:
        imap.login(unquote(place.username or ""), settings.bounces_password.get_secret_value())
        status, reply = imap.select(unquote(place.path.strip("/")) or "INBOX")
        if status != "OK":
            raise MailboxUnreadable(one_line(str(reply)))
        yield imap
