"""Messages by their kind, and remarks: a message with its facts.

A message is all that is said of a thing: a fault in a file's line, a finding, a reason. Many of them can
stand side by side. A `GrantError` (models/errors.py) ends what was asked for: its class says what kind of
no that is, for the exit code and for who catches it, and the remark in it says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Message(Enum):
    """A kind of message; its value is the English sentence, with `%(name)s` for its facts.

    The sentences are extracted from the classes (`make words`) and translated where a remark is
    shown.
    """

    def __call__(self, **facts: object) -> Remark:
        """Return the remark about these facts.

        A fact is one of: a name that every language writes alike, a number, an Amount, a day, another remark,
        an error (a GrantError with its class's sentence), a word of the rows' closed lists, a list
        of these or Listed, a tuple of remarks that follow each other, or words in both languages,
        with `sv` and `en`.
        """
        return Remark(self, facts)


@dataclass(frozen=True, slots=True)
class Remark:
    """A message with its facts, worded in the reader's language; `str` gives the English sentence."""

    message: Message
    facts: Mapping[str, object]

    def __str__(self) -> str:
        """Return it in English."""
        return str(self.message.value) % {name: _in_english(fact) for name, fact in self.facts.items()}


class Listed(tuple[object, ...]):
    """Facts that a sentence lists: "a, b and c"."""


class Common(Message):
    """Remarks that contain others."""

    AT = "%(place)s: %(why)s"
    AS_IS = "%(why)s"
    AND = "; %(why)s"
    NO_GRANT = "'%(grant)s'; 'grants status' lists the ones there are"


def one_after_the_other(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Return remarks as one fact, separated by semicolons."""
    return (*remarks[:1], *(Common.AND(why=remark) for remark in remarks[1:]))


def between(several: list[object] | tuple[object, ...]) -> str:
    """Return the separator of several facts; remarks of a tuple follow each other directly."""
    return ", " if isinstance(several, list | Listed) else ""


def _in_english(fact: object) -> object:
    if isinstance(fact, list | tuple):
        return between(fact).join(str(_in_english(part)) for part in fact)
    return getattr(fact, "en", fact)
