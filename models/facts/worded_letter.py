"""A letter in words, which two shells lay out, and appointments for its calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class WordedLetter:
    """A letter in words, ready to be laid out.

    `preheader` is what an inbox shows next to the subject. A letter about several things heads a list (`lines`, and
    `beyond` for what it has no room for), and `details` tell more of its first ones, each with its number.
    """

    language: str
    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    button: str
    link: str = ""
    greeting: str = ""
    lines: tuple[str, ...] = ()
    beyond: str = ""
    details: tuple[tuple[str, str], ...] = ()
    small_print: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A due date for a calendar; `sequence` rises when the date moves."""

    uid: str
    on: date
    summary: str
    description: str
    sequence: int
