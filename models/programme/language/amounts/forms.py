"""Forms of sentences: one description reads a sentence into a value's fields, and prints them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Generic, TypeAlias, TypeVar

from models.programme.language.fault import meant
from models.programme.language.tokens import Walk


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value in a sentence: whether it begins so many words further on, how it is read, and how printed."""

    begins: Callable[[Walk, int], bool]
    read: Callable[[Walk], Any]
    said: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of a value, of some kind."""

    name: str
    kind: Kind


# Words, fields, and in parentheses what may be left out, which is there when it begins here.
Form: TypeAlias = tuple["str | Slot | Form", ...]

_SAID = Kind(lambda walk, ahead: True, lambda walk: True, lambda held: "")


def flag(name: str, words: str) -> Form:
    """Return a field that is true where the words are said."""
    return (words, Slot(name, _SAID))


def _heard(phrase: str) -> list[str]:
    return [word for word in phrase.split() if word != "the"]


def _begins(walk: Walk, form: Form) -> bool:
    first = form[0]
    if isinstance(first, str):
        return walk.word() == _heard(first)[0]
    return first.kind.begins(walk, 0) if isinstance(first, Slot) else _begins(walk, first)


def _read(walk: Walk, form: Form) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in form:
        if isinstance(one, str):
            for word in _heard(one):
                walk.expect(word)
        elif isinstance(one, Slot):
            found[one.name] = one.kind.read(walk)
        elif _begins(walk, one):
            found |= _read(walk, one)
    return found


def _said(value: object, form: Form) -> Iterator[str]:
    for one in form:
        if isinstance(one, str):
            yield one
        elif isinstance(one, Slot):
            yield one.kind.said(getattr(value, one.name))
        elif any(_is_there(getattr(value, name)) for name in _fields(one)):
            yield from _said(value, one)


def _is_there(held: object) -> bool:
    return held is not None and held is not False and held not in ("", ())


def _fields(form: Form) -> Iterator[str]:
    for one in form:
        if isinstance(one, Slot):
            yield one.name
        elif not isinstance(one, str):
            yield from _fields(one)


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Sentence(Generic[_Value]):
    """A kind of sentence: its values have a `kind`, which names one of the forms; `expected` says where none begins.

    `choose` finds the form that comes; without it the one whose words do.
    """

    value: Callable[..., _Value]
    forms: Mapping[str, Form]
    expected: str = ""
    choose: Callable[[Walk], str | None] | None = None

    def read(self, said: str) -> _Value:
        """Return the value that a sentence says; SentenceFault for one that cannot be read."""
        walk = Walk(said)
        kind = self.choose(walk) if self.choose else self._begun(walk)
        if kind is None:
            words = [form[0] for form in self.forms.values() if isinstance(form[0], str)]
            walk.fail(f"{self.expected} is expected here{meant(walk.word(), words)}")
        found = _read(walk, self.forms[kind])
        if not walk.at_end:
            walk.fail(f"the sentence is complete before this{_following(self.forms[kind])}")
        return self.value(kind=kind, **found)

    def _begun(self, walk: Walk) -> str | None:
        for kind, form in self.forms.items():
            words = _heard(form[0]) if isinstance(form[0], str) else []
            if [walk.word(place) for place in range(len(words))] == words:
                return kind
        return None

    def printed(self, value: Any) -> str:
        """Return the sentence that says a value."""
        return " ".join(filter(None, _said(value, self.forms[value.kind])))


def _following(form: Form) -> str:
    ends = takewhile(lambda one: isinstance(one, tuple), reversed(form))
    firsts = [next(_phrases(one)) for one in ends if isinstance(one, tuple) and isinstance(one[0], str)]
    said = [f"'{one}'" for one in reversed(firsts)]
    return f"; what may follow is {' or '.join(said)}" if said else ""


def _phrases(form: Form) -> Iterator[str]:
    for one in form:
        if isinstance(one, str):
            yield one
        elif isinstance(one, tuple):
            yield from _phrases(one)
