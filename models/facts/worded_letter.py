"""A letter in words, and the result of rendering it: bytes, a failure, or nothing to say."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ToldWhole:
    """A thing below the first of a letter that is told whole, too, as it is due today: the fields of a letter's."""

    lead: str
    day: str
    grant: str
    paragraphs: tuple[str, ...]
    lines: tuple[str, ...]
    button: str
    link: str
    covers: str = ""


@dataclass(frozen=True, slots=True)
class WordedLetter:
    """A letter in words, ready to be laid out.

    `preheader` is the text that an inbox shows next to the subject. `covers` says why its reader gets
    somebody else's task. `lead` opens the letter; `day` and `grant` stand on lines of their own below
    it, then `paragraphs` and the numbered `lines`. A letter about several things is whole about the
    first, and about those of the reader's `due_today`. Below are the `others`, as headings with
    lines, and what opens them all: `all_button` leads to `all_link`. `beyond` says how many more
    there are. `details` are titles, each with a text.
    """

    language: str
    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    button: str
    link: str = ""
    greeting: str = ""
    covers: str = ""
    lead: str = ""
    day: str = ""
    grant: str = ""
    lines: tuple[str, ...] = ()
    beyond: str = ""
    due_today: tuple[ToldWhole, ...] = ()
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()
    all_button: str = ""
    all_link: str = ""
    details: tuple[tuple[str, str], ...] = ()
    small_print: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A due date for a calendar; `sequence` rises when the date moves, `url` leads to its task."""

    uid: str
    on: date
    summary: str
    description: str
    sequence: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class FinishedLetter:
    """A finished letter; `content` is the whole message with CRLF line ends, addressed to one `recipient`.

    `dropped` are the ids of notices taken out because their step was answered, moved or cancelled.
    """

    letter_id: int
    recipient: str
    subject: str
    content: bytes
    dropped: tuple[int, ...] = ()

    @property
    def domain(self) -> str:
        """The recipient's mail domain."""
        return self.recipient.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class FailedLetter:
    """A letter that could not be rendered, and why; three such failures poison it."""

    letter_id: int
    error: str


@dataclass(frozen=True, slots=True)
class EmptyLetter:
    """A letter with no notice left to tell: it is cancelled."""

    letter_id: int
    dropped: tuple[int, ...] = ()


Outcome = FinishedLetter | FailedLetter | EmptyLetter
