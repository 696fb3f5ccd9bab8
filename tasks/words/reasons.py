"""Say what is wrong, and why something could not be read, in whole sentences of one language."""

from __future__ import annotations

from enum import StrEnum

from models.errors import GrantError, Unreadable
from models.message import Remark, between
from models.vocabulary import AnswerKind, DecisionKind, GrantStatus, InstalmentStatus, StepKind, StepStatus
from tasks.words.translator import Speaker

# The fact that is what a cell or an answer holds.
_WRITTEN = "value"


def word_reason(say: Speaker, error: Exception | Remark, *, quoting: bool = True) -> str:
    """Return what went wrong; without `quoting` it leaves out what was written where something else belongs."""
    said = error.remark if isinstance(error, GrantError | Unreadable) else error
    if not isinstance(said, Remark):
        kind = type(error).__name__
        return say.gettext("it could not be read (%(kind)s): the log has the place", kind=kind)

    def worded(fact: object) -> object:
        match fact:
            case list() | tuple():
                return between(fact).join(str(worded(one)) for one in fact)
            case Exception() | Remark():
                return word_reason(say, fact, quoting=quoting)
            case StrEnum():
                return word_of_rows(say, fact)
        return getattr(fact, say.language, fact)

    facts = {
        name: "…" if name == _WRITTEN and not quoting else worded(fact) for name, fact in said.facts.items()
    }
    return say.gettext(said.message.value, **facts)


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
        StepStatus.WAITING: say.gettext("waiting"),
        StepStatus.OPEN: say.gettext("open"),
        StepStatus.SKIPPED: say.gettext("skipped"),
        StepStatus.CANCELLED: say.gettext("cancelled"),
        StepKind.REPORT: say.gettext("report"),
        StepKind.APPROVAL: say.gettext("approval"),
        StepKind.FUNDER: say.gettext("decision of the funder"),
        StepKind.REPAYMENT: say.gettext("repayment"),
        StepKind.RECOVERY: say.gettext("recovery"),
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
