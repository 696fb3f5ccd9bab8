"""The kinds of value in sentences about sums: parts, sums, counts, questions, names and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from models.programme.language.amounts.forms import Kind
from models.programme.language.rule import Name
from models.programme.language.tokens import Walk
from models.reading.number import LARGEST, plain, print_part

_FRACTION = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})\Z")
_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(%?)\Z")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?\Z")
_LEADING = re.compile(r"[1-9][0-9]{0,2}([0-9]{3})*\Z")
_GROUP = re.compile(r"[0-9]{3}(\.[0-9]{1,6})?\Z")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*\Z")
_ASK = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)\Z")
_QUOTED = re.compile(r'"[^"]+"\Z')
_BARE = re.compile(r"(?!(sum|last|cell|answer|the|in|by|where|is)\Z)[^\W_][\w.-]*\Z", re.IGNORECASE)
_SPELT = ("percent", "per", "procent", "pct")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a step; `at` is where in the sentence it stands, for messages."""

    step: str
    question: str
    at: int = field(default=0, compare=False, repr=False)

    @property
    def text(self) -> str:
        """It as it is written."""
        return f"{self.step}.{self.question}"


def _is_percent(walk: Walk, ahead: int) -> bool:
    word, after = walk.word(ahead), walk.word(ahead + 1)
    return bool(_PERCENT.match(word)) and (word.endswith("%") or after == "%" or after in _SPELT)


def _read_percent(walk: Walk) -> Fraction:
    match = _PERCENT.match(walk.word())
    if match is None:
        walk.fail("a percentage is expected here, as 80 %")
    walk.take()
    if not match[2] and not walk.follows("%"):
        walk.fail(f"the sign is written; write {match[1]} %")
    return Fraction(match[1])


def _read_part(walk: Walk) -> Fraction:
    token = walk.token
    if match := _FRACTION.match(walk.word()):
        walk.take()
        part = Fraction(int(match[1]), int(match[2]))
    else:
        part = _read_percent(walk) / 100
    if not 0 < part <= 1:
        walk.fail("this is no part of the whole; write 80 % or 1/3", token)
    return part


PART = Kind(
    lambda walk, ahead: bool(_FRACTION.match(walk.word(ahead))) or _is_percent(walk, ahead),
    _read_part,
    print_part,
)


def percent(least: int, most: int) -> Kind:
    """Return the kind of whole percentages between two."""

    def read(walk: Walk) -> int:
        token, found = walk.token, _read_percent(walk)
        if found.denominator != 1 or not least <= found <= most:
            walk.fail(f"a whole percentage from {least} to {most} is expected here", token)
        return int(found)

    return Kind(_is_percent, read, lambda held: f"{held} %")


def _read_sum(walk: Walk) -> Decimal:
    """Return a sum, whose thousands may stand apart: 294 000, 220 499.25."""
    token = walk.token
    text = walk.word()
    if not _NUMBER.match(text):
        walk.fail("a sum is expected here, as 294 000")
    walk.take()
    while _LEADING.match(text) and _GROUP.match(walk.word()):
        text += walk.take().text
    if Decimal(text) > LARGEST:
        walk.fail("this sum is too large", token)
    return Decimal(text)


def print_sum(held: Decimal) -> str:
    """Return a sum with its thousands apart, and two decimals or more where it has any."""
    whole, _, rest = plain(held).partition(".")
    return f"{int(whole):,}".replace(",", " ") + (f".{rest.ljust(2, '0')}" if rest else "")


SUM = Kind(lambda walk, ahead: bool(_NUMBER.match(walk.word(ahead))), _read_sum, print_sum)


def count(least: int, most: int) -> Kind:
    """Return the kind of whole numbers between two."""

    def read(walk: Walk) -> int:
        token, found = walk.token, _read_sum(walk)
        if found != int(found) or not least <= found <= most:
            walk.fail(f"a whole number from {least} to {most} is expected here", token)
        return int(found)

    return Kind(SUM.begins, read, lambda held: print_sum(Decimal(held)))


def _read_ask(walk: Walk) -> Ask:
    token = walk.token
    match = None if token.bracketed else _ASK.match(token.text)
    if match is None:
        walk.fail("a step's question is expected here; write a step and what it asks, as report.spent")
    walk.take()
    return Ask(match[1], match[2], token.at)


ASK = Kind(lambda walk, ahead: bool(_ASK.match(walk.word(ahead))), _read_ask, lambda held: held.text)


def joined(kind: Kind, between: str = "and") -> Kind:
    """Return the kind of several values with a word between."""

    def read(walk: Walk) -> tuple[object, ...]:
        found = [kind.read(walk)]
        while walk.follows(between):
            found.append(kind.read(walk))
        return tuple(found)

    def said(held: tuple[object, ...]) -> str:
        return f" {between} ".join(kind.said(one) for one in held)

    return Kind(kind.begins, read, said)


def name(what: str) -> Kind:
    """Return the kind of names of something."""

    def read(walk: Walk) -> Name:
        token = walk.token
        if token.bracketed or not _NAME.match(token.text):
            walk.fail(f"{what} is expected here")
        walk.take()
        return Name(token.text, token.at)

    return Kind(lambda walk, ahead: bool(_NAME.match(walk.word(ahead))), read, lambda held: held.text)


def choice(words: dict[str, str], cure: str = "") -> Kind:
    """Return the kind of one of some words, each with its value."""

    def read(walk: Walk) -> str:
        if cure and walk.word() not in words and not walk.at_end:
            walk.fail(cure)
        return words[walk.expect(*words)]

    def said(held: str) -> str:
        return next(word for word, value in words.items() if value == held)

    return Kind(lambda walk, ahead: walk.word(ahead) in words, read, said)


def quoted(what: str) -> Kind:
    """Return the kind of texts in quotes."""

    def read(walk: Walk) -> str:
        if not _QUOTED.match(walk.word()):
            write = "" if walk.at_end else f'; write "{walk.token.text}"'
            walk.fail(f"{what} is expected here, in quotes{write}")
        return walk.take().text[1:-1]

    return Kind(lambda walk, ahead: bool(_QUOTED.match(walk.word(ahead))), read, lambda held: f'"{held}"')


def _read_heading(walk: Walk) -> str:
    if not _QUOTED.match(walk.word()) and not _BARE.match(walk.token.text):
        walk.fail("a column's heading is expected here, as Belopp")
    return walk.take().text.strip('"')


# A column's heading; before its source it is there where 'in' follows.
HEADING = Kind(
    lambda walk, ahead: walk.word(ahead + 1) == "in",
    _read_heading,
    lambda held: held if _BARE.match(held) else f'"{held}"',
)
