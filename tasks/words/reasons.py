"""Say what is wrong, and why something could not be read, in whole sentences of one language."""

from __future__ import annotations

from enum import StrEnum

from models.errors import GrantError, Unreadable
from models.sentence import Sentence
from models.vocabulary import AnswerKind, DecisionKind, GrantStatus, InstalmentStatus, StepKind
from tasks.files.inspection import FileFault
from tasks.words.translator import Speaker

# The fact that is what a cell or an answer holds.
_WRITTEN = "value"


def word_reason(say: Speaker, error: Exception | Sentence, *, quoting: bool = True) -> str:
    """Return what went wrong; without `quoting` it leaves out what was written where something else belongs."""
    said = error.worded if isinstance(error, GrantError | Unreadable) else error
    if not isinstance(said, Sentence):
        kind = type(error).__name__
        return say.gettext("it could not be read (%(kind)s): the log has the place", kind=kind)

    def worded(fact: object) -> object:
        match fact:
            case list():
                return ", ".join(str(worded(one)) for one in fact)
            case Exception() | Sentence():
                return word_reason(say, fact, quoting=quoting)
            case FileFault():
                return word_fault(say, fact)
            case StrEnum():
                return word_of_rows(say, fact)
        return getattr(fact, say.language, fact)

    facts = {
        name: "…" if name == _WRITTEN and not quoting else worded(fact) for name, fact in said.facts.items()
    }
    return say.gettext(said.sentence, **facts)


def word_of_rows(say: Speaker, word: StrEnum) -> str:
    """Return a word of the closed lists that rows hold, as a sentence has it."""
    return {
        DecisionKind.AWARD: say.gettext("award"),
        DecisionKind.SUPPLEMENT: say.gettext("supplement"),
        DecisionKind.AMENDMENT: say.gettext("amendment"),
        DecisionKind.REFUSAL: say.gettext("refusal"),
        DecisionKind.WITHDRAWAL: say.gettext("withdrawal"),
        GrantStatus.CLOSED: say.gettext("closed"),
        GrantStatus.REFUSED: say.gettext("refused"),
        GrantStatus.WITHDRAWN: say.gettext("withdrawn"),
        InstalmentStatus.PLANNED: say.gettext("planned"),
        InstalmentStatus.WITHHELD: say.gettext("withheld"),
        InstalmentStatus.RELEASABLE: say.gettext("releasable"),
        InstalmentStatus.RELEASED: say.gettext("released"),
        InstalmentStatus.CLAIMED: say.gettext("claimed"),
        InstalmentStatus.PAID: say.gettext("paid"),
        StepKind.CLAIM: say.gettext("claim"),
        StepKind.PAYMENT: say.gettext("payment"),
        AnswerKind.DONE: say.gettext("done"),
        AnswerKind.NOTHING: say.gettext("nothing to report"),
        AnswerKind.NOT_YET: say.gettext("not yet"),
        AnswerKind.NOT_ME: say.gettext("not me"),
        AnswerKind.NOT_NEEDED: say.gettext("not needed"),
        AnswerKind.APPROVED: say.gettext("approved"),
        AnswerKind.RETURNED: say.gettext("returned"),
    }.get(word, str(word))


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
        FileFault.FORMULAS: say.gettext("it holds formulas; save it with their values only"),
        FileFault.ENTITIES: say.gettext("it holds references that a document must not have"),
        FileFault.BOMB: say.gettext("it unpacks to far more than a document does"),
        FileFault.NO_ROOM: say.gettext(
            "no more than 20 files and 60 MB are kept with a step; remove one first"
        ),
    }[fault]
