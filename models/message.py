"""What can be said, each by its kind, and a remark: a kind with the facts that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Message(Enum):
    """A kind of what can be said; its value is the English sentence, with `%(name)s` for its facts.

    The sentences are extracted from the classes (`make words`) and translated where a remark is shown.
    """

    def __call__(self, **facts: object) -> Remark:
        """Return the remark about these facts.

        A fact is a name that every language writes alike, a number, a day, another remark, an error (a GrantError with
        the sentence of its class), a word of the closed lists of rows, a list of these or what is Listed, a tuple
        of remarks that follow each other, or words in both languages, with `sv` and `en`.
        """
        return Remark(self, facts)


@dataclass(frozen=True, slots=True)
class Remark:
    """A kind with its facts, worded in the language of its reader; as a text it is the English sentence."""

    message: Message
    facts: Mapping[str, object]

    def __str__(self) -> str:
        """Return it in English."""
        return str(self.message.value) % {name: _in_english(fact) for name, fact in self.facts.items()}


class Listed(tuple[object, ...]):
    """Facts that a sentence lists: "a, b and c"."""


class Common(Message):
    """Remarks around others."""

    AT = "%(place)s: %(why)s"
    AS_IS = "%(why)s"
    AND = "; %(why)s"
    NO_GRANT = "'%(grant)s'; 'grants status' lists the ones there are"


def one_after_the_other(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Return remarks as one fact, parted by semicolons."""
    return (*remarks[:1], *(Common.AND(why=remark) for remark in remarks[1:]))


def between(several: list[object] | tuple[object, ...]) -> str:
    """Return what separates several facts: remarks of a tuple follow each other as they are."""
    return ", " if isinstance(several, list | Listed) else ""


def _in_english(fact: object) -> object:
    if isinstance(fact, list | tuple):
        return between(fact).join(str(_in_english(part)) for part in fact)
    return getattr(fact, "en", fact)
