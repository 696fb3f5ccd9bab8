"""A line of the registry's index, and the words of the bundle."""

from dataclasses import dataclass
from datetime import date

from tasks.words.templates import sentences_of, word_from, words_module
from tasks.words.translator import Translator


def word_bundle(say: Translator, name: str, *facts: object) -> str:
    """Return the words of that name in `templates/explanations/bundle.j2`, about these facts."""
    return word_from(words_module(say.language, "bundle"), name, *facts)


def headings(say: Translator, table: str) -> tuple[str, ...]:
    """Return the headings of the index or of the journal."""
    return sentences_of(getattr(words_module(say.language, "bundle"), table)())


@dataclass(frozen=True, slots=True)
class IndexEntry:
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
