"""Say which known word a mistyped one is nearest to."""

from __future__ import annotations

from collections.abc import Iterable

from models.message import Remark
from models.reading.messages import Reading


def nearest(word: str, known: Iterable[str], *, at_least: int = 60) -> str:
    """Return the known word that is nearest to an unknown one, or that it begins; empty where none is near."""
    # Only who meets an unknown name waits for the library.
    from rapidfuzz import fuzz, process

    words = list(known)
    found = process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=at_least)
    return str(found[0]) if found else next((one for one in words if word and one.startswith(word)), "")


def meant(near: str) -> str | Remark:
    """Return the end of a sentence about an unknown word: the known one that is near it; nothing where none is."""
    return Reading.DID_YOU_MEAN(near=near) if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> Remark:
    """Return the end of a sentence about an unknown word: the nearest known one, or those that there are."""
    words = list(known)
    if near := nearest(word, words):
        return Reading.DID_YOU_MEAN(near=near)
    parts = set(word.split("_"))  # business_days: of what there is, days and working_days are the nearest
    ordered = sorted(words, key=lambda one: (parts.isdisjoint(one.split("_")), one))
    return Reading.KNOWN(known=_in_short(ordered) or Reading.NONE())


def _in_short(words: list[str]) -> str:
    """Return the words up to a length that a line has room for."""
    room, kept = 160, list[str]()
    for word in words:
        room -= len(word) + 2
        if room < 0 and kept:
            return f"{', '.join(kept)}, ..."
        kept.append(word)
    return ", ".join(kept)
