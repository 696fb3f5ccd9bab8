"""A letter in words: cards that a template lays out, and appointments for its calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Card:
    """An item in words: what it is, by when, what to do, what money waits, and labelled facts.

    `entry` is its title in the list of a letter about several: with the grant's reference if they differ.
    """

    title: str
    entry: str
    due: str
    badge: str
    late: bool
    leads: tuple[str, ...]
    stakes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WordedLetter:
    """A letter in words, ready to be laid out.

    `preheader` is what an inbox shows beside the subject. A letter about several steps has a `headline` and lists
    them; `beyond` says where those are that it has no room for, and `cards` are those that it tells in full.
    """

    language: str
    subject: str
    preheader: str
    sender: str
    hello: str
    headline: str
    listed: tuple[Card, ...]
    beyond: str
    cards: tuple[Card, ...]
    link: str
    link_label: str
    after_link: tuple[str, ...]
    closing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appointment:
    """A due date for a calendar; `sequence` rises when the date moves."""

    uid: str
    on: date
    summary: str
    description: str
    sequence: int
