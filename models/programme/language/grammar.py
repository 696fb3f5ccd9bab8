"""The grammar of sentences: one line a form, which both reads a sentence and prints it.

Plain words stand for themselves; a word with (s) is singular or plural. `{field:kind}` is a field,
`{.:kind}` the value itself, `{field?words}` a field that is true if the words are there.
`{field:kind:2:and}` is a list of two or more with a word between. Brackets hold an optional part:
it is printed if all its fields are there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from models.programme.language.tokens import Mismatch, Walk

_ITEM = re.compile(r"\{([a-z_.]+)([:?])([^}]*)\}|\[|\]|[^\s\[\]{}]+")
_Value = TypeVar("_Value")


class WordKind(Protocol):
    """A kind of value in a sentence: how it is read, and how it is printed."""

    def read(self, walk: Walk) -> object:
        """Return the next value; raises Mismatch if another kind comes."""

    def said(self, held: object) -> str | None:
        """Return the words for a value; None for a value of another kind."""

    def begins(self) -> Iterator[str]:
        """Yield the patterns of the first words of a value."""


KINDS: dict[str, WordKind] = {}


class Phrase(NamedTuple):
    """Words that stand for themselves."""

    words: tuple[str, ...]


class Flag(NamedTuple):
    """A field that is true if its words are there."""

    name: str
    words: tuple[str, ...]


class Slot(NamedTuple):
    """A field, of a kind of value."""

    name: str
    kind: str


class Series(NamedTuple):
    """A field of at least so many values of a kind, with a word between them."""

    name: str
    kind: str
    least: int
    between: str


class Maybe(NamedTuple):
    """An optional part."""

    items: Items


Item: TypeAlias = Phrase | Flag | Slot | Series | Maybe
Items: TypeAlias = tuple[Item, ...]


def _read(walk: Walk, items: Items) -> dict[str, object]:
    """Return the fields of the next form."""
    fields_read: dict[str, object] = {}
    for item in items:
        match item:
            case Phrase(words):
                walk.hear(words)
            case Flag(name, words):
                fields_read[name] = bool(walk.perhaps(partial(Walk.hear, words=words)))
            case Slot(name, kind):
                fields_read[name] = KINDS[kind].read(walk)
            case Series(name):
                fields_read[name] = _read_list(walk, item)
            case Maybe(inner):
                fields_read |= walk.perhaps(partial(_read, items=inner)) or {}
    return fields_read


def _read_list(walk: Walk, item: Series) -> tuple[object, ...]:
    values: list[object] = []

    def read_item(walk: Walk) -> object:
        if values and item.between:
            walk.hear((item.between,))
        return KINDS[item.kind].read(walk)

    while len(values) < item.least:
        values.append(read_item(walk))
    while (more := walk.perhaps(read_item)) is not None:
        values.append(more)
    return tuple(values)


def _said(value: object, items: Items) -> str | None:
    """Return the words of a form for a value; None if a field is missing, or of another kind."""
    parts: list[str] = []
    for item in items:
        held = value if item[0] == "." else getattr(value, str(item[0]), None)
        words_said: str | None = None
        match item:
            case Phrase(words):
                words_said = " ".join(words)
            case Flag(_, words):
                words_said = " ".join(words) if held else ""
            case Maybe(inner):
                words_said = _said(value, inner) or ""
            case Slot(_, kind):
                is_there = held is not None and held != "" and type(held) is not tuple
                words_said = KINDS[kind].said(held) if is_there else None
            case Series(_, kind, least, between) if isinstance(held, tuple) and len(held) >= least:
                each = [KINDS[kind].said(part) or "" for part in held]
                words_said = (f" {between} " if between else " ").join(each)
        if words_said is None:
            return None
        if words_said:
            is_one = bool(parts) and parts[-1] == "1"
            parts.append(words_said.replace("(s)", "" if is_one else "s"))
    return " ".join(parts)


def _items(text: str) -> Items:
    """Return the items of a form's text."""
    stack: list[list[Item]] = [[]]
    for match in _ITEM.finditer(text):
        name, sign, rest = match.groups("")
        items = stack[-1]
        if match[0] == "[":
            stack.append([])
        elif match[0] == "]":
            stack.pop()
            stack[-1].append(Maybe(tuple(items)))
        elif sign == "?":
            items.append(Flag(name, tuple(rest.split())))
        elif sign:
            items.append(_field(name, rest))
        elif items and isinstance(items[-1], Phrase):
            items[-1] = Phrase((*items[-1].words, match[0]))
        else:
            items.append(Phrase((match[0],)))
    return tuple(stack[0])


def _field(name: str, words: str) -> Slot | Series:
    """Return a field of a kind, or a list of a kind: `kind`, `kind:LEAST:BETWEEN`."""
    kind, *listed = words.split(":")
    if not listed:
        return Slot(name, kind)
    least, between = listed
    return Series(name, kind, int(least), between)


def _begins(items: Items) -> Iterator[str]:
    """Yield the patterns of the first words of a form."""
    for item in items:
        match item:
            case Phrase(words) | Flag(_, words):
                first = next(word for word in words if word != "the")
                yield re.escape(first).replace(r"\(s\)", "s?")
            case Slot(_, kind) | Series(_, kind):
                yield from KINDS[kind].begins()
            case Maybe(inner):
                yield from _begins(inner)
        if not (isinstance(item, Flag | Maybe) or (isinstance(item, Series) and not item.least)):
            return


class SentenceForm:
    """A form of a sentence: the value that it makes, the fields that it has without words, and its text."""

    def __init__(self, value: Callable[..., Any], text: str, **fixed: object) -> None:
        """Parse the form's text."""
        self.value = value
        self.fixed = fixed
        self.items = _items(text)

    def read(self, walk: Walk) -> object:
        """Return the next value."""
        fields_read = _read(walk, self.items)
        return fields_read["."] if "." in fields_read else self.value(**self.fixed, **fields_read)

    def said(self, held: object) -> str | None:
        """Return the words for a value; None if it has another form."""
        if not isinstance(held, self.value):  # type: ignore[arg-type]
            return None
        if any(getattr(held, name) != value for name, value in self.fixed.items()):
            return None
        return _said(held, self.items)


class Heard(SentenceForm):
    """A form that is read and never printed: another way to write what an other form prints.

    Stored plans therefore keep their sentences and their version, whatever else is heard.
    """

    def said(self, held: object) -> str | None:
        """Return no words."""
        return None


class Forms:
    """A kind of value with several forms; the first that fits is taken.

    `says` is the message if none begins. `check` returns the fault of a value, and the place of its
    word.
    """

    def __init__(
        self,
        *forms: SentenceForm,
        says: str = "",
        check: Callable[[Any], tuple[str, int] | None] | None = None,
    ) -> None:
        """Take the forms."""
        self.forms = forms
        self.says = says
        self.check = check

    def read(self, walk: Walk) -> object:
        """Return the next value; raises SentenceFault if the check finds a fault."""
        start = walk.place
        for form in self.forms:
            value = walk.attempt(form.read)
            if value is not None:
                wrong = self.check(value) if self.check else None
                if wrong:
                    raise walk.fail(wrong[0], start + wrong[1])
                return value
        if self.says and walk.far == start:
            walk.wanted = []
            walk.says = ""
            raise walk.miss([], says=self.says)
        raise Mismatch

    def said(self, held: object) -> str | None:
        """Return the words for a value."""
        return next((words for form in self.forms if (words := form.said(held)) is not None), None)

    def begins(self) -> Iterator[str]:
        """Yield the patterns of the first words of a sentence of any form."""
        yield from dict.fromkeys(beginning for form in self.forms for beginning in _begins(form.items))


class Sentence(Generic[_Value]):
    """A kind of sentence; `slips` are common mistakes, as `before|here`, with their cure.

    `read` returns the value of a sentence, or raises SentenceFault. Each plan reads the same few
    sentences again, and their values are frozen, so they are cached.
    """

    def __init__(self, *forms: SentenceForm, slips: Mapping[str, str] | None = None, **more: Any) -> None:
        """Take the forms and the slips; `more` is passed to the forms."""
        self.kind = Forms(*forms, **more)
        self._slips = slips or {}
        self.read: Callable[[str], _Value] = lru_cache(4096)(self._read)

    def _read(self, sentence: str) -> _Value:
        walk = Walk(sentence)
        value = walk.attempt(self.kind.read)
        if value is not None and walk.at_end:
            return value  # type: ignore[return-value]
        self._refuse_slip(walk)
        if value is not None and walk.far == walk.place and not (walk.says or walk.wanted):
            may = " or ".join(dict.fromkeys(walk.may))
            walk.says = f"the sentence is complete before this{f'; what may follow is {may}' if may else ''}"
        raise walk.fault()

    def _refuse_slip(self, walk: Walk) -> None:
        before = walk.tokens[walk.far - 1].text if walk.far else ""
        text = f"{before}|{' '.join(token.text for token in walk.tokens[walk.far :])}"
        for pattern, cure in self._slips.items():
            if match := re.match(pattern, text, re.IGNORECASE):
                raise walk.fail(match.expand(cure), walk.far)

    def printed(self, value: _Value) -> str:
        """Return the sentence of a value."""
        words = self.kind.said(value)
        if words is None:
            raise TypeError(f"no words for {value}")
        return words
