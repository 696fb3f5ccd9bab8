"""Hold a line of the registry's index, and word what a bundle says."""

from dataclasses import dataclass
from datetime import date

from tasks.words.templates import sentences_of, words_module
from tasks.words.translator import Translator


def word_bundle(say: Translator, macro: str, *facts: object) -> str:
    """Return what a bundle says by a macro of its template."""
    return str(getattr(words_module(say.language, "bundle"), macro)(*facts))


def headings(say: Translator, table: str) -> tuple[str, ...]:
    """Return the headings of the index or of the journal."""
    return sentences_of(word_bundle(say, table))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: when, which way, from whom, to whom, what, and the file in the zip.

    The file is empty for one that lies elsewhere, or that is `lost`: gone from the disk, or changed there. `secrecy` is
    what the registrar has to try before it is handed out.
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
