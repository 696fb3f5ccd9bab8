"""Say what is wrong, and why something could not be read, in whole sentences of one language."""

from __future__ import annotations

from models.errors import Unreadable, Worded
from models.sentence import Sentence
from tasks.files.file_inspection import FileFault
from tasks.wording.words import Speaker

# The fact that is what a cell or an answer holds.
_WRITTEN = "value"


def word_reason(say: Speaker, error: Exception | Sentence, *, quoting: bool = True) -> str:
    """Return what went wrong; without `quoting` it leaves out what was written where something else belongs."""
    if not isinstance(error, Worded | Unreadable | Sentence):
        kind = type(error).__name__
        return say.gettext("it could not be read (%(kind)s): the log has the place", kind=kind)
    facts: dict[str, object] = {}
    for name, fact in error.facts.items():
        if isinstance(fact, Exception | Sentence):
            facts[name] = word_reason(say, fact, quoting=quoting)
        elif isinstance(fact, FileFault):
            facts[name] = word_fault(say, fact)
        else:
            facts[name] = "…" if name == _WRITTEN and not quoting else fact
    return say.gettext(error.sentence, **facts)


def word_fault(say: Speaker, fault: FileFault) -> str:
    """Return why a file is not taken, and how to mend it."""
    return {
        FileFault.EMPTY: say.gettext("it is empty"),
        FileFault.TOO_LARGE: say.gettext("it is larger than 20 MB"),
        FileFault.OTHER_KIND: say.gettext("only Word, Excel, PDF, pictures and CSV can be handed in"),
        FileFault.NOT_WHAT_IT_SAYS: say.gettext("its content is not what its name says"),
        FileFault.DAMAGED: say.gettext("it is damaged"),
        FileFault.LOCKED: say.gettext("it is locked with a password"),
        FileFault.MACROS: say.gettext("it holds macros or scripts; save it without them"),
        FileFault.LINKED: say.gettext("it fetches content from elsewhere; break its links and save it anew"),
        FileFault.ENCLOSES: say.gettext(
            "it holds other files; save it without them, and hand in each by itself"
        ),
        FileFault.FORM: say.gettext(
            "it is a form that few programs can show (XFA); print it to a PDF, and hand in that"
        ),
        FileFault.FORMULAS: say.gettext("it holds formulas; save it with their values only"),
        FileFault.ENTITIES: say.gettext("it holds references that a document must not have"),
        FileFault.BOMB: say.gettext("it unpacks to far more than a document does"),
        FileFault.NO_ROOM: say.gettext(
            "no more than 20 files and 60 MB are kept with a step; remove one first"
        ),
    }[fault]
