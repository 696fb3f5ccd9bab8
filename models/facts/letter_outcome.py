"""What rendering a letter came to: finished bytes, a failure, or nothing left to say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FinishedLetter:
    """A finished letter; `content` is the whole message with CRLF line ends, addressed to one `recipient`.

    `dropped` are the ids of the notices taken out because their step was answered, moved or cancelled.
    """

    letter_id: int
    recipient: str
    subject: str
    content: bytes
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedLetter:
    """A letter that could not be rendered, and why; three such failures poison it, the others go on."""

    letter_id: int
    error: str


@dataclass(frozen=True, slots=True)
class EmptyLetter:
    """A letter with no notice left to tell: it is cancelled."""

    letter_id: int
    dropped: tuple[int, ...] = ()


Outcome = FinishedLetter | FailedLetter | EmptyLetter
