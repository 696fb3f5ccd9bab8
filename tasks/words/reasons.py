"""Word reasons and errors in whole sentences of one language."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.currency import Amount
from models.errors import GrantError, Unreadable, on_one_line
from models.forms.faults import Fault
from models.message import Listed, Remark, between
from models.rules.answers.figure_checks import Misfit
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator

# The fact that holds a cell's or an answer's own text.
_WRITTEN = "value"


def word_reason(
    say: Translator, error: Exception | Remark, *, quoting: bool = True, on_page: bool = False
) -> str:
    """Return a reason in words; without `quoting` the text that was written is left out.

    A page writes days as people do, the command line as 2026-12-04.
    """
    reason = error.remark if isinstance(error, GrantError | Unreadable) else error
    if not isinstance(reason, Remark):
        return str(words_module(say.language, "names").unread(type(error).__name__))

    def worded(fact: object) -> object:
        match fact:
            case Listed():
                return say.listed([str(worded(item)) for item in fact])
            case list() | tuple():
                return between(fact).join(str(worded(item)) for item in fact)
            case GrantError():
                return word_error(say, fact)
            case Exception() | Remark():
                return word_reason(say, fact, quoting=quoting, on_page=on_page)
            case date() if on_page:
                return say.dated(fact)
            case Amount():
                return say.money(fact.minor, fact.currency)
            case Misfit():
                return one_paragraph(words_module(say.language, "outliers").misfit(fact, ""))
            case StrEnum():
                return words_module(say.language, "names").in_sentence(str(fact))
        return getattr(fact, say.language, getattr(fact, "sv", fact))

    facts = {
        name: "…" if name == _WRITTEN and not quoting else worded(fact) for name, fact in reason.facts.items()
    }
    return say.gettext(reason.message.value, **facts)


def word_fault(say: Translator, fault: Remark, today: date | None = None) -> str:
    """Return why a page refuses a field or a form, with days, numbers and sums as people write them.

    A day near `today` has no year.
    """

    def written(fact: object) -> object:
        match fact:
            case date():
                return say.dated(fact) if today is None else say.short_date(fact, today)
            case Decimal():
                return say.number(fact)
            case str() if fault.message is Fault.TWO_READINGS:
                return say.spelled(fact)
        return fact

    facts = {name: written(fact) for name, fact in fault.facts.items()}
    return word_reason(say, Remark(fault.message, facts))


def word_error(say: Translator, error: GrantError) -> str:
    """Return an error on one line: what went wrong, where, and the cure."""
    sentence = say.translated(error.message)
    why = word_reason(say, error)
    return on_one_line(f"{sentence.rstrip('.')}: {why}" if why else sentence)
