"""Titles in both languages, from words.csv, where a programme file gives no title."""

import csv
from pathlib import Path
from typing import NamedTuple

from models.reading.fields import Words


class Called(NamedTuple):
    """The name of a step or a payment: its title, and the title within a sentence, if known."""

    title: Words
    definite: Words | None

    @property
    def within(self) -> Words:
        """The name within a sentence: in quotes if nobody knows its definite form."""
        return self.definite or Words(sv=f"”{self.title.sv}”", en=f"“{self.title.en}”")


def _read_words(path: Path) -> dict[str, dict[str, Called]]:
    """Return the names of words.csv, by their kind and key."""
    words: dict[str, dict[str, Called]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            definite = Words(sv=row["sv_definite"], en=row["en_definite"]) if row["sv_definite"] else None
            named = words.setdefault(row["of"], {})
            named[row["name"]] = Called(Words(sv=row["sv"], en=row["en"]), definite)
    return words


_WORDS = _read_words(Path(__file__).with_name("words.csv"))
# Payments stand after "claim of" and "payment of".
STEPS = _WORDS["step"]
PAYMENTS = _WORDS["payment"]
# The draft that a body approves.
DRAFT_OF = _WORDS["draft of"]
# The memo's questions are asked if a body approves a final report; the funder does not read the answers.
QUESTIONS, CHECKS, ROLES, MEMO = (
    {name: words.title for name, words in _WORDS[of].items()} for of in ("question", "check", "role", "memo")
)
APPLIED = _WORDS["name"]["applied"].title
FUNDER = _WORDS["name"]["funder"].title
COMMITTEE = _WORDS["name"]["committee"].title


# Swedish words that take -en in their definite form, such as the names of reports.
_TAKES_EN = ("rapport", "redovisning", "uppföljning", "utvärdering", "granskning", "revision", "plan")


def called(name: str, title: Words | None, known: dict[str, Called]) -> Called:
    """Return the name of a step or payment: its own title, the known words, or its key."""
    if title is not None:
        return Called(title, _definite(title))
    plain = name.replace("-", " ").replace("_", " ")
    return known.get(name) or Called(Words(sv=plain, en=plain), None)


def _definite(title: Words) -> Words | None:
    """Return an own title within a sentence, if the Swedish word is one for reports."""
    is_report_word = " " not in title.sv and title.sv.endswith(_TAKES_EN)
    plain = title.en.removeprefix("The ").removeprefix("the ")
    return Words(sv=f"{title.sv}en", en=f"the {plain}") if is_report_word else None


def made_for(kind: str, what: Called, by: Words | None = None) -> Called:
    """Return the name of a payment's claim or coming, or of somebody's approval of a step."""
    sentence = _WORDS["move"][f"{kind}-by" if by else kind]
    facts = _facts(what, by)
    return Called(_filled(sentence.title, facts), _filled(sentence.within, facts))


def added_part(number: int) -> Called:
    """Return the name of a part that a later decision added, by its number."""
    added = _WORDS["name"]["added"]
    facts = {"number": str(number)}
    return Called(_filled(added.title, facts), _filled(added.within, facts))


def todo(kind: str, what: Called, by: Words | None = None) -> Words:
    """Return the task of a step's owner, as one sentence."""
    return _filled(_WORDS["todo"][kind].title, _facts(what, by or FUNDER))


def asking(name: str, **facts: str) -> Words:
    """Return a sentence that asks an owner when a step is not needed."""
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
