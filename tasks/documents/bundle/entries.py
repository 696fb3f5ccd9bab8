"""A line of the registry's index, and the words of the bundle."""

from dataclasses import dataclass
from datetime import date

from tasks.words.templates import sentences_of, word_from, words_module
from tasks.words.translator import Translator


def word_bundle(say: Translator, name: str, *facts: object) -> str:
    """Return the text of that name in `templates/explanations/bundle.j2`, filled in from the facts."""
    return word_from(words_module(say.language, "bundle"), name, *facts)


def headings(say: Translator, table: str) -> tuple[str, ...]:
    """Return the headings of the index or of the journal."""
    return sentences_of(getattr(words_module(say.language, "bundle"), table)())


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A line of the index: the day, the direction, from whom, to whom, what, and the file in the zip.

    The file is empty for one that is kept elsewhere, or that is `lost`: gone from the disk, or
    changed there. `secrecy` is what the registrar must check before handing it out.
    """

    on: date
    way: str
    sender: str
    receiver: str
    about: str
    file: str = ""
    sha256: str = ""
    secrecy: str = ""
    lost: bool = False
