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


def is_undecided(choice: SmallNumbers | None, small: Sequence[str], stating: Sequence[str]) -> bool:
    """Return whether an officer must choose, or read a sentence, before a document is made.

    `small` are the document's small numbers. `stating` are the sentences that may state a number
    that the document does not print.
    """
    return bool((small and choice is None) or stating)


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


def find_hidden(counts: Sequence[Count], shown: dict[str, Shown], threshold: int) -> set[int]:
    """Return the whole numbers of people that are not printed anywhere in their group."""
    hidden: set[int] = set()
    for group in find_breakdowns(counts):
        printed = {
            int(count.total)
            for count in group
            if count.total is not None and shown[count.key] is not Shown.NOTHING
            if not is_small(count.total, threshold)
        }
        concealed = (
            number
            for count in group
            if shown[count.key] is not Shown.ALL
            for number in (*count.by_period, count.total)
        )
        hidden |= {int(number) for number in concealed if number} - printed
    return hidden


_SWEDISH = (
    "två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton tjugo"
)
_ENGLISH = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_WORDS = {
    word: number for words in (_SWEDISH, _ENGLISH) for number, word in enumerate(words.split(), start=2)
} | {"båda": 2, "bägge": 2, "both": 2, "enda": 1, "ensam": 1}
# These count only directly before a noun: "en flicka", and not in "inte en flicka".
_ARTICLES = {"en", "ett", "one"}
_NO_ONE_AFTER = {"inte", "ej", "not", "än", "than", "som", "as", "per", "no"}
# Stems of the nouns by which people are counted, in both languages; longer words match too ("flickorna").
_COUNTED_WORD = re.compile(
    r"(?:person|barn|flick|pojk|kvinn|män|ungdom|unga|vuxn|elev|klient|brukare|deltagar|offer|målsägand|patient|mamm"
    r"|papp|mödr|föräld|familj|individ|anmäl|ärende|vittn|syskon|hushåll|tonåring|kille|killar|tjej|dotter|döttrar|fall"
    r"|people|girl|boy|women|woman|men|child|kids|youth|young|adult|pupil|student|client|user|participant|victim"
    r"|mother|father|parent|famil|case|report|witness|sibling|sister|brother|household|teen)\w*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|\w+|[.!?;\n]")
_STOP = re.compile(r"[.!?;\n]")
_NEAR = 3  # words between a number and what it counts
# Words before a number that counts nobody: "under 18", "kvartal 3".
_NO_COUNT = {
    "under",
    "över",
    "kvartal",
    "år",
    "ålder",
    "bilaga",
    "del",
    "paragraf",
    "quarter",
    "year",
    "age",
    "aged",
    "annex",
    "part",
    "paragraph",
}
_AGES = {"under", "över", "over", "aged"}
# A sentence ends at a stop followed by a capital, a digit or a quotation mark.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ0-9”“\"])")


def is_few(text: str, threshold: int) -> bool:
    """Return whether a text seems to hold a number of people from 1 to below the threshold."""
    return any(of_people and 0 < number < threshold for number, of_people in _numbers_in(text))


def split_sentences(text: str) -> list[str]:
    """Return a text's sentences."""
    return _SENTENCE_END.split(text.strip())


def find_sentences_stating(text: str, numbers: Collection[int]) -> Iterator[str]:
    """Yield the sentences that hold one of the numbers, as a figure or a word, whatever it counts."""
    for sentence in split_sentences(text):
        if any(number in numbers for number, _ in _numbers_in(sentence)):
            yield hide_personal_numbers(sentence)


def find_sentences_with_personal_numbers(text: str) -> Iterator[str]:
    """Yield the sentences that hold a personal identity number, with the number hidden."""
    text = text.strip()
    holding = [sentence for sentence in split_sentences(text) if holds_personal_number(sentence)]
    yield from map(hide_personal_numbers, holding or ([text] if holds_personal_number(text) else []))


def find_sentence_key(sentence: str) -> str:
    """Return the key under which a sentence is confirmed as meaning something else, quoted or not."""
    return hashlib.sha256(sentence.strip("“”").encode()).hexdigest()[:16]


def list_unconfirmed(sentences: Iterable[str], confirmed: Collection[str]) -> tuple[str, ...]:
    """Return the sentences, each once, that nobody has confirmed as meaning something else.

    `confirmed` are keys by `find_sentence_key`.
    """
    return tuple(
        sentence for sentence in dict.fromkeys(sentences) if find_sentence_key(sentence) not in confirmed
    )


def _numbers_in(text: str) -> Iterator[tuple[int, bool]]:
    """Yield the whole numbers of a text, each with whether it seems to count people."""
    words = _WORD.findall(text)
    for at, word in enumerate(words):
        number = read_number_in(word)
        before = words[at - 1].lower() if at else ""
        if number is None or before in _NO_COUNT:
            continue
        near = words[at + 1 : at + 2 + _NEAR]
        stops = [place for place, near_word in enumerate(near) if _STOP.fullmatch(near_word)]
        near = near[: stops[0]] if stops else near
        if word.lower() in _ARTICLES:
            if near and _COUNTED_WORD.fullmatch(near[0]) and before not in _NO_ONE_AFTER:
                yield 1, True
        else:
            yield number, _counts_people(near)


def _counts_people(near: Sequence[str]) -> bool:
    """Return whether the words after a number are people, or their age: "3 under 20"."""
    if len(near) > 1 and near[0].lower() in _AGES and near[1].isdecimal():
        return True
    counted = next(
        (place for place, near_word in enumerate(near) if _COUNTED_WORD.fullmatch(near_word)), None
    )
    return counted is not None and not any(near_word.isdecimal() for near_word in near[:counted])


def read_number_in(word: str) -> int | None:
    """Return the whole number that a word stands for, in figures or spelled out; None for other words."""
    if word.isascii() and word.isdecimal() and len(word) < 10:
        return int(word)
    return 1 if word.lower() in _ARTICLES else _WORDS.get(word.lower())
