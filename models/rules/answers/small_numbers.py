"""Decide which small numbers of people a document hides, so that nobody can be recognised."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.reading.personal_number import hide_personal_numbers, holds_personal_number


class SmallNumbers(StrEnum):
    """What an officer chose for a grant's documents.

    `SHOW` prints numbers as they are. `FEWER` prints only the total of a breakdown that holds a
    small number, and a small total as "fewer than 5". `TOTALS` also leaves the periods out of every
    other breakdown.
    """

    SHOW = "show"
    FEWER = "fewer"
    TOTALS = "totals"


class Shown(StrEnum):
    """What is printed of a figure: its numbers by period and their total, its total alone, or nothing."""

    ALL = "all"
    TOTAL = "total"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Count:
    """A figure's numbers by period and their total; None where the number is unknown.

    `adds` are the keys of the figures whose sum it is. `near` are those that it is reckoned from or
    compared with.
    """

    key: str
    by_period: tuple[Decimal | None, ...]
    total: Decimal | None
    adds: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    of_people: bool = True


def is_small(number: Decimal | None, threshold: int) -> bool:
    """Return whether a number of people is small enough to recognise somebody; zero is nobody."""
    return number is not None and 0 < number < threshold


def is_undecided(choice: SmallNumbers | None, small: Sequence[str], unread: Sequence[str]) -> bool:
    """Return whether an officer must choose, or read the texts, before a document is made.

    `small` are the document's small numbers, `unread` its paragraphs that nobody has read. A text
    can state a number that is hidden.
    """
    return bool(small) and (choice is None or (choice is not SmallNumbers.SHOW and bool(unread)))


def find_breakdowns(counts: Sequence[Count]) -> list[list[Count]]:
    """Return the figures of people in groups: figures that can be worked out from each other share a group."""
    groups: list[set[str]] = []
    keys = {count.key for count in counts}
    for count in counts:
        linked = {count.key} | ((count.adds | count.near) & keys)
        touched = [group for group in groups if group & linked]
        groups = [group for group in groups if group not in touched] + [linked.union(*touched)]
    breakdowns = [[count for count in counts if count.key in group] for group in groups]
    return [group for group in breakdowns if any(count.of_people for count in group)]


def decide_shown(counts: Sequence[Count], choice: SmallNumbers, threshold: int) -> dict[str, Shown]:
    """Return what is printed of each figure of people, by its key.

    No number below the threshold can be worked out from what is printed. A group with a small total
    prints only one number. A group with a small number in one period prints no period.
    """
    shown: dict[str, Shown] = {}
    for group in find_breakdowns(counts):
        small_total = any(is_small(count.total, threshold) for count in group)
        small_period = any(is_small(number, threshold) for count in group for number in count.by_period)
        if choice is SmallNumbers.SHOW:
            shown |= {count.key: Shown.ALL for count in group}
        elif small_total:
            shown |= {count.key: Shown.NOTHING for count in group} | {_whole_of(group): Shown.TOTAL}
        elif small_period or choice is SmallNumbers.TOTALS:
            shown |= {count.key: Shown.TOTAL for count in group}
        else:
            shown |= {count.key: Shown.ALL for count in group}
    return shown


def _whole_of(group: Sequence[Count]) -> str:
    """Return the key of a group's first figure that is no part of another."""
    parts = {key for count in group for key in count.adds}
    return next((count.key for count in group if count.key not in parts), group[0].key)


# A sentence ends at a stop followed by a capital, a digit or a quotation mark.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ0-9”“\"])")


def split_sentences(text: str) -> list[str]:
    """Return a text's sentences."""
    return _SENTENCE_END.split(text.strip())


def find_sentences_with_numbers(text: str) -> Iterator[str]:
    """Yield the sentences with a number in figures, personal identity numbers hidden."""
    for sentence in split_sentences(text):
        if any(sign.isdecimal() for sign in sentence):
            yield hide_personal_numbers(sentence)


def find_sentences_with_personal_numbers(text: str) -> Iterator[str]:
    """Yield the sentences that hold a personal identity number, with the number hidden."""
    text = text.strip()
    holding = [sentence for sentence in split_sentences(text) if holds_personal_number(sentence)]
    yield from map(hide_personal_numbers, holding or ([text] if holds_personal_number(text) else []))


def find_text_key(text: str) -> str:
    """Return the key under which somebody has read a paragraph."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def list_unread(texts: Iterable[str], read: Collection[str]) -> tuple[str, ...]:
    """Return the paragraphs, each once, that nobody has read; `read` are keys by `find_text_key`."""
    return tuple(text for text in dict.fromkeys(texts) if text and find_text_key(text) not in read)
