"""The words of what a written file names without a title, in both languages, as words.csv has them."""

from __future__ import annotations

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
STEPS, PAYMENTS = _WORDS["step"], _WORDS["payment"]
QUESTIONS, CHECKS = ({name: one.title for name, one in _WORDS[of].items()} for of in ("question", "check"))
APPLIED, FUNDER = _WORDS["name"]["applied"].title, _WORDS["name"]["funder"].title


def called(name: str, title: Words | None, known: dict[str, Called]) -> Called:
    """Return what something is called: as it says itself, as the kept words say, or by its name."""
    if title is not None:
        return Called(title, None)
    plain = name.replace("-", " ").replace("_", " ")
    return known.get(name) or Called(Words(sv=plain, en=plain), None)


def of_payment(kind: str, payment: Called) -> Called:
    """Return what the claim or the coming of a payment is called."""
    of = payment.within
    title, definite = (
        Words(sv=f"{one.sv} av {of.sv}", en=f"{one.en} of {of.en}")
        for one in (_WORDS["move"][kind].title, _WORDS["move"][kind].within)
    )
    return Called(title, definite)


def of_approval(step: Called, by: Words | None) -> Called:
    """Return what the approval of a step is called, by whom where that is said."""
    of = step.within
    if by is None:
        return Called(
            Words(sv=f"godkännande av {of.sv}", en=f"approval of {of.en}"),
            Words(sv=f"godkännandet av {of.sv}", en=f"the approval of {of.en}"),
        )
    whole = Words(sv=f"{by.sv}s godkännande av {of.sv}", en=f"{by.en}'s approval of {of.en}")
    return Called(whole, whole)


def of_reading(step: Called, by: str, *, signed: bool) -> Called:
    """Return what the reading of a step before its approval is called, or the signing of the papers for a body."""
    who, kind = _WORDS["role"][by].title, _WORDS["reading"]["sign" if signed else "read"].title
    of = step.within
    whole = Words(sv=kind.sv.format(by=who.sv, of=of.sv), en=kind.en.format(by=who.en, of=of.en))
    return Called(whole, whole)


def asking(name: str, **facts: str) -> Words:
    """Return a sentence that asks an owner where a step is not needed."""
    said = _WORDS["asking"][name].title
    return Words(sv=said.sv.format(**facts), en=said.en.format(**facts))


def joined(*sentences: Words) -> Words:
    """Return several sentences as one text."""
    return Words(sv=" ".join(one.sv for one in sentences), en=" ".join(one.en for one in sentences))


def todo(kind: str, what: Called, by: Words | None = None) -> Words:
    """Return what the owner of a step of a kind does, as one sentence."""
    said, about, who = _WORDS["todo"][kind].title, what.within, by or FUNDER
    facts = {"sv": about.sv, "en": about.en, "by_sv": who.sv, "by_en": who.en}
    return Words(sv=said.sv.format(**facts), en=said.en.format(**facts))
