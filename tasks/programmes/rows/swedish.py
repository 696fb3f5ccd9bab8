"""A programme's sentences in Swedish: as an officer types them, put into the file's English, and shown again."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import TypeAlias, TypeVar

from babel.dates import format_date

from models.errors import Unreadable
from models.programme.language.amounts import NEED, PRICE, REPAYS, SHARE, WHEN, Share
from models.programme.language.each import read_each
from models.programme.language.kinds import ordinal
from models.programme.language.parser import print_rule, read_rule
from models.programme.language.rule import Rule
from models.reading.date import read_date
from tasks.programmes.rows.phrases import Phrase, list_phrases
from tasks.programmes.rows.row import DutyRow, PaymentRow, ProgrammeRows

# The kind of sentence in each field.
KIND_OF = {
    "due": "rule",
    "approval_due": "rule",
    "claim": "rule",
    "paid": "rule",
    "each": "each",
    "share": "share",
    "repays": "share",
    "when": "when",
    "last": "last",
    "late": "late",
    "needs": "needs",
}
# A kind of sentence that has another kind within it.
_WITHIN = {"last": "rule"}
# A sentence that people begin otherwise than the language does.
_BEGUN = {"rule": ("at", "on"), "share": ("sum of decision",)}
# Sources and other texts of the letter stay as they are.
_VERBATIM = re.compile(r'(\((?:[^()]|\([^()]*\))*\)|"[^"]*")')
_CHOICE = {"(our choice": "(eget val"}
_PARTS = {"halv": "1/2", "tredjedel": "1/3", "fjärdedel": "1/4"}
_TO_TWELVE = ("två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv")
_LARGER = {
    "fjorton": 14,
    "femton": 15,
    "tjugo": 20,
    "trettio": 30,
    "fyrtiofem": 45,
    "sextio": 60,
    "nittio": 90,
}
_NUMBERS = {word: number for number, word in enumerate(_TO_TWELVE, 2)} | _LARGER
_MONTHS = "jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec"
_WORD = re.compile(r"[^\s,;:]+(?::[^\s,;:]+)*|[,;:]")
Rewrite: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_Row = TypeVar("_Row", DutyRow, PaymentRow)


def _rewrites(forms: Mapping[str, Callable[[re.Match[str]], str]]) -> tuple[Rewrite, ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), changed) for pattern, changed in forms.items())


# What phrases cannot hold: parts and numbers in words, weeks and years, sums, days with their year, ordinals.
_HEARD = _rewrites(
    {
        r"\b(?:en|ett) (halv|tredjedel|fjärdedel)\w*": lambda found: _PARTS[found[1].lower()],
        r"\bett halvår\b": lambda _: "6 månader",
        r"\b(?:en|ett) (?=dag|arbetsdag|månad|veck|år\b|miljon)": lambda _: "1 ",
        rf"\b(?:{'|'.join(_NUMBERS)})\b": lambda found: str(_NUMBERS[found[0].lower()]),
        r"\b([0-9]+) veck(?:a|or)\b": lambda found: f"{7 * int(found[1])} dagar",
        r"\b([0-9]{1,2}) år\b": lambda found: f"{12 * int(found[1])} månader",
        r"\b([0-9]+) miljon(?:er)?\b": lambda found: f"{found[1]} 000 000",
        r"(?<=[0-9])\s*procent\b": lambda _: " %",
        r"(?<=[0-9])\s*(?:kr|kronor|sek)\b\.?": lambda _: "",
        rf"\b[0-9]{{1,2}}(?:/[0-9]{{1,2}}| (?:{_MONTHS})[a-z]*) [0-9]{{4}}\b": lambda found: _iso(found[0]),
        r"\b([0-9]+):[ae]\b(?: dagen)?": lambda found: ordinal(int(found[1])),
        r"\bden ([0-9]+) (?=i )": lambda found: f"{ordinal(int(found[1]))} ",
    }
)
_SHOWN = _rewrites(
    {
        r"\bthe ": lambda _: "",
        r"\b([0-9]+)(?:st|nd|rd|th)\b": lambda found: _ordinal(int(found[1])),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}": lambda found: format_date(
            date.fromisoformat(found[0]), "d MMMM y", locale="sv"
        ),
    }
)


def _iso(day: str) -> str:
    try:
        return read_date(day).isoformat()
    except Unreadable:
        return day


def _ordinal(number: int) -> str:
    return f"{number}:{'a' if number % 10 in (1, 2) and number not in (11, 12) else 'e'}"


@dataclass(frozen=True)
class SwedishSentences:
    """The sentences of a programme's rows, to and from Swedish."""

    rows: ProgrammeRows

    @cached_property
    def _phrases(self) -> tuple[Phrase, ...]:
        return tuple(list_phrases(self.rows))

    def to_english(self, kind: str, text: str) -> str:
        """Return a sentence in the language's words; what is not understood stays as it was typed."""
        if not text or self._meaning(kind, text) is not None:
            return text
        meant: dict[str, str] = {}
        for one in self._phrases_of(kind):
            for said in filter(None, (one.swedish, *one.heard)):
                meant.setdefault(said.lower().removeprefix(", "), one.english)
        english = _translated(
            text.strip().rstrip("."), _HEARD, meant, {there: here for here, there in _CHOICE.items()}
        )
        tries = (english, *(f"{begun} {english}" for begun in _BEGUN.get(kind, ())))
        understood = next((one for one in tries if self._meaning(kind, one) is not None), None)
        return _printed(kind, understood) if understood is not None else english

    def to_swedish(self, kind: str, text: str) -> str:
        """Return a sentence in Swedish, if that is understood as the same."""
        meaning = self._meaning(kind, text)
        said = self.word(kind, " and ".join(text.split()) if kind == "needs" else text)
        same = meaning is not None and self._meaning(kind, self.to_english(kind, said)) == meaning
        return said if same else text

    def word(self, kind: str, english: str) -> str:
        """Return words of a sentence in Swedish, as far as there are any for them."""
        shown: dict[str, str] = {}
        for one in self._phrases_of(kind):
            if one.english and one.swedish:
                shown.setdefault(one.english.lower(), one.swedish)
        return _translated(english, _SHOWN, shown, _CHOICE)

    def _phrases_of(self, kind: str) -> Iterator[Phrase]:
        """Yield the phrases of a kind of sentence, its own before those that it shares."""
        for of in (kind, _WITHIN.get(kind), ""):
            yield from (one for one in self._phrases if one.of == of)

    def _meaning(self, kind: str, text: str) -> object:
        """Return what a sentence in the language's words says; None for anything else."""
        if kind == "each" and text in self.rows.steps:
            return text
        try:
            return _READERS[kind](text)
        except (LookupError, ValueError):
            return None


def in_english(rows: ProgrammeRows) -> ProgrammeRows:
    """Return rows with the file's sentences for those in Swedish."""
    return _changed(rows, SwedishSentences(rows).to_english)


def in_language(rows: ProgrammeRows, language: str) -> ProgrammeRows:
    """Return rows with their sentences as they are shown to a reader of a language."""
    return _changed(rows, SwedishSentences(rows).to_swedish) if language == "sv" else rows


def _changed(rows: ProgrammeRows, change: Callable[[str, str], str]) -> ProgrammeRows:
    def changed(row: _Row) -> _Row:
        texts = {one.name: getattr(row, one.name) for one in fields(row) if one.name in KIND_OF}
        return replace(row, **{name: change(KIND_OF[name], text) for name, text in texts.items()})

    return replace(
        rows,
        duties=tuple(map(changed, rows.duties)),
        repayments=tuple(map(changed, rows.repayments)),
        payments=tuple(map(changed, rows.payments)),
    )


def _translated(
    text: str, rewrites: tuple[Rewrite, ...], phrases: Mapping[str, str], beginnings: Mapping[str, str]
) -> str:
    """Return a text with its phrases replaced, the longest first; of what is verbatim only the beginning changes."""
    parts = _VERBATIM.split(text)
    for number, part in enumerate(parts):
        if number % 2:
            begun = next((begun for begun in beginnings if part.startswith(begun)), "")
            parts[number] = beginnings.get(begun, "") + part.removeprefix(begun)
            continue
        for form, changed in rewrites:
            parts[number] = form.sub(changed, parts[number])
        parts[number] = " ".join(_replaced(_WORD.findall(parts[number]), phrases))
    return re.sub(" +(?=[,;:])|^[ ,]+", "", " ".join(filter(None, parts)))


def _replaced(words: list[str], phrases: Mapping[str, str]) -> Iterator[str]:
    longest = max(phrase.count(" ") + 1 for phrase in phrases)
    at = 0
    while at < len(words):
        lengths = (length for length in range(longest, 0, -1) if _phrase(words, at, length) in phrases)
        length = next(lengths, 0)
        yield from filter(None, [phrases[_phrase(words, at, length)] if length else words[at]])
        at += length or 1


def _phrase(words: list[str], at: int, length: int) -> str:
    return " ".join(words[at : at + length]).lower()


def _printed(kind: str, sentence: str) -> str:
    """Return a rule or a share as the language prints it; others as they are."""
    match _READERS[kind](sentence) if kind in ("rule", "share") else None:
        case Rule() as rule:
            return print_rule(rule)
        case Share() as share:
            return SHARE.printed(share)
    return sentence


def _read_last(text: str) -> object:
    key, _, rest = text.partition(" ")
    if text in ("skip", "join") or re.fullmatch("join under [0-9]+ months?", text):
        return text
    kind = {"into": "needs", "needs": "needs", "due": "rule"}[key] if rest else ""
    return key, _READERS[kind](rest)


def _read_late(text: str) -> object:
    return text if text == "lapses" else [PRICE.read(one.replace(":", " : ")) for one in text.split(",")]


_READERS: Mapping[str, Callable[[str], object]] = {
    "rule": lambda text: text if text == "none" else read_rule(text),
    "each": read_each,
    "share": lambda text: (REPAYS if text.startswith("paid ") else SHARE).read(text),
    "when": lambda text: [WHEN.read(one) for one in text.split(";")],
    "last": _read_last,
    "late": _read_late,
    "needs": lambda text: [NEED.read(one) for one in text.split()],
}
