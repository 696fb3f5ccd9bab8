"""The kinds of words in sentences: numbers, sums, days, names, questions, quoted texts."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from models.programme.countries import require_holidays
from models.programme.language.grammar import KINDS as KINDS
from models.programme.language.rule import NAMES, OF_THE_DECISION, WEEKDAYS, Name
from models.programme.language.tokens import Mismatch, Walk
from models.reading.number import LARGEST, plain, print_part

# The end of a word: a space, a comma, a parenthesis or a quote.
END = r'(?![^\s,()"])'


def portable(pattern: str) -> str:
    """Return a pattern without what only Python knows: inline flags, and the end of a text."""
    return pattern.replace("(?i:", "(?:").replace(r"\Z", END)


@dataclass(frozen=True, slots=True)
class Word:
    """A word with a pattern; `made` returns its value, or raises its fault as ValueError."""

    pattern: str
    says: str
    made: Callable[[str], Any] = str
    said: Callable[[Any], str | None] = str

    def begins(self) -> Iterator[str]:
        """Yield its pattern in a form that JSON Schema and other engines can read."""
        yield portable(self.pattern)

    def read(self, walk: Walk) -> Any:
        """Return the value of the next word."""
        token = walk.token
        if not re.fullmatch(self.pattern, token.text):
            raise walk.miss([], says=self.says)
        try:
            value = self.made(token.text)
        except ValueError as error:
            raise walk.fail(str(error)) from error
        walk.place += 1
        return value


def _phrase(walk: Walk, phrases: Mapping[str, Any]) -> Any:
    """Return the value of the next phrase, and move past its words; None if no phrase comes."""
    for phrase, value in phrases.items():
        words = phrase.lower().replace("the ", "").split()
        if all(walk.word(walk.place + number) == word for number, word in enumerate(words)):
            walk.place += len(words)
            return value
    return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words, each with its value; `called` is their name in a message.

    The words in `heard` are read too, but neither printed nor named in a message.
    """

    words: Mapping[str, Any]
    called: str = ""
    heard: Mapping[str, Any] = field(default_factory=dict)

    def read(self, walk: Walk) -> Any:
        """Return the value of the next words."""
        value = _phrase(walk, {**self.words, **self.heard})
        if value is not None:
            return value
        wanted = [self.called] if self.called else [f"'{word}'" for word in self.words]
        raise walk.miss(wanted, self.words)

    def begins(self) -> Iterator[str]:
        """Yield the first words of the phrases."""
        yield from dict.fromkeys(word.removeprefix("the ").split()[0] for word in (*self.words, *self.heard))

    def said(self, held: Any) -> str | None:
        """Return the words for a value."""
        return next((word for word, value in self.words.items() if value == held), None)


class NamedWord(Word):
    """A name, or a question; its place in the sentence is kept for messages."""

    __slots__ = ()

    def read(self, walk: Walk) -> Any:
        """Return the name with its place."""
        return replace(Word.read(self, walk), at=walk.tokens[walk.place - 1].at)


# Spoken names of days.
SPOKEN_DAYS = {
    f"{first} of the {whole}": f"{whole}_{name}"
    for whole in ("period", "grant")
    for name, words in (("start", ("start", "first day")), ("end", ("end", "last day")))
    for first in words
}


class SpokenDay:
    """A day in the words of a letter, as the end of the period; it is printed by its name."""

    def read(self, walk: Walk) -> Name:
        """Return the day's name."""
        at = walk.token.at
        name = _phrase(walk, SPOKEN_DAYS)
        if name is None:
            raise Mismatch
        return Name(name, at)

    def said(self, held: object) -> str | None:
        """Return no words."""
        return None

    def begins(self) -> Iterator[str]:
        """Yield the first words of the spoken days."""
        yield from dict.fromkeys(spoken.split()[0] for spoken in SPOKEN_DAYS)


class DayName(NamedWord):
    """A day by its name, in the words of a letter, or by a date of the decision."""

    __slots__ = ()

    def read(self, walk: Walk) -> Name:
        """Return the name."""
        spoken = walk.attempt(SpokenDay().read)
        if spoken is not None:
            return spoken
        name: Name = NamedWord.read(self, walk)
        of_decision = walk.perhaps(lambda walk: walk.hear(("of", "the", "decision")))
        return name if of_decision is None else replace(name, text=name.text + OF_THE_DECISION)


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_KEY = "[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*"
_EVENT = "[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*"
# The words of rules are no names.
_WORDS = "(?!(?:at|on|or|and|else|even|either|earlier|later|after|before|of)\\Z)"
# The numbers that letters spell out; they are printed in digits.
_TO_TWELVE = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_LARGER = {
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty-five": 45,
    "sixty": 60,
    "ninety": 90,
}
SPOKEN_NUMBERS = {word: number for number, word in enumerate(_TO_TWELVE, 1)} | _LARGER
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of a step; `at` is its place in the sentence, for messages."""

    step: str
    question: str
    at: int = field(default=0, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The question as it is written."""
        return f"{self.step}.{self.question}"


def ordinal(number: int) -> str:
    """Return a number as "15th" or "2nd"."""
    return f"{number}{'th' if 10 < number % 100 < 14 else _ENDINGS.get(number % 10, 'th')}"


def print_sum(held: Decimal) -> str:
    """Return a sum with its thousands apart, and at least two decimals if it has any."""
    whole, _, rest = plain(held).partition(".")
    return f"{int(whole):,}".replace(",", " ") + (f".{rest.ljust(2, '0')}" if rest else "")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None
    if not 1900 <= day.year <= 2099:
        raise ValueError("this is not between the years 1900 and 2099")
    return day


def country(text: str) -> str:
    """Return a country, or a part of one; ValueError if its holidays are unknown."""
    place, _, part = text.partition("-")
    require_holidays(place, part or None)
    return text


def _part(text: str) -> Fraction:
    """Return a part of a whole, as 80 % or 1/3."""
    part = Fraction(text.removesuffix("%").strip()) / (100 if "%" in text else 1)
    if not 0 < part <= 1:
        raise ValueError("this is no part of the whole; write 80 % or 1/3")
    return part


def print_fraction(held: Fraction) -> str:
    """Return a part as 1/2."""
    return f"{held.numerator}/{held.denominator}"


def _percent(text: str) -> int:
    if "." in text:
        raise ValueError(_PERCENTAGE)
    return int(text.removesuffix("%"))


def _sum(text: str) -> Decimal:
    amount = Decimal(text.replace(" ", ""))
    if amount > LARGEST:
        raise ValueError("this sum is too large")
    return amount


def _stated(text: str) -> Decimal:
    amount = _sum(text)
    if not amount:
        raise ValueError("nothing is paid by this; write a sum above 0")
    if amount < 1:
        raise ValueError(f"is this a part of the award?; write {plain(100 * amount)} %")
    if amount <= 100 and "." not in text:
        raise ValueError(f"is this a sum or a part of the award?; write {text} % or, for a sum, {text}.00")
    return amount


def _print_stated(held: Decimal) -> str:
    text = print_sum(held)
    return f"{text}.00" if held <= 100 and "." not in text else text


def _text_of(held: object) -> str | None:
    """Return the text of a name or a question; None for another value that is allowed there."""
    return held.text if isinstance(held, Name | AskedQuestion) else None


_SUM = r"[0-9]{1,15}(?:\.[0-9]{1,6})?|[1-9][0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]{1,6})?"
_WHOLE = "[0-9]{1,9}|[1-9][0-9]{0,2}(?: [0-9]{3}){1,2}"
_SUM_SAYS = "a sum is expected here, as 294 000"
_PERCENTAGE = "a whole percentage is expected here, as 80 %"
_BARE = r"(?i:(?!(?:sum|last|cell|answer|the|in|by|where|is)\Z))[^\W_][\w.-]*"
_FRACTION = "[1-9][0-9]{0,2}/[1-9][0-9]{0,2}"
_CELL = "[A-Za-z]{1,3}[1-9][0-9]{0,4}(?::[A-Za-z]{1,3}[1-9][0-9]{0,4})?"
_ORDINAL = "[1-9][0-9]{0,2}(?:st|nd|rd|th)"
_WHICH = ("first", "second", "third", "fourth", "last")
_PLACES = ("end", "start", *(f"{which} {day}" for which in _WHICH for day in WEEKDAYS))
_SPOKEN_PLACES = {"last day": "end", "first day": "start"}
_DAY = "a day is expected here: a name, as grant_end, or another rule"
_PART = "a part is expected here, as 80 % or 1/3"
_ASK = "a step's question is expected here; write a step and what it asks, as report.spent"
_NEED = "what is needed is a step or a payment, as final-report.approved"


def _ask(text: str) -> AskedQuestion:
    step, _, question = text.partition(".")
    return AskedQuestion(step, question)


def source(says: str) -> Word:
    """Return the kind of texts in parentheses; `says` is the message if there are none."""
    return Word(r"\(.+\)", says, lambda text: text[1:-1], "({})".format)


SUM = Word(_SUM, _SUM_SAYS, _sum, print_sum)
KINDS |= {
    "number": Word(
        f"{_WHOLE}|(?i:{'|'.join(SPOKEN_NUMBERS)})",
        "a whole number is expected here",
        lambda text: SPOKEN_NUMBERS.get(text.lower()) or int(text.replace(" ", "")),
        lambda held: print_sum(Decimal(held)),
    ),
    "sum": SUM,
    "stated": Word(_SUM, _SUM_SAYS, _stated, _print_stated),
    "times": Word(
        f"{_FRACTION}|{_SUM}",
        _SUM_SAYS,
        lambda text: _part(text) if "/" in text else _sum(text),
        lambda held: print_fraction(held) if isinstance(held, Fraction) else print_sum(held),
    ),
    "fraction": Word(_FRACTION, _DAY, _part, print_fraction),
    "part": Word(rf"[0-9]{{1,6}}(?:\.[0-9]{{1,6}})? ?%|{_FRACTION}", _PART, _part, print_part),
    "percent": Word(r"[0-9]{1,6}(?:\.[0-9]+)? ?%", _PERCENTAGE, _percent, "{} %".format),
    "day": Word("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day is expected here, as 2026-09-15", _day),
    "day_name": DayName(_WORDS + _EVENT, _DAY, Name, _text_of),
    "spoken_day": SpokenDay(),
    "event": NamedWord(rf"(?!(?:{'|'.join(NAMES)})\Z){_EVENT}", _NEED, Name, _text_of),
    "name": NamedWord(_KEY, "a name is expected here", Name, _text_of),
    "word": Word(_KEY, "a name is expected here"),
    "ask": NamedWord(rf"[a-z][a-z0-9-]*\.{_KEY}", _ASK, _ask, _text_of),
    "country": Word(r'[^\s,()"]+', "a country is expected here, as SE", country),
    "source": source("a source is expected here, in parentheses"),
    "text": Word(
        '"[^"]+"',
        'a text in quotes is expected here, as "county"',
        lambda text: text.strip('"'),
        '"{}"'.format,
    ),
    "heading": Word(
        rf'"[^"]+"|{_BARE}',
        "a column's heading is expected here",
        lambda text: text.strip('"'),
        lambda held: held if re.fullmatch(_BARE, held) else f'"{held}"',
    ),
    "cell": Word(_CELL, "a cell is expected here, as C7 or C5:C9", str.upper),
    "month": Choice({month: number for number, month in enumerate(MONTHS, 1)}, "a month"),
    "weekday": Choice({weekday: number for number, weekday in enumerate(WEEKDAYS)}, "a weekday"),
    "side": Choice({"after": False, "before": True}, heard={"from": False}),
    "since": Choice({"of": False, "after": False, "from": False}),
    "place_word": Choice(
        {place: place for place in _PLACES}, "a place, as end, 15th or last Friday", _SPOKEN_PLACES
    ),
    "ordinal": Word(_ORDINAL, "", lambda text: int(text[:-2]), ordinal),
    "place_day": Word(
        _ORDINAL, _DAY, lambda text: text[:-2], lambda held: ordinal(int(held)) if held.isdecimal() else None
    ),
}
