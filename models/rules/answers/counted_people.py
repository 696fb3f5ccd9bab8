"""Find what tells of few people, or of one, in free text, for a person to look at before it leaves the house."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.reading.personal_number import hide_personal_numbers, holds_personal_number

_SWEDISH = (
    "två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton tjugo"
)
_ENGLISH = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_WORDS = {
    word: number for words in (_SWEDISH, _ENGLISH) for number, word in enumerate(words.split(), start=2)
} | {"båda": 2, "bägge": 2, "both": 2, "enda": 1}
# These count one where they are no article: not in "not a person", "a person can", "a group of young people".
_ONE = {"en", "ett", "one"}
_NO_ONE_AFTER = {"inte", "ej", "not", "än", "than", "som", "as", "per", "no", "vilken", "vilket"}
_NO_ONE_BEFORE = {
    *("kan", "är", "ska", "skall", "får", "måste", "bör", "kunde", "skulle"),
    *("can", "is", "may", "must", "should", "could", "would", "might"),
}
_MANY = {
    *("grupp", "del", "rad", "andel", "mängd", "majoritet"),
    *("group", "part", "number", "share", "majority", "range"),
}
# Stems of what people are counted as, in both languages; a word that goes on is one too ("flickorna", "klienterna").
_COUNTED = (
    r"person|barn|flick|pojk|kvinn|män|ungdom|unga|vuxn|elev|klient|brukare|deltagar|offer|målsägand|patient|mamm|papp"
    r"|mödr|föräld|familj|individ|anmäl|ärende|vittn|syskon|hushåll|tonåring|kille|killar|tjej|dotter|döttrar|fall"
    r"|people|girl|boy|women|woman|men|child|kids|youth|young|adult|pupil|student|client|user|participant|victim"
    r"|mother|father|parent|famil|case|report|witness|sibling|sister|brother|household|teen"
)
_COUNTED_WORD = re.compile(rf"(?:{_COUNTED})\w*", re.IGNORECASE)
_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|\w+|[.!?;\n]")
_NEAR = 3  # words between a number and what it counts
# What stands before a number that counts nobody: "under 18", "kvartal 3".
_NO_COUNT = {
    "under",
    "över",
    "kvartal",
    "quarter",
    "year",
    "år",
    "age",
    "ålder",
    "aged",
    "bilaga",
    "annex",
    "del",
}
# Where a sentence ends: at a stop with a capital, a digit or a quotation mark behind it.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ0-9”“\"])")
_AGES = {"under", "över", "over", "aged"}


def small_counts(text: str, threshold: int) -> Iterator[str]:
    """Yield the places where a number of people from 1 to below the threshold seems to stand, as written there.

    It errs on the side of showing: what it finds is looked at, and nothing is changed.
    """
    words = _WORD.findall(text)
    for at, word in enumerate(words):
        number = _number(word)
        if number is None or not 0 < number < threshold:
            continue
        before = words[at - 1].lower() if at else ""
        if before in _NO_COUNT:
            continue
        near = words[at + 1 : at + 2 + _NEAR]
        for stop in (place for place, one in enumerate(near) if re.fullmatch(r"[.!?;\n]", one)):
            near = near[:stop]
            break
        if len(near) > 1 and near[0].lower() in _AGES and near[1].isdecimal():
            yield " ".join(words[at : at + 3])  # "3 under 20"
            continue
        counted = next((place for place, one in enumerate(near) if _COUNTED_WORD.fullmatch(one)), None)
        if counted is None or any(one.isdecimal() for one in near[:counted]):
            continue
        after = words[at + counted + 2].lower() if at + counted + 2 < len(words) else ""
        if word.lower() in _ONE and (
            before in _NO_ONE_AFTER
            or after in _NO_ONE_BEFORE
            or not _MANY.isdisjoint(one.lower() for one in near[:counted])
        ):
            continue
        yield " ".join(words[at : at + counted + 2])


def sentences_to_look_at(text: str, threshold: int) -> Iterator[str]:
    """Yield the sentences with such a place, or a personal identity number, to be found and mended by hand.

    Each is as it is written, but for the number, which is hidden.
    """
    text = text.strip()
    found = [one for one in _SENTENCE_END.split(text) if _to_look_at(one, threshold)]
    yield from map(hide_personal_numbers, found or ([text] if _to_look_at(text, threshold) else []))


def _to_look_at(text: str, threshold: int) -> bool:
    return any(small_counts(text, threshold)) or holds_personal_number(text)


def _number(word: str) -> int | None:
    if word.isascii() and word.isdecimal() and len(word) < 10:
        return int(word)
    return 1 if word.lower() in _ONE else _WORDS.get(word.lower())
