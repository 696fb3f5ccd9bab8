"""Titles in both languages, from words.csv, for what a programme file gives no title."""

import csv
from pathlib import Path
from typing import NamedTuple

from models.reading.fields import Words


class Called(NamedTuple):
    """What a step or a payment is called: its title, and the title as a sentence has it, where that is known."""

    title: Words
    definite: Words | None

    @property
    def within(self) -> Words:
        """It within a sentence: in quotes where nobody knows its definite form."""
        return self.definite or Words(sv=f"”{self.title.sv}”", en=f"“{self.title.en}”")


def _read_words(path: Path) -> dict[str, dict[str, Called]]:
    """Return what is called by name, by what it is."""
    found: dict[str, dict[str, Called]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            definite = Words(sv=row["sv_definite"], en=row["en_definite"]) if row["sv_definite"] else None
            named = found.setdefault(row["of"], {})
            named[row["name"]] = Called(Words(sv=row["sv"], en=row["en"]), definite)
    return found


_WORDS = _read_words(Path(__file__).with_name("words.csv"))
# Payments stand after "claim of" and "payment of".
STEPS = _WORDS["step"]
PAYMENTS = _WORDS["payment"]
# What a body approves, of a step that is the draft of it.
DRAFT_OF = _WORDS["draft of"]
# The memo's questions are asked where a body approves a final report; the funder does not read their answers.
QUESTIONS, CHECKS, ROLES, MEMO = (
    {name: words.title for name, words in _WORDS[of].items()} for of in ("question", "check", "role", "memo")
)
APPLIED = _WORDS["name"]["applied"].title
FUNDER = _WORDS["name"]["funder"].title
COMMITTEE = _WORDS["name"]["committee"].title


# Swedish words that make their definite form with -en, such as those that offices call their reports by.
_TAKES_EN = ("rapport", "redovisning", "uppföljning", "utvärdering", "granskning", "revision", "plan")


def called(name: str, title: Words | None, known: dict[str, Called]) -> Called:
    """Return what something is called: as it says itself, as the kept words say, or by its name."""
    if title is not None:
        return Called(title, _definite(title))
    plain = name.replace("-", " ").replace("_", " ")
    return known.get(name) or Called(Words(sv=plain, en=plain), None)


def _definite(title: Words) -> Words | None:
    """Return a title of one's own as a sentence has it, where the Swedish word is one that offices call reports."""
    known = " " not in title.sv and title.sv.endswith(_TAKES_EN)
    plain = title.en.removeprefix("The ").removeprefix("the ")
    return Words(sv=f"{title.sv}en", en=f"the {plain}") if known else None


def made_for(kind: str, what: Called, by: Words | None = None) -> Called:
    """Return what the claim or the coming of a payment, or the approval of a step by somebody, is called."""
    sentence = _WORDS["move"][f"{kind}-by" if by else kind]
    facts = _facts(what, by)
    return Called(_filled(sentence.title, facts), _filled(sentence.within, facts))


def todo(kind: str, what: Called, by: Words | None = None) -> Words:
    """Return what the owner of a step of a kind does, as one sentence."""
    return _filled(_WORDS["todo"][kind].title, _facts(what, by or FUNDER))


def asking(name: str, **facts: str) -> Words:
    """Return a sentence that asks an owner where a step is not needed."""
    return _filled(_WORDS["asking"][name].title, facts)


def _facts(what: Called, by: Words | None) -> dict[str, str]:
    facts = {"sv": what.within.sv, "en": what.within.en}
    return facts | ({"by_sv": by.sv, "by_en": by.en} if by else {})


def _filled(words: Words, facts: dict[str, str]) -> Words:
    return Words(sv=words.sv.format(**facts), en=words.en.format(**facts))


def joined(*sentences: Words) -> Words:
    """Return several sentences as one text."""
    return Words(
        sv=" ".join(sentence.sv for sentence in sentences), en=" ".join(sentence.en for sentence in sentences)
    )
